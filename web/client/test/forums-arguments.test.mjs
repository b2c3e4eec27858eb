// What callers pass to `sealpost.forums` and `sealpost.posts` is checked before anything crosses to the worker.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { deferred, settle, uuid } from "./lib/fakes.mjs";
import { FakeWorker, script, workers } from "./lib/fake-worker.mjs";

const { Sealpost } = await import("../src/index.ts");

const browser = { Worker: FakeWorker, indexedDB: {} };
const [id, other] = [uuid(1), uuid(2)];
const circular = { ban: true };
circular.self = circular;

/** Calls of the forums' part that reached the worker, as `[method, ...args]`. */
let sent;
let answer;
let sealpost;

beforeEach(async () => {
  Object.assign(globalThis, browser, { addEventListener: mock.fn(), removeEventListener: mock.fn() });
  workers.length = 0;
  Object.assign(script, { mode: "ready", lock: null });
  sent = [];
  answer = () => null;
  script.api = {
    open: async () => ({ me: null, connection: { state: "offline", retryAt: null, pending: 0 }, vault: { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 } }),
    close: async () => {},
    forums: async (method, args) => {
      sent.push([method, ...args]);
      return answer(method, args);
    },
  };
  sealpost = await Sealpost.open({ relay: "https://relay.example" });
});

afterEach(async () => {
  await sealpost.close();
  for (const name of [...Object.keys(browser), "addEventListener", "removeEventListener"]) delete globalThis[name];
});

const badIds = [undefined, null, 5, {}, [id], "", "x", id.slice(1), ` ${id}`, `${id}\n`, id.toUpperCase().replace("0189", "ABCD"), "__proto__"];
const badLists = [null, "x", id, { length: 1, 0: id }, ["x"], [id, null], Array(257).fill(id)];
const badObjects = [undefined, null, "x", 5, true];
const badTexts = [undefined, null, 5, {}, ["x"]];
const badBooleans = ["true", 1, 0, {}];

async function refuses(name, calls) {
  for (const call of calls) await assert.rejects(call, { name: "SealpostError", code: "invalid-argument" }, `${name}: ${String(call)}`);
  assert.deepEqual(sent, [], `${name}: nothing is sent`);
}

/** Every call that names a topic, a forum, a post or a user, with what is wrong in that place. */
const byId = {
  topic: (bad) => [(f) => f.topic(bad)],
  discover: (bad) => [(f) => f.discover(bad)],
  createTopic: (bad) => [(f) => f.createTopic({ forumId: bad, title: "t" })],
  join: (bad) => [(f) => f.join({ topicId: bad })],
  createLink: (bad) => [(f) => f.createLink(bad)],
  invite: (bad) => [(f) => f.invite(bad, [other]), (f) => f.invite(id, [bad])],
  remove: (bad) => [(f) => f.remove(bad, other), (f) => f.remove(id, bad)],
  unban: (bad) => [(f) => f.unban(bad, other), (f) => f.unban(id, bad)],
  setRole: (bad) => [(f) => f.setRole(bad, other, "member"), (f) => f.setRole(id, bad, "member")],
  setPolicy: (bad) => [(f) => f.setPolicy(bad, {})],
  setInfo: (bad) => [(f) => f.setInfo(bad, { title: "t", description: "" })],
  leave: (bad) => [(f) => f.leave(bad)],
  members: (bad) => [(f) => f.members(bad)],
  markRead: (bad) => [(f) => f.markRead(bad)],
};
const postsById = {
  send: (bad) => [(p) => p.send(bad, { text: "x" }), (p) => p.send(id, { text: "x", mentions: [bad] })],
  edit: (bad) => [(p) => p.edit(bad, other, { text: "x" }), (p) => p.edit(id, bad, { text: "x" }), (p) => p.edit(id, other, { text: "x", mentions: [bad] })],
  delete: (bad) => [(p) => p.delete(bad, other), (p) => p.delete(id, bad)],
  react: (bad) => [(p) => p.react(bad, other, "+", true), (p) => p.react(id, bad, "+", true)],
  pin: (bad) => [(p) => p.pin(bad, other, true), (p) => p.pin(id, bad, true)],
  retry: (bad) => [(p) => p.retry(bad, other), (p) => p.retry(id, bad)],
  list: (bad) => [(p) => p.list(bad)],
  history: (bad) => [(p) => p.history(bad).next()],
};

test("every call that takes an id refuses what is none", async () => {
  const withoutIds = ["list", "mayCreate", "create", "topics", "readLink"];
  assert.deepEqual(Object.keys(byId).sort(), Object.keys(sealpost.forums).filter((name) => !withoutIds.includes(name)).sort());
  assert.deepEqual(Object.keys(postsById).sort(), Object.keys(sealpost.posts).sort());
  for (const bad of badIds) {
    for (const [name, calls] of Object.entries(byId)) await refuses(name, calls(bad).map((call) => async () => call(sealpost.forums)));
    for (const [name, calls] of Object.entries(postsById)) await refuses(name, calls(bad).map((call) => async () => call(sealpost.posts)));
  }
  const parents = badIds.filter((bad) => bad !== undefined);
  await refuses("send", parents.map((parentId) => () => sealpost.posts.send(id, { text: "x", parentId })));
  await refuses("list", parents.filter((bad) => bad !== null).map((parentId) => () => sealpost.posts.list(id, { parentId })));
});

test("lists of people are lists, and no longer than a call may be", async () => {
  const { forums, posts } = sealpost;
  await refuses("invite", badLists.map((bad) => () => forums.invite(id, bad)));
  const mentions = badLists.filter((bad) => bad !== null);
  await refuses("send", mentions.map((bad) => () => posts.send(id, { text: "x", mentions: bad })));
  await refuses("edit", mentions.map((bad) => () => posts.edit(id, other, { text: "x", mentions: bad })));
});

test("names, titles, descriptions, posts and emoji are texts of their length", async () => {
  const { forums, posts } = sealpost;
  const title = (bad) => () => forums.createTopic({ forumId: id, title: bad });
  const info = (bad) => () => forums.setInfo(id, { title: bad, description: "" });
  const blank = ["", " ", "\n\t "];
  const long = ["x".repeat(201), "é".repeat(101), "🦀".repeat(51)];
  for (const call of [(bad) => () => forums.create(bad), title, info]) await refuses("title", [...badTexts, ...blank, ...long].map(call));
  await refuses("create", ["a\nb", "a\u0000", "\u0007b"].map((bad) => () => forums.create(bad)));
  const descriptions = [5, {}, "x".repeat(2_001)];
  await refuses("description", descriptions.map((description) => () => forums.createTopic({ forumId: id, title: "t", description })));
  await refuses("description", [undefined, ...descriptions].map((description) => () => forums.setInfo(id, { title: "t", description })));
  const texts = [...badTexts, "", "x".repeat(48 * 1024 + 1), "€".repeat(16 * 1024 + 1)];
  await refuses("send", texts.map((text) => () => posts.send(id, { text })));
  await refuses("edit", texts.map((text) => () => posts.edit(id, other, { text })));
  await refuses("react", [...badTexts, "", "x".repeat(65)].map((emoji) => () => posts.react(id, other, emoji, true)));
});

test("choices are among those that there are, and go together", async () => {
  const { forums } = sealpost;
  const create = (more) => () => forums.createTopic({ forumId: id, title: "t", ...more });
  const policy = (more) => () => forums.setPolicy(id, more);
  for (const name of ["visibility", "history", "inviters"]) {
    for (const bad of ["", "Open", "constructor", "__proto__", 5, {}, ["open"], true]) {
      await refuses(name, [create({ [name]: bad }), policy({ [name]: bad })]);
    }
    await refuses(name, [policy({ [name]: null })]);
  }
  for (const historyDays of [undefined, null, "30", 0, -1, 1.5, 65_536, Number.NaN, Number.POSITIVE_INFINITY]) {
    await refuses("historyDays", [create({ history: "last-days", historyDays }), policy({ history: "last-days", historyDays })]);
  }
  for (const history of ["everything", "since-joining"]) await refuses("historyDays", [create({ history, historyDays: 30 }), policy({ history, historyDays: 30 })]);
  await refuses("historyDays", [policy({ historyDays: 30 }), policy({ visibility: "open", historyDays: 30 })]);
  await refuses("setRole", ["admin", "", undefined, null, 1, "constructor", ["owner"]].map((role) => () => forums.setRole(id, other, role)));
});

test("options are objects, and what is in them of its kind", async () => {
  const { forums, posts } = sealpost;
  for (const bad of badObjects) {
    await refuses("createTopic", [() => forums.createTopic(bad)]);
    await refuses("setPolicy", [() => forums.setPolicy(id, bad)]);
    await refuses("setInfo", [() => forums.setInfo(id, bad)]);
    await refuses("send", [() => posts.send(id, bad)]);
    await refuses("edit", [() => posts.edit(id, other, bad)]);
    if (typeof bad !== "string") await refuses("join", [() => forums.join(bad)]);
    await refuses("readLink", [() => forums.readLink(bad === "x" ? {} : bad)]);
    if (bad === undefined) continue;
    await refuses("join", [() => forums.join("link", bad)]);
    await refuses("createLink", [() => forums.createLink(id, bad)]);
    await refuses("remove", [() => forums.remove(id, other, bad)]);
    await refuses("list", [() => posts.list(id, bad)]);
  }
  for (const uses of ["1", 0, -1, 1.5, 1_000_001, Number.NaN, null]) await refuses("createLink", [() => forums.createLink(id, { uses })]);
  for (const bad of badBooleans) {
    await refuses("createLink", [() => forums.createLink(id, { withHistory: bad })]);
    await refuses("remove", [() => forums.remove(id, other, { ban: bad })]);
    await refuses("react", [() => posts.react(id, other, "+", bad)]);
    await refuses("pin", [() => posts.pin(id, other, bad)]);
    await refuses("list", [() => posts.list(id, { pinned: bad })]);
  }
  await refuses("react", [() => posts.react(id, other, "+")]);
  await refuses("pin", [() => posts.pin(id, other)]);
  for (const limit of ["5", 0, -1, 201, 1.5, Number.NaN]) await refuses("list", [() => posts.list(id, { limit })]);
  for (const before of [0, -1, 1.5, "9", null, 2 ** 53]) await refuses("list", [() => posts.list(id, { before })]);
  for (const signal of [null, "x", {}, { aborted: false }]) {
    await refuses("signal", [() => forums.join("link", { signal }), () => forums.createTopic({ forumId: id, title: "t", signal })]);
  }
  await refuses("onProgress", [() => forums.join("link", { onProgress: "x" }), () => forums.join("link", { onProgress: null })]);
});

test("members that come with the arguments and were not asked for stay behind", async () => {
  const { forums, posts } = sealpost;
  const extra = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"more":1}');
  await forums.createTopic({ ...extra, forumId: id, title: "t" });
  await forums.setPolicy(id, { ...extra, visibility: "open" });
  await forums.remove(id, other, Object.assign(circular, { ban: true }));
  await posts.send(id, { ...extra, text: "x" });
  assert.deepEqual(sent, [
    ["createTopic", { forumId: id, title: "t", description: "", visibility: "invite", history: "everything", historyDays: null, inviters: "moderators" }],
    ["act", id, { type: "policy", visibility: "open" }],
    ["act", id, { type: "remove", userId: other, ban: true }],
    ["post", id, { type: "text", text: "x", parentId: null, mentions: [] }],
  ]);
  assert.equal({}.polluted, undefined);
});

test("what is within the bounds is sent as it is meant", async () => {
  const { forums, posts } = sealpost;
  await forums.create("  Sports ");
  const [[method, made, name]] = sent.splice(0);
  assert.deepEqual([method, name], ["create", "Sports"]);
  assert.match(made, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const time = Number.parseInt(made.replace("-", "").slice(0, 12), 16);
  assert.ok(Math.abs(time - Date.now()) < 60_000, made);
  await forums.createTopic({ forumId: id, title: "x".repeat(200), history: "last-days", historyDays: 65_535, description: "x".repeat(2_000) });
  await forums.createLink(id);
  await forums.createLink(id, { uses: 1, withHistory: false });
  await posts.send(id, { text: "€".repeat(16 * 1024), mentions: Array(256).fill(other) });
  assert.deepEqual(sent.map(([called]) => called), ["createTopic", "createLink", "createLink", "post"]);
  assert.deepEqual(sent.slice(1, 3), [["createLink", id, 100, true], ["createLink", id, 1, false]]);
  assert.equal(sent[0][1].historyDays, 65_535);
});

test("the token of a link is what it ends in, however long it is", async () => {
  const { forums } = sealpost;
  for (const link of ["abc-_9", " abc-_9\n", "https://app.example/#/join/abc-_9", "https://app.example/?a=b#x=abc-_9 "]) await forums.readLink(link);
  assert.deepEqual(new Set(sent.splice(0).map(([, token]) => token)), new Set(["abc-_9"]));
  // A pattern that is tried at every place would take minutes.
  const began = performance.now();
  for (const link of [`${"a".repeat(1_000_000)}!`, `a${" ".repeat(1_000_000)}!`, ""]) await forums.readLink(link);
  assert.deepEqual(sent, [["readLink", ""], ["readLink", ""], ["readLink", ""]]);
  assert.ok(performance.now() - began < 5_000);
});

test("a signal that has aborted begins nothing; one that aborts later ends the waiting", async () => {
  const { forums } = sealpost;
  const signal = AbortSignal.abort("enough");
  for (const call of [() => forums.join("link", { signal }), () => forums.createTopic({ forumId: id, title: "t", signal })]) {
    await assert.rejects(call, (error) => error.code === "aborted" && error.cause === "enough");
  }
  assert.deepEqual(sent, []);
  const joined = deferred();
  answer = () => joined.promise;
  const controller = new AbortController();
  const joining = assert.rejects(forums.join("link", { signal: controller.signal }), { code: "aborted" });
  await settle();
  assert.equal(sent.length, 1);
  controller.abort();
  await joining;
  joined.reject(new Error("late, and nobody's business any more"));
  await settle();
});
