// What the relay says of topics is copied member by member, or refused; see shapes.test.mjs, decoders.test.mjs and prototypes.test.mjs for conversations.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { b64, FakeEnvironment, json, settle, uuid } from "./lib/fakes.mjs";
import { contact, joinInfo, listed, setUpForums, topicId } from "./lib/forum-fakes.mjs";
import { hostile, isPlain, places, poisoned, replaced } from "./lib/hostile.mjs";

const shapes = await import("../src/worker/forums/shapes.ts");
const { Http } = await import("../src/worker/http.ts");
const { SealpostError } = await import("../src/errors.ts");

const NAMES = Object.getOwnPropertyNames(Object.prototype).sort();
afterEach(() => {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), NAMES);
  assert.equal({}.polluted, undefined);
});

const forum = { id: uuid(300), name: "General", createdAt: 5 };
const welcome = { topicId, forumId: uuid(300), lastSeq: 4, epoch: 1, welcome: b64([1]), tree: b64([2]), policies: [b64([3])] };

/** Each reader with an answer that it takes. */
const readers = {
  readForum: [shapes.readForum, forum],
  readForums: [shapes.readForums, { items: [forum], next: "c", mayCreate: true }],
  readTopics: [shapes.readTopics, { items: [listed(), listed(uuid(401), { history: "last-days", historyDays: 30, publicTitle: null, isMember: true })], next: null }],
  readJoinInfo: [shapes.readJoinInfo, { ...joinInfo, publicTitle: "Plans", wraps: [b64([4])] }],
  readWelcomes: [shapes.readWelcomes, { items: [welcome], next: 7 }],
  readCommit: [shapes.readCommit, { epoch: 1, commit: b64([1]) }],
  readCommits: [shapes.readCommits, { items: [{ epoch: 1, commit: b64([1]) }], next: 2 }],
  readPost: [shapes.readPost, { seq: 1, post: b64([1]) }],
  readPosts: [shapes.readPosts, { items: [{ seq: 1, post: b64([1]), storedAt: 1 }, { seq: 2, post: null, storedAt: 1 }], authors: [b64([5])], first: 1, last: 2 }],
  readLinks: [shapes.readLinks, { links: [b64([1])], authors: [b64([2])] }],
  readLeaves: [shapes.readLeaves, { generation: 0, epoch: 1, leaves: [{ request: b64([1]) }], lastSeq: 0, wraps: [] }],
  readKeyPackages: [shapes.readKeyPackages, { items: [{ userId: uuid(1), deviceId: 1, keyPackage: b64([1]) }], missing: [] }],
  readKeyPackageCount: [shapes.readKeyPackageCount, { oneTimePreKeys: 1, kemPreKeys: 1, keyPackages: 3 }],
};

const refused = (read, value, why) => assert.throws(() => read(value, "answer"), { name: "SealpostError", code: "relay" }, why);

for (const [name, [read, good]] of Object.entries(readers)) {
  test(`T20 ${name}: any answer is read or refused`, () => {
    const names = Object.keys(read(good, "answer")).sort();
    const check = (value) => {
      let answer;
      try {
        answer = read(value, "answer");
      } catch (error) {
        assert.ok(error instanceof SealpostError && error.code === "relay", String(error));
        return;
      }
      assert.ok(isPlain(answer));
      for (const member of Object.keys(answer)) assert.ok(names.includes(member) || Array.isArray(answer), member);
    };
    fc.assert(fc.property(hostile, check));
    const changed = fc.tuple(fc.constantFrom(...places(good)), hostile).map(([path, other]) => replaced(good, path, other));
    fc.assert(fc.property(changed, check), { numRuns: 500 });
  });

  test(`T21 ${name}: __proto__ and constructor in the relay's answer go no further`, async () => {
    const environment = new FakeEnvironment();
    environment.handle = () => new Response(poisoned(good), { headers: { "Content-Type": "application/json" } });
    const parsed = await new Http("https://relay.example", environment).request("GET", "/");
    assert.ok(Object.hasOwn(parsed, "__proto__"), "the answer carries them");
    const answer = read(parsed, "answer");
    assert.deepStrictEqual(answer, read(good, "answer"));
    assert.ok(isPlain(answer));
  });
}

/** Members without which nothing can be done with an answer. */
const needed = {
  readForum: ["id", "name", "createdAt"],
  readForums: ["items"],
  readTopics: ["items"],
  readJoinInfo: ["forumId", "lastSeq", "groupInfo", "tree", "policies", "wraps"],
  readWelcomes: ["items"],
  readCommit: ["epoch", "commit"],
  readCommits: ["items"],
  readPost: ["seq"],
  readPosts: ["items", "authors", "first"],
  readLinks: ["links", "authors"],
  readLeaves: ["leaves"],
  readKeyPackages: ["items"],
  readKeyPackageCount: ["keyPackages"],
};

test("an answer that lacks a member is refused, also if the member would come by the prototype", () => {
  assert.deepEqual(Object.keys(needed), Object.keys(readers));
  for (const [name, [read, good]] of Object.entries(readers)) {
    for (const member of needed[name]) {
      const { [member]: gone, ...rest } = good;
      refused(read, rest, `${name} without ${member}`);
      // As JSON.parse makes it: a member that is called __proto__, and no prototype.
      refused(read, JSON.parse(JSON.stringify(rest).replace("{", `{"__proto__":${JSON.stringify({ [member]: gone })},`).replace(",}", "}")), `${name}: ${member}`);
    }
    for (const value of [null, undefined, [], "x", 1, true]) refused(read, value, `${name}: ${JSON.stringify(value)}`);
  }
});

test("a topic with a member of another kind or size is refused", () => {
  const read = (topic) => shapes.readTopics({ items: [topic], next: null });
  for (const change of [
    { id: "x" },
    { id: topicId.toUpperCase().replace("0189", "ABCD") },
    { forumId: null },
    { publicTitle: 5 },
    { publicTitle: "x".repeat(1_001) },
    { visibility: "constructor" },
    { visibility: ["open"] },
    { history: "__proto__" },
    { history: undefined },
    { historyDays: "30" },
    { historyDays: -1 },
    { members: 1.5 },
    { members: 2 ** 53 },
    { members: Number.POSITIVE_INFINITY },
    { founderId: {} },
    { createdAt: "now" },
    { createdAt: Number.NaN },
  ]) {
    refused(read, listed(topicId, change), JSON.stringify(change));
  }
  const { topic, isMember } = read(listed(topicId, { isMember: "yes", historyDays: 9 })).items[0];
  assert.equal(isMember, false, "only true is true");
  assert.equal(topic.historyDays, null, "days are those of last-days");
  assert.equal(read(listed(topicId, { history: "last-days", historyDays: 9 })).items[0].topic.historyDays, 9);
});

test("numbers beyond what can be counted, and bytes beyond what is sent, are refused", () => {
  for (const seq of [0, -1, 1.5, "1", null, Number.NaN, 2 ** 53, 1e308]) refused(shapes.readPost, { seq, post: null });
  for (const epoch of [-1, 0.5, "1", null, 2 ** 53]) refused(shapes.readCommit, { epoch, commit: b64([1]) });
  for (const [read, good, member] of [
    [shapes.readPosts, readers.readPosts[1], "first"],
    [shapes.readJoinInfo, joinInfo, "lastSeq"],
    [shapes.readKeyPackageCount, { keyPackages: 1 }, "keyPackages"],
    [shapes.readForum, forum, "createdAt"],
  ]) {
    for (const value of [-1, 2 ** 53, Number.POSITIVE_INFINITY, "9", [1]]) refused(read, { ...good, [member]: value });
  }
  const long = (length) => b64(new Uint8Array(length));
  assert.equal(shapes.readPost({ seq: 1, post: long(64 * 1024) }, "post").post.length, 64 * 1024);
  refused(shapes.readPost, { seq: 1, post: long(64 * 1024 + 1) });
  refused(shapes.readCommit, { epoch: 1, commit: long(4 * 1024 * 1024 + 1) });
  refused(shapes.readJoinInfo, { ...joinInfo, groupInfo: long(256 * 1024 + 1) });
  refused(shapes.readJoinInfo, { ...joinInfo, policies: [long(256 * 1024 + 1)] });
  for (const text of ["AA==", "A", "A A", "é", 5, null, [1], {}]) refused(shapes.readCommit, { epoch: 1, commit: text });
});

test("a list that is longer than any page is refused before its items are looked at", () => {
  let looked = 0;
  const item = { get seq() { looked += 1; return 1; }, post: null };
  refused(shapes.readPosts, { items: Array(1_001).fill(item), authors: [], first: 1 });
  refused(shapes.readPosts, { items: [item], authors: Array(100_001).fill(b64([1])), first: 1 });
  assert.equal(looked, 1);
  refused(shapes.readForums, { items: { length: 1, 0: forum }, next: null });
  refused(shapes.readLeaves, { leaves: Array(10_001).fill({ request: b64([1]) }) });
  refused(shapes.readKeyPackages, { items: Array(1_001).fill({ keyPackage: b64([1]) }) });
  for (const next of [-1, 1.5, true, {}, "x".repeat(1_001)]) refused(shapes.readForums, { items: [], next });
});

test("who may create forums, and where a post was put, are what the relay says in so many words", () => {
  for (const value of [{}, { mayCreate: 1 }, { mayCreate: "true" }, JSON.parse('{"__proto__":{"mayCreate":true}}')]) assert.equal(shapes.readMayCreate(value), false);
  assert.equal(shapes.readMayCreate({ mayCreate: true }), true);
  for (const value of [null, [], "x"]) refused(shapes.readMayCreate, value);
  for (const value of [undefined, null, "", {}, [], { other: 1 }]) assert.deepEqual(shapes.readAccepted(value), {});
  assert.deepEqual(shapes.readAccepted({ seq: 3, epoch: 1 }), { seq: 3 });
  for (const seq of [0, -1, "1", null, 2 ** 53]) refused(shapes.readAccepted, { seq });
});

test("pushes that are no commits and no posts reach no engine", async () => {
  const setup = setUpForums();
  await contact(setup);
  const before = setup.engine.calls.filter(([name]) => name === "topicCommits" || name === "topicPosts").length;
  const garbage = [undefined, null, 5, "x", [], {}, { seq: "1", post: 1 }, JSON.parse('{"__proto__":{"seq":1,"post":"AQ"}}')];
  for (const item of garbage) {
    setup.runtime.push("ReceivePost", [topicId, item]);
    setup.runtime.push("ReceiveCommit", [topicId, item, item]);
    setup.runtime.push("ReceivePost", [item, { seq: 1, post: b64([1]) }]);
  }
  await settle();
  assert.equal(setup.engine.calls.filter(([name]) => name === "topicCommits" || name === "topicPosts").length, before);
});

test("a list that goes round in a circle ends after a thousand pages, and one that is malformed on its second page is refused", async () => {
  let asked = 0;
  const circle = setUpForums({ rest: ({ path }) => (path.startsWith("/api/forums") ? ((asked += 1), json({ items: [forum], next: "again" })) : undefined) });
  const forums = await circle.api("list");
  assert.equal(asked, 1_000);
  assert.equal(forums.length, 1_000);
  const broken = setUpForums({ rest: ({ path }) => (path.startsWith("/api/forums") ? json(path.includes("cursor") ? { items: [null] } : { items: [forum], next: "b" }) : undefined) });
  await assert.rejects(broken.api("list"), { name: "SealpostError", code: "relay" });
});
