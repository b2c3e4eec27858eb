// Commits and posts come into the engine in order and once, whatever the relay and the hub do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, callsOf, json, me, outcome, settle, uuid } from "./lib/fakes.mjs";
import { contact, FakeTopic, Held, setUpForums, topicId, topicView } from "./lib/forum-fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test("meeting the relay subscribes to every topic, and takes commits, then posts, page after page", async () => {
  const setup = setUpForums();
  setup.topic.commit(25);
  setup.topic.post(32);
  await contact(setup);
  assert.deepEqual(setup.invoked, [["SubscribeTopic", topicId]]);
  assert.deepEqual([setup.here.commits, setup.here.posts], [range(1, 25), range(1, 32)]);
  const calls = setup.engine.calls.map(([name]) => name).filter((name) => name === "topicCommits" || name === "topicPosts");
  assert.ok(calls.lastIndexOf("topicCommits") < calls.indexOf("topicPosts"));
  assert.deepEqual(setup.errors, []);
});

test("T17: posts pushed twice, late or with a gap reach the engine once and in order", async () => {
  const setup = setUpForums();
  setup.topic.post(2);
  await contact(setup);
  for (const seq of [2, 1]) setup.runtime.push("ReceivePost", [topicId, setup.topic.item(seq)]);
  await settle();
  const pages = setup.requests("/posts?after").length;
  setup.topic.post(5);
  setup.runtime.push("ReceivePost", [topicId, setup.topic.item(3)]);
  await settle();
  assert.equal(setup.requests("/posts?after").length, pages, "what follows needs no page");
  for (const seq of [7, 7, 5]) setup.runtime.push("ReceivePost", [topicId, setup.topic.item(seq)]);
  await settle();
  await settle();
  assert.deepEqual(setup.here.posts, range(1, 7));
});

test("T17: pushed commits are applied once; after a gap they are fetched", async () => {
  const setup = setUpForums();
  await contact(setup);
  setup.topic.commit(4);
  setup.runtime.push("ReceiveCommit", [topicId, 1, b64([1])]);
  setup.runtime.push("ReceiveCommit", [topicId, 1, b64([1])]);
  await settle();
  assert.deepEqual(setup.here.commits, [1]);
  setup.runtime.push("ReceiveCommit", [topicId, 4, b64([4])]);
  await settle();
  await settle();
  assert.deepEqual(setup.here.commits, [1, 2, 3, 4]);
});

test("a post of an epoch that is not known yet has its commits fetched first", async () => {
  const setup = setUpForums();
  await contact(setup);
  setup.here.wants.set(1, { behind: true, epoch: 3 });
  setup.topic.commit(2);
  setup.topic.post(1);
  setup.runtime.push("ReceivePost", [topicId, setup.topic.item(1)]);
  await settle();
  await settle();
  assert.deepEqual([setup.here.epoch, setup.here.posts], [3, [1]]);
});

test("unknown authors are learnt first; one of whom the relay knows nothing does not stop the rest", async () => {
  const setup = setUpForums();
  const nobody = "01890000-0000-7000-8000-000000000404";
  setup.here.wants.set(2, { users: [nobody] });
  setup.topic.post(4);
  await contact(setup);
  assert.deepEqual([setup.learnt, setup.here.posts], [[nobody], range(1, 4)]);
  assert.deepEqual(callsOf(setup.engine, "topicPosts").at(-1)[1].unknown, [nobody]);
});

test("a commit that does not apply is reported, changes nothing, and leaves other topics alone", async () => {
  const other = uuid(401);
  const [bad, good] = [new FakeTopic(), new FakeTopic()];
  const setup = setUpForums({ topics: { [topicId]: bad, [other]: good } });
  bad.commits.push({ epoch: 1, commit: b64([0]) });
  good.commit(1);
  good.post(3);
  await contact(setup);
  assert.deepEqual(setup.held.get(topicId).commits, []);
  assert.ok(setup.errors.includes("commit-refused"));
  assert.deepEqual(setup.held.get(other).posts, [1, 2, 3]);
});

test("history: older posts come in descending order; keys are fetched for them, and asked for once", async () => {
  const setup = setUpForums();
  setup.topic.post(25);
  Object.assign(setup.here, { seq: 25, oldest: 26 });
  setup.here.wants.set(20, { keys: { from: 4, to: 2 } });
  assert.equal(await setup.api("older", topicId), true);
  assert.deepEqual(setup.here.posts, range(16, 25));
  const links = setup.requests("/links");
  assert.ok(links.length <= 2 && links.every((line) => line === `GET /api/forum-topics/${topicId}/links?from=4&to=2`), links.join());
  assert.equal(callsOf(setup.engine, "topicOlder").at(-1)[1].withoutKeys, true);
  await setup.api("older", topicId);
  assert.equal(await setup.api("older", topicId), true);
  assert.deepEqual(setup.here.posts, range(1, 25));
  assert.equal(await setup.api("older", topicId), false);
});

test("history: keys that nobody had shared are asked for again, sooner, then later; what they open is read", async () => {
  const setup = setUpForums();
  setup.topic.post(25);
  Object.assign(setup.here, { seq: 25, oldest: 1 });
  setup.answers.topicKeysWanted = () => ({ from: 2, to: 6 });
  setup.here.complete = true;
  await contact(setup);
  const asked = () => setup.requests("/links?from=2&to=6").length;
  assert.equal(asked(), 1, "with the contact");
  const counts = [];
  for (const ms of [2_000, 10_000, 60_000, 600_000, 600_000]) {
    await setup.environment.advance(ms - 1);
    const before = asked();
    await setup.environment.advance(1);
    counts.push([before, asked()]);
  }
  assert.deepEqual(counts, [[1, 2], [2, 3], [3, 4], [4, 5], [5, 6]]);
  // Now they are there: the engine has gone back above what might open.
  setup.answers.topicLinks = () => {
    Object.assign(setup.here, { oldest: 13, complete: false });
    setup.answers.topicKeysWanted = () => null;
    setup.answers.topicLinks = () => outcome(false);
    return outcome(true);
  };
  await setup.environment.advance(600_000);
  assert.deepEqual([setup.here.posts, setup.here.oldest], [range(1, 12), 1]);
  await setup.environment.advance(1_200_000);
  assert.equal(asked(), 7, "nothing is wanted any more");
  assert.deepEqual(setup.errors, []);
});

test("history: where the engine knows that nothing older opens, the relay is not asked", async () => {
  const setup = setUpForums();
  setup.topic.post(25);
  Object.assign(setup.here, { seq: 25, oldest: 26, complete: true });
  assert.equal(await setup.api("older", topicId), false);
  assert.deepEqual(setup.requests("/posts"), []);
  setup.here.complete = false;
  assert.equal(await setup.api("older", topicId), true);
  assert.equal(setup.requests("/posts").length, 1);
});

test("history: a first page comes with coming in; a later contact fetches what is new alone", async () => {
  const setup = setUpForums();
  setup.topic.post(25);
  Object.assign(setup.here, { seq: 25, oldest: 26 });
  await contact(setup);
  assert.deepEqual(setup.here.posts, range(16, 25));
  setup.answers.topics = () => [topicView(topicId, { lastPost: { id: uuid(25) } })];
  setup.topic.post(1);
  await contact(setup);
  assert.deepEqual(setup.here.posts, range(16, 26));
  assert.equal(setup.requests("/posts?before").length, 1);
});

test("an engine that is never content ends in an error, not in requests without end", async () => {
  const setup = setUpForums();
  setup.topic.post(1);
  setup.answers.topicPosts = () => ({ value: { seq: 0, oldest: 1, users: [], keys: null, behind: true, complete: false }, events: [] });
  await contact(setup);
  assert.ok(setup.requests("/commits").length < 20);
  assert.ok(setup.errors.includes("internal"));
});

test("TopicLeft: a device that was removed takes the last commits and is told so; one word of the hub alone changes nothing", async () => {
  const setup = setUpForums();
  await contact(setup);
  setup.runtime.push("TopicLeft", [topicId]);
  await settle();
  assert.equal(setup.here.state, "active");
  setup.topic.commit(1);
  setup.topic.isMember = false;
  setup.runtime.push("TopicLeft", [topicId]);
  await settle();
  assert.deepEqual([setup.here.commits, setup.here.state], [[1], "removed"]);
  assert.deepEqual(setup.events.at(-1), { type: "topic-removed", data: { topicId } });
  const before = setup.requests("/api/forum-topics").length;
  setup.runtime.push("ReceivePost", [topicId, setup.topic.item(1)]);
  await settle();
  assert.equal(setup.requests("/api/forum-topics").length, before);
  assert.equal(await setup.api("older", topicId), false);
});

test("a relay that cannot be reached is tried again, with what came meanwhile", async () => {
  let down = true;
  const setup = setUpForums({ rest: () => (down ? new Response(null, { status: 503 }) : undefined) });
  setup.topic.post(2);
  await contact(setup);
  assert.deepEqual(setup.here.posts, []);
  down = false;
  await setup.environment.advance(10_000);
  assert.deepEqual(setup.here.posts, [1, 2]);
  assert.deepEqual(setup.errors, []);
});

test("requests to leave are taken up after a while, and again as they are then", async () => {
  const setup = setUpForums();
  setup.topic.leaves = [{ request: b64([1]) }, { request: b64([2]) }];
  await contact(setup);
  assert.deepEqual(callsOf(setup.engine, "topicLeaves"), []);
  setup.topic.leaves = [{ request: b64([2]) }];
  await setup.environment.advance(3_000);
  assert.deepEqual(callsOf(setup.engine, "topicLeaves"), [[topicId, [new Uint8Array([2])]]]);
  setup.runtime.stop();
});

test("mention is told for new posts of others that name this user", async () => {
  const setup = setUpForums();
  setup.topic.post(3);
  setup.topic.posts[1].post = b64([77]);
  await contact(setup);
  const mentions = setup.events.filter(({ type }) => type === "mention");
  assert.deepEqual(mentions.map(({ data }) => [data.id, data.mentions]), [[uuid(2), [me.userId]]]);
});

test("garbage from the hub is reported and reaches no engine", async () => {
  const setup = setUpForums();
  await contact(setup);
  const before = setup.engine.calls.filter(([name]) => name === "topicPosts" || name === "topicCommits").length;
  const pushes = [
    ["ReceivePost", [topicId, null]],
    ["ReceivePost", [topicId, { seq: 0, post: b64([1]) }]],
    ["ReceivePost", [topicId, { seq: 1, post: "AA==" }]],
    ["ReceiveCommit", [topicId, -1, b64([1])]],
    ["ReceiveCommit", [topicId, 1, {}]],
    ["ReceivePost", [{}, setup.topic.item(1)]],
    ["ReceiveWelcome", [null]],
  ];
  for (const [push, args] of pushes) setup.runtime.push(push, args);
  await settle();
  assert.equal(setup.engine.calls.filter(([name]) => name === "topicPosts" || name === "topicCommits").length, before);
  assert.deepEqual(setup.errors, pushes.map(() => "relay"));
});

test("after the end nothing is asked, and who waits is told", async () => {
  const setup = setUpForums({ answers: { topicAction: () => ({ value: "1", events: [] }) } });
  const waiting = assert.rejects(setup.api("act", topicId, { type: "leave" }), { code: "closed" });
  await settle();
  setup.runtime.stop();
  await waiting;
  const before = setup.environment.log.length;
  setup.runtime.reached();
  setup.runtime.kick();
  await setup.environment.advance(60_000);
  assert.equal(setup.environment.log.length, before);
  assert.equal(callsOf(setup.engine, "close").length, 1);
});

test("Welcomes bring topics; a bad one is reported and gone, and one that this device could not store stays", async () => {
  const [one, two, three] = [uuid(501), uuid(502), uuid(503)];
  const welcome = (id) => ({ topicId: id, forumId: uuid(300), epoch: 4, lastSeq: 0, welcome: b64([1]), tree: b64([2]), policies: [] });
  const items = [welcome(one), welcome(two), welcome(three)];
  const dropped = [];
  const setup = setUpForums({
    topics: { [two]: new FakeTopic() },
    joined: [],
    rest: ({ method, path }) => {
      if (path === "/api/forum-topics/welcomes") return json({ items, next: null });
      if (method !== "DELETE") return undefined;
      dropped.push(path);
      return new Response(null, { status: 204 });
    },
  });
  setup.answers.receiveWelcome = ({ topicId: id }) => {
    if (id === one) throw new SealpostError("policy-chain");
    if (id === three) throw new SealpostError("storage-quota");
    setup.held.set(id, new Held());
    return { value: null, events: [] };
  };
  await contact(setup);
  assert.deepEqual(dropped, [one, two].map((id) => `/api/forum-topics/welcomes/${id}?epoch=4`));
  assert.ok(setup.invoked.some(([, id]) => id === two));
  assert.ok(setup.errors.includes("policy-chain"));
});

test("KeyPackages are topped up until the engine is content", async () => {
  const uploads = [];
  const answers = [{ keyPackages: ["AQ"], lastResortKeyPackage: "Ag" }, { keyPackages: ["Aw"], lastResortKeyPackage: null }, null];
  const setup = setUpForums({
    answers: { keyPackageUpload: () => answers.shift() },
    rest: ({ method, path, body }) => {
      if (method !== "PUT" || path !== "/api/keys") return undefined;
      uploads.push(body);
      return new Response(null, { status: 204 });
    },
  });
  await contact(setup);
  const empty = { oneTimePreKeys: [], kemPreKeys: [] };
  assert.deepEqual(uploads, [{ ...empty, keyPackages: ["AQ"], lastResortKeyPackage: "Ag" }, { ...empty, keyPackages: ["Aw"] }]);
  assert.equal(callsOf(setup.engine, "keyPackagesUploaded").length, 2);
});

test("a topic that the hub does not subscribe to is still caught up with", async () => {
  const setup = setUpForums();
  setup.hub.invoke = async () => Promise.reject(new Error("no such method"));
  setup.topic.post(1);
  await contact(setup);
  assert.deepEqual([setup.here.posts, setup.errors], [[1], ["relay"]]);
});

test("T01: about members with another key than the pinned one the relay is asked, once, and again when it was away", async () => {
  const blocked = [uuid(7), uuid(8)];
  const shown = topicView(topicId, { blocked });
  let isBlocked = false;
  const setup = setUpForums({ answers: { topics: () => [isBlocked ? shown : topicView()], topicAction: () => ({ value: "1", events: [{ type: "topic", data: shown }] }) } });
  await contact(setup);
  assert.deepEqual(setup.learnt, []);
  isBlocked = true;
  for (let times = 0; times < 3; times += 1) {
    // The outbox has nothing: the call goes on waiting.
    void setup.api("act", topicId, { type: "leave" }).catch(() => undefined);
    await settle();
  }
  assert.deepEqual(setup.learnt, blocked);
  await contact(setup);
  assert.deepEqual(setup.learnt, [...blocked, ...blocked], "the relay may know more by now");
});

test("T01: a question about a member's key that could not be asked is asked at the next contact", async () => {
  const setup = setUpForums({ answers: { topics: () => [topicView(topicId, { blocked: [uuid(7)] })] } });
  const { learn } = setup.parts;
  let away = true;
  setup.parts.learn = async (users) => {
    if (away) throw new SealpostError("network", "away");
    return learn(users);
  };
  const runtime = setup.runtimeWith();
  runtime.reached();
  await settle();
  assert.deepEqual(setup.learnt, []);
  away = false;
  runtime.reached();
  await settle();
  assert.deepEqual(setup.learnt, [uuid(7)]);
  assert.deepEqual(setup.errors, []);
});
