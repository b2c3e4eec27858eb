// A commit that nobody can apply: an owner's device founds the topic's next group and brings everybody in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, callsOf, json, me, outcome, problem, settle } from "./lib/fakes.mjs";
import { contact, outboxOf, setUpForums, topicId, topicView } from "./lib/forum-fakes.mjs";

const error = { code: "commit-broken", message: "nobody can apply it" };
const heir = (deviceId) => ({ userId: me.userId, deviceId });

/** A topic whose second commit cannot be applied, and what the engine does about it: `role` decides whether it founds the next group. */
function setUpBroken({ founds = true, steps = [], ...more } = {}) {
  const state = { broken: false, heirs: [] };
  const setup = setUpForums({
    ...more,
    answers: {
      topic: () => topicView(topicId, { state: setup.here.state, error: state.broken ? error : undefined }),
      topicCommits: (_id, commits) => {
        const taken = commits.filter(({ epoch }) => epoch < 2);
        if (taken.length > 0) setup.here.takeCommits(taken);
        state.broken = taken.length < commits.length;
        return outcome(setup.here.epoch);
      },
      succeedTopic: () => outcome(founds),
      topicHeirs: (_id, limit) => state.heirs.slice(0, limit),
      readmit: (_id, asked) => {
        state.heirs = state.heirs.slice(asked.length);
        return outcome(null);
      },
      ...outboxOf(steps),
    },
  });
  setup.topic.commit(2);
  return Object.assign(setup, { state });
}

test("T34: a commit that cannot be applied is put to the engine after a while, once, however often it is met", async () => {
  const setup = setUpBroken();
  await contact(setup);
  setup.runtime.push("ReceiveCommit", [topicId, 2, b64([2])]);
  await settle();
  await contact(setup);
  assert.deepEqual(callsOf(setup.engine, "succeedTopic"), []);
  const steps = callsOf(setup.engine, "forumStep").length;
  await setup.environment.advance(3_000);
  const [[id, commit]] = callsOf(setup.engine, "succeedTopic");
  assert.deepEqual([id, [...commit], callsOf(setup.engine, "succeedTopic").length], [topicId, [2], 1]);
  assert.ok(callsOf(setup.engine, "forumStep").length > steps, "the outbox goes on");
  assert.deepEqual(setup.errors, []);
});

test("T34: after the next group is at the relay, those who were in the one before are brought in, some at a time", async () => {
  const request = { entry: "1", topicId, method: "POST", path: `/api/forum-topics/${topicId}/generations`, body: { groupInfo: "AQ" } };
  const asked = [];
  const setup = setUpBroken({
    steps: [{ type: "request", request }],
    rest: ({ path, body }) => {
      if (path === request.path) return json({}, 201);
      if (path !== "/api/key-packages") return undefined;
      asked.push(body.addresses.length);
      return json({ items: body.addresses.map(() => ({ keyPackage: b64([7]) })), missing: [] });
    },
  });
  setup.state.heirs = Array.from({ length: 250 }, (_, i) => heir(i + 1));
  setup.runtime.kick();
  await settle();
  await settle();
  assert.deepEqual(asked, [100, 100, 50]);
  const readmitted = callsOf(setup.engine, "readmit");
  assert.deepEqual(readmitted.map(([, addresses, packages]) => [addresses.length, packages.length]), [[100, 100], [100, 100], [50, 50]]);
  assert.deepEqual(setup.errors, []);
});

test("T34: while a topic waits for its next group, a relay that knows nobody in it removes nobody", async () => {
  const setup = setUpBroken({ founds: false });
  setup.topic.isMember = false;
  await contact(setup);
  assert.equal(setup.here.state, "active");
  assert.equal(setup.events.some(({ type }) => type === "topic-removed"), false);
});

test("T34: a Welcome is taken after the last commits of the group that it leads out of", async () => {
  const welcome = { topicId, forumId: topicView().forumId, epoch: 2 ** 32 + 1, lastSeq: 0, welcome: b64([1]), tree: b64([2]), policies: [] };
  const setup = setUpBroken({
    rest: ({ path, method }) => {
      if (path.startsWith("/api/forum-topics/welcomes/")) return new Response(null, { status: 204 });
      return method === "GET" && path.startsWith("/api/forum-topics/welcomes") ? json({ items: [welcome], next: null }) : undefined;
    },
  });
  setup.answers.receiveWelcome = () => outcome(null);
  await contact(setup);
  const order = setup.engine.calls.map(([name]) => name);
  assert.ok(order.indexOf("topicCommits") < order.indexOf("receiveWelcome"));
  assert.equal(callsOf(setup.engine, "receiveWelcome")[0][0].epoch, 2 ** 32 + 1);
});

test("T34: who is left with a broken topic may take its own place again; others stay as they are", async () => {
  const setup = setUpBroken({ founds: false });
  await contact(setup);
  setup.answers.beginJoin = () => outcome({ topic: topicView(), entry: "9" });
  setup.topic.before = (_request, rest) => (rest === "join-info" ? problem(404, "not-found") : undefined);
  await assert.rejects(setup.api("join", null, topicId, "p"), { code: "not-found" });
  setup.state.broken = false;
  assert.equal((await setup.api("join", null, topicId, "p")).state, "active");
  assert.equal(setup.requests("/join-info").length, 1);
});
