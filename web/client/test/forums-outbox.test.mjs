// What this device wants of topics: joins, commits and posts on their way to the relay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, bob, callsOf, json, me, outcome, problem, settle, uuid } from "./lib/fakes.mjs";
import { Held, listed, outboxOf, setUpForums, step, topicId, topicView } from "./lib/forum-fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");

const sent = (setup) => setup.environment.requests.filter(({ method, path }) => method === "POST" && path.startsWith("/api/forum-topics/") && !path.endsWith("/join-info"));

test("posts are sent in order, and the answer's place goes to the engine", async () => {
  const steps = [step("1"), step("2")];
  const setup = setUpForums({ answers: { ...outboxOf(steps), sendPost: () => outcome({ id: uuid(1) }) } });
  let seq = 6;
  setup.topic.before = ({ method }) => (method === "POST" ? json({ seq: (seq += 1), storedAt: 1 }) : undefined);
  assert.deepEqual(await setup.api("post", topicId, { type: "text" }), { id: uuid(1) });
  await settle();
  assert.deepEqual(sent(setup).map(({ body }) => body), [{ n: "1" }, { n: "2" }]);
  assert.deepEqual(callsOf(setup.engine, "forumAccepted").map(([entry, answer]) => [entry, answer]), [["1", { seq: 7 }], ["2", { seq: 8 }]]);
});

test("who lost the race for an epoch catches up before the engine is asked again", async () => {
  const steps = [step("1", "commits")];
  const setup = setUpForums({ answers: { ...outboxOf(steps), topicAction: () => outcome("1") } });
  let conflicts = 2;
  setup.topic.before = ({ method }) => {
    if (method !== "POST") return undefined;
    if (conflicts === 0) return json({ epoch: setup.topic.epoch + 1 });
    conflicts -= 1;
    setup.topic.commit(1);
    return problem(409, "epoch-conflict", { epoch: setup.topic.epoch });
  };
  await setup.api("act", topicId, { type: "remove", userId: bob.userId, ban: true });
  assert.deepEqual(setup.here.commits, [1, 2]);
  assert.deepEqual(callsOf(setup.engine, "forumRefused").map(([entry, { code, epoch }]) => [entry, code, epoch]), [["1", "epoch-conflict", 2], ["1", "epoch-conflict", 3]]);
  const calls = setup.engine.calls.map(([name]) => name);
  assert.ok(calls.lastIndexOf("topicCommits") < calls.lastIndexOf("forumStep"));
});

test("a refusal rejects the call that waits, with the relay's code", async () => {
  for (const code of ["forbidden", "commit-refused", "banned"]) {
    const setup = setUpForums({ answers: { ...outboxOf([step("1", "commits")]), topicAction: () => outcome("1") } });
    setup.topic.before = ({ method }) => (method === "POST" ? problem(422, code, { detail: "no" }) : undefined);
    await assert.rejects(setup.api("act", topicId, { type: "unban", userId: bob.userId }), { name: "SealpostError", code, message: "no" });
  }
});

test("without a connection nothing is given up: the same request is made again later", async () => {
  const steps = [step("1")];
  const setup = setUpForums({ answers: { ...outboxOf(steps), sendPost: () => outcome({ id: uuid(1) }) } });
  let failures = 2;
  setup.topic.before = ({ method }) => {
    if (method !== "POST") return undefined;
    failures -= 1;
    return failures >= 0 ? new Response(null, { status: 502 }) : json({ seq: 1, storedAt: 1 });
  };
  await setup.api("post", topicId, { type: "text" });
  await setup.environment.advance(60_000);
  assert.deepEqual(sent(setup).map(({ body }) => body), [{ n: "1" }, { n: "1" }, { n: "1" }]);
  assert.deepEqual([callsOf(setup.engine, "forumRefused"), setup.errors], [[], []]);
});

test("membership calls reject with `network` without a connection; posts do not", async () => {
  const setup = setUpForums({ answers: { ...outboxOf([step("1", "commits")]), topicAction: () => outcome("1"), sendPost: () => outcome({ id: uuid(1) }) } });
  setup.environment.fetch = async () => Promise.reject(new TypeError("offline"));
  setup.parts.hub = () => null;
  const acting = setup.api("act", topicId, { type: "policy", inviters: "members" });
  const ended = assert.rejects(acting, { code: "network", retryable: true });
  await setup.environment.advance(40_000);
  await ended;
  assert.deepEqual(await setup.api("post", topicId, { type: "text" }), { id: uuid(1) });
});

test("a link is given out once the relay has what it opens; at once if it has it already, and never without the relay", async () => {
  const invited = (entry) => () => outcome({ link: "L", entry });
  const setup = setUpForums({ answers: { ...outboxOf([step("1", "links")]), createInvitation: invited("1") } });
  let stored = false;
  setup.topic.before = ({ method }) => {
    if (method === "POST") stored = true;
    return method === "POST" ? json({}) : undefined;
  };
  assert.equal(await setup.api("createLink", topicId, 1, true), "L");
  assert.ok(stored);
  setup.answers.createInvitation = invited(null);
  setup.environment.fetch = async () => Promise.reject(new TypeError("offline"));
  setup.parts.hub = () => null;
  assert.equal(await setup.api("createLink", topicId, 1, true), "L");
  const offline = setUpForums({ answers: { ...outboxOf([step("1", "links")]), createInvitation: invited("1") } });
  offline.environment.fetch = setup.environment.fetch;
  offline.parts.hub = () => null;
  const ended = assert.rejects(offline.api("createLink", topicId, 1, true), { code: "network", retryable: true });
  await offline.environment.advance(40_000);
  await ended;
});

test("what another tab sent settles the call that waits in this one", async () => {
  const setup = setUpForums({ answers: { topicAction: () => outcome("7") } });
  const waiting = setup.api("act", topicId, { type: "leave" });
  await settle();
  setup.runtime.heard([{ type: "topic-action", data: { entry: "7", topicId, error: null } }]);
  await waiting;
  const early = setUpForums({ answers: { topicAction: () => outcome("8", [{ type: "topic-action", data: { entry: "8", topicId, error: { code: "banned", message: "no" } } }]) } });
  await assert.rejects(early.api("act", topicId, { type: "leave" }), { code: "banned" });
});

/** An engine that joins: `beginJoin` puts a commit into the outbox, and the relay's answer makes the topic active. */
function joining({ conflicts = 0, refusal = null } = {}) {
  const steps = [];
  let entries = 0;
  const setup = setUpForums({
    joined: [],
    answers: {
      ...outboxOf(steps),
      beginJoin: () => {
        entries += 1;
        steps.push(step(`join-${entries}`, "commits"));
        return outcome({ topic: topicView(topicId, { state: "joining" }), entry: `join-${entries}` });
      },
      forumRefused: (entry, { code, detail = "" }) => {
        steps.shift();
        return outcome(null, [{ type: "topic-action", data: { entry, topicId, error: { code, message: detail } } }]);
      },
    },
  });
  let left = conflicts;
  setup.topic.before = ({ method }, rest) => {
    if (rest !== "commits") return undefined;
    if (method === "GET") return setup.held.has(topicId) ? undefined : problem(404, "not-found");
    if (refusal !== null) return problem(422, refusal);
    left -= 1;
    if (left >= 0) return problem(409, "epoch-conflict", { epoch: 9 });
    const last = setup.topic.posts.length;
    setup.held.set(topicId, Object.assign(new Held(), { seq: last, oldest: last + 1 }));
    return json({ epoch: 2 });
  };
  const steps_ = () => setup.emitted.filter(({ type }) => type === "join-progress").map(({ data }) => data.step);
  return { ...setup, steps: steps_ };
}

test("joining tells its steps, subscribes, and reads a page of the history", async () => {
  const setup = joining();
  setup.topic.post(12);
  const topic = await setup.api("join", "token", null, "1");
  assert.deepEqual([topic.id, topic.state], [topicId, "active"]);
  assert.deepEqual(setup.steps(), ["fetching", "checking", "joining", "reading"]);
  assert.ok(setup.invoked.some(([method, id]) => method === "SubscribeTopic" && id === topicId));
  assert.deepEqual(setup.held.get(topicId).posts, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const [asked] = setup.environment.requests.filter(({ path }) => path.endsWith("/join-info"));
  assert.deepEqual(asked.body, { invitation: b64([8]) });
  const [[id, link, info]] = callsOf(setup.engine, "beginJoin");
  assert.deepEqual([id, link, info.tree], [topicId, "token", new Uint8Array([2])]);
});

test("a join that others overtook begins anew with the group as it is then; it ends one day", async () => {
  const setup = joining({ conflicts: 3 });
  assert.equal((await setup.api("join", null, topicId, "1")).state, "active");
  assert.equal(setup.requests("/join-info").length, 4);
  // Who is not in yet is nobody to the relay, and must not take that for having been removed.
  assert.deepEqual(callsOf(setup.engine, "topicGone"), []);
  const never = joining({ conflicts: Infinity });
  await assert.rejects(never.api("join", null, topicId, "1"), { code: "epoch-conflict", retryable: true });
  assert.ok(never.requests("/join-info").length <= 20);
});

test("joining where one is already asks nobody", async () => {
  const setup = setUpForums();
  assert.equal((await setup.api("join", null, topicId, "1")).id, topicId);
  assert.deepEqual(setup.environment.log, []);
});

test("what is wrong with a group or an invitation comes out of join by its code, and nothing is sent", async () => {
  for (const code of ["topic-mismatch", "policy-chain", "topic-rollback", "invitation-refused", "banned", "bad-signature"]) {
    const setup = joining();
    setup.engine.answers.beginJoin = () => {
      throw new SealpostError(code);
    };
    await assert.rejects(setup.api("join", "token", null, "1"), { code });
    assert.deepEqual(sent(setup), []);
  }
  await assert.rejects(joining({ refusal: "invitation-refused" }).api("join", "token", null, "1"), { code: "invitation-refused" });
  const gone = joining();
  gone.topic.before = () => problem(404, "not-found");
  await assert.rejects(gone.api("join", "token", null, "1"), { code: "not-found" });
});

test("inviting learns the person, asks for a KeyPackage of each device, and adds them", async () => {
  const certificate = new Uint8Array(40);
  new DataView(certificate.buffer).setUint32(17, bob.deviceId);
  const setup = setUpForums({
    answers: { ...outboxOf([step("1", "commits")]), topicAction: () => outcome("1") },
    rest: ({ path }) => (path === "/api/key-packages" ? json({ items: [{ ...bob, keyPackage: b64([5]) }], missing: [] }) : undefined),
  });
  setup.topic.before = ({ method }) => (method === "POST" ? json({ epoch: 2 }) : undefined);
  const invite = async (user) => {
    setup.parts.userById = async () => user;
    return setup.runtimeWith().call("invite", [topicId, [bob.userId]]);
  };
  await invite({ id: bob.userId, certificates: [certificate] });
  assert.deepEqual(setup.learnt, [bob.userId]);
  const asked = setup.environment.requests.filter(({ path }) => path === "/api/key-packages").map(({ body }) => body);
  assert.deepEqual(asked, [{ addresses: [bob] }]);
  const [[id, action]] = callsOf(setup.engine, "topicAction");
  assert.deepEqual([id, action], [topicId, { type: "add", userId: bob.userId, keyPackages: [new Uint8Array([5])] }]);
  await assert.rejects(invite(null), { code: "not-found" });
  await assert.rejects(invite({ id: bob.userId, certificates: [new Uint8Array(3)] }), { name: "SealpostError" });
});

test("a profile without an account changes nothing", async () => {
  const setup = setUpForums();
  setup.parts.me = () => null;
  const runtime = setup.runtimeWith();
  runtime.reached();
  for (const [method, args] of [["createTopic", [{}]], ["join", ["token", null, "1"]]]) await assert.rejects(async () => runtime.call(method, args), { code: "not-registered" });
  assert.deepEqual(setup.environment.log, []);
});

test("calls that are no calls are refused", async () => {
  const setup = setUpForums();
  for (const name of ["constructor", "__proto__", "nothing"]) await assert.rejects(async () => setup.api(name), { code: "internal" });
});

test("discover leaves out what this device is in, and what only the relay cares about", async () => {
  const setup = setUpForums({
    rest: ({ path }) => (path.includes("/topics") ? json({ items: [listed(), listed(uuid(402)), listed(uuid(403), { isMember: true })], next: null }) : undefined),
  });
  const found = await setup.api("discover", uuid(300));
  assert.deepEqual(found, [
    { id: uuid(402), forumId: uuid(300), title: "Plans", visibility: "open", history: "everything", historyDays: null, members: 3, founderId: me.userId, createdAt: 5 },
  ]);
});

test("a post that another tab sent, and ended before it told of, is told when nothing is left to send", async () => {
  const post = (state) => ({ id: uuid(9), topicId, outgoing: true, mentions: [], state });
  let stored = "sending";
  const posts = () => ({ items: [{ id: uuid(8), topicId, state: "sent" }, post(stored)], next: null, more: false });
  const setup = setUpForums({ answers: { ...outboxOf([]), sendPost: () => outcome(post("sending"), [{ type: "post", data: post("sending") }]), posts } });
  await setup.api("post", topicId, { type: "text" });
  await settle();
  assert.deepEqual(setup.events.map(({ type }) => type), ["post"], "it may be on its way still");
  stored = "sent";
  setup.runtime.kick();
  await settle();
  assert.deepEqual(setup.events.slice(1), [{ type: "post-updated", data: post("sent") }]);
  const reads = callsOf(setup.engine, "posts").length;
  setup.runtime.kick();
  await settle();
  assert.equal(setup.events.length, 2, "once");
  assert.equal(callsOf(setup.engine, "posts").length, reads);

  // Of a post that another tab wrote, this one knows by that tab's events.
  stored = "sending";
  setup.runtime.heard([{ type: "post", data: post("sending") }]);
  stored = "failed";
  setup.runtime.kick();
  await settle();
  assert.deepEqual(setup.events.slice(2), [{ type: "post-updated", data: post("failed") }]);
  setup.runtime.heard([{ type: "post", data: post("sending") }]);
  setup.runtime.heard([{ type: "post-updated", data: post("sent") }]);
  setup.runtime.kick();
  await settle();
  assert.equal(setup.events.length, 3, "who was told needs no second time");
});
