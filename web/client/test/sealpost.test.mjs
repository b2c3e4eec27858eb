import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { bob, me, settle, uuid } from "./lib/fakes.mjs";
import { FakeWorker, script, workers } from "./lib/fake-worker.mjs";

const { Sealpost, SealpostError } = await import("../src/index.ts");

const connection = { state: "offline", retryAt: null, pending: 0 };
const vault = { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 };
const options = { relay: "https://relay.example" };
const browser = { Worker: FakeWorker, indexedDB: {} };
const never = () => new Promise(() => {});

beforeEach(() => {
  Object.assign(globalThis, browser, { addEventListener: mock.fn(), removeEventListener: mock.fn() });
  workers.length = 0;
  script.mode = "ready";
  script.lock = null;
  script.api = {
    open: mock.fn(async () => ({ me: null, connection, vault })),
    register: async (username) => ({ ...me, username }),
    contacts: async () => [],
    close: mock.fn(async () => {}),
    wake: mock.fn(async () => {}),
    doubt: mock.fn(async () => {}),
  };
});

afterEach(() => {
  mock.timers.reset();
  for (const name of [...Object.keys(browser), "addEventListener", "removeEventListener"]) delete globalThis[name];
});

test("on a server, importing does nothing and opening is unsupported", async () => {
  delete globalThis.Worker;
  await assert.rejects(Sealpost.open(options), { name: "SealpostError", code: "unsupported" });
});

test("a storage that may not even be mentioned is unavailable", async () => {
  const { indexedDB } = browser;
  Object.defineProperty(globalThis, "indexedDB", {
    configurable: true,
    get: () => {
      throw new DOMException("denied", "SecurityError");
    },
  });
  await assert.rejects(Sealpost.open(options), { name: "SealpostError", code: "storage-unavailable" });
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, writable: true, value: indexedDB });
});

test("opening passes the settings on, and the worker is a module beside the package", async () => {
  const sealpost = await Sealpost.open({ ...options, profile: "work", wasmUrl: "https://cdn.example/a.wasm" });
  assert.deepEqual(script.api.open.mock.calls[0].arguments, [{ relay: "https://relay.example/", profile: "work", wasmUrl: "https://cdn.example/a.wasm" }]);
  assert.match(workers[0].url, /\/worker\.js$/);
  assert.deepEqual(workers[0].options, { type: "module" });
  assert.equal(sealpost.me, null);
  assert.deepEqual(sealpost.connection, connection);
  await sealpost.close();
  await (await Sealpost.open({ ...options, workerUrl: "https://app.example/w.js" })).close();
  assert.equal(workers[1].url, "https://app.example/w.js");
});

/** The page's localStorage, with what is in it. */
function fakeStorage(entries) {
  const kept = new Map(Object.entries(entries));
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

async function opened(t, entries, answer) {
  globalThis.localStorage = fakeStorage(entries);
  t.after(() => delete globalThis.localStorage);
  script.api.open = async () => ({ me: null, connection, vault, ...answer });
  const sealpost = await Sealpost.open(options);
  return { sealpost, kept: globalThis.localStorage.kept };
}

test("a profile whose database is gone says that there was an account, and whose", async (t) => {
  const { sealpost, kept } = await opened(t, { "sealpost:default": "alice" });
  assert.deepEqual(sealpost.lost, { reason: "storage-wiped", username: "alice" });
  sealpost.forgetLost();
  assert.equal(sealpost.lost, null);
  assert.equal(kept.size, 0);
});

test("another profile's account, or none, is nothing lost; a mark that was cleared is put back", async (t) => {
  const none = await opened(t, { "sealpost:work": "alice" });
  assert.equal(none.sealpost.lost, null);
  const { sealpost, kept } = await opened(t, {}, { me });
  assert.equal(sealpost.lost, null);
  assert.equal(kept.get("sealpost:default"), me.username);
  sealpost.forgetLost();
  assert.equal(kept.size, 1, "the mark of an account that is there stays");
});

test("whoever registers or links after a loss has lost nothing any more, and the browser is asked to keep it", async (t) => {
  const persist = mock.fn(async () => false);
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { storage: { persist } } });
  t.after(() => delete globalThis.navigator);
  const { sealpost, kept } = await opened(t, { "sealpost:default": "alice" });
  workers.at(-1).server.push({ type: "me", data: { ...me, username: "alice2" } });
  await settle();
  assert.equal(sealpost.lost, null);
  assert.equal(kept.get("sealpost:default"), "alice2");
  assert.equal(persist.mock.callCount(), 1);
});

test("the name of a profile that has to be unlocked is not in the mark", async (t) => {
  const locked = { ...vault, locked: true, known: true, methods: [{ id: "1", type: "passphrase", createdAt: 1 }] };
  const { sealpost, kept } = await opened(t, { "sealpost:default": "" }, { vault: locked });
  assert.equal(sealpost.lost, null, "locked is not lost");
  const { server } = workers.at(-1);
  server.push({ type: "me", data: me });
  await settle();
  assert.equal(kept.get("sealpost:default"), "");
  server.push({ type: "vault", data: { ...locked, locked: false, methods: [{ id: "0", type: "device", createdAt: null }] } });
  await settle();
  assert.equal(kept.get("sealpost:default"), me.username);
  server.push({ type: "vault", data: { ...locked, locked: false } });
  await settle();
  assert.equal(kept.get("sealpost:default"), "", "a passphrase alone opens it now");
  const gone = await opened(t, { "sealpost:default": "" });
  assert.deepEqual(gone.sealpost.lost, { reason: "storage-wiped", username: null });
});

test("a browser that forbids localStorage has no mark, and opens all the same", async (t) => {
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      throw new DOMException("denied", "SecurityError");
    },
  });
  t.after(() => delete globalThis.localStorage);
  const sealpost = await Sealpost.open(options);
  assert.equal(sealpost.lost, null);
  await sealpost.close();
});

test("bad options are refused before a worker is started", async () => {
  for (const bad of [
    undefined,
    null,
    {},
    { relay: "not a url" },
    { relay: "ftp://relay.example" },
    { relay: "https://user:pw@relay.example" },
    { relay: "https://relay.example/?a=1" },
    { relay: 5 },
    { ...options, profile: "" },
    { ...options, profile: "a/b" },
    { ...options, profile: "x".repeat(65) },
    { ...options, wasmUrl: 1 },
    { ...options, workerUrl: "::" },
  ]) {
    await assert.rejects(Sealpost.open(bad), { name: "SealpostError", code: "invalid-argument" }, JSON.stringify(bad));
  }
  assert.equal(workers.length, 0);
});

test("a worker that cannot be loaded is `load`, and opening may be tried again", async () => {
  script.mode = "broken";
  await assert.rejects(Sealpost.open(options), { code: "load", retryable: true });
  assert.equal(workers[0].terminated, true);
  script.mode = "throw";
  await assert.rejects(Sealpost.open(options), { code: "load" });
  script.mode = "ready";
  await (await Sealpost.open(options)).close();
});

test("a worker whose script never starts does not hang the page", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  script.mode = "silent";
  script.api.open = never;
  const opening = assert.rejects(Sealpost.open(options), { code: "load" });
  await settle();
  mock.timers.tick(60_000);
  await opening;
  assert.equal(workers[0].terminated, true);
});

test("the code of a failed opening survives the worker", async () => {
  for (const code of ["load", "locked", "storage"]) {
    script.api.open = async () => {
      throw new SealpostError(code, "why");
    };
    await assert.rejects(Sealpost.open(options), (error) => {
      assert.ok(error instanceof SealpostError);
      assert.deepEqual([error.code, error.message, error.retryable], [code, "why", code === "load"]);
      return true;
    });
    assert.equal(workers.at(-1).terminated, true);
  }
});

test("opening can be aborted, before and during", async () => {
  await assert.rejects(Sealpost.open({ ...options, signal: AbortSignal.abort() }), { code: "aborted" });
  assert.equal(workers.length, 0);
  script.api.open = never;
  const controller = new AbortController();
  const opening = assert.rejects(Sealpost.open({ ...options, signal: controller.signal }), { code: "aborted" });
  await settle();
  controller.abort();
  await opening;
  assert.equal(workers[0].terminated, true);
});

test("aborting later does not close what is open", async () => {
  const controller = new AbortController();
  const sealpost = await Sealpost.open({ ...options, signal: controller.signal });
  controller.abort();
  assert.deepEqual(await sealpost.contacts.list(), []);
  await sealpost.close();
});

test("closing settles every call, ends the worker once, and says so", async () => {
  script.api.contacts = never;
  const sealpost = await Sealpost.open(options);
  const states = [];
  sealpost.on("connection", ({ state }) => states.push(state));
  const pending = assert.rejects(sealpost.contacts.list(), { name: "SealpostError", code: "closed" });
  await Promise.all([sealpost.close(), sealpost.close(), sealpost[Symbol.asyncDispose](), pending]);
  await assert.rejects(sealpost.contacts.list(), { code: "closed" });
  await assert.rejects(sealpost.register({ username: "alice" }), { code: "closed" });
  assert.equal(script.api.close.mock.callCount(), 1);
  assert.equal(workers[0].terminated, true);
  assert.deepEqual(states, ["closed"]);
  assert.equal(sealpost.connection.state, "closed");
  const listened = globalThis.addEventListener.mock.calls.map((call) => call.arguments);
  assert.deepEqual(globalThis.removeEventListener.mock.calls.map((call) => call.arguments), listened);
});

test("pending calls reject when closing begins, and a worker that does not answer is ended", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  script.api.close = never;
  script.api.contacts = never;
  const sealpost = await Sealpost.open(options);
  const pending = assert.rejects(sealpost.contacts.list(), { code: "closed" });
  const closing = sealpost.close();
  await pending;
  assert.equal(workers[0].terminated, false);
  mock.timers.tick(2_000);
  await closing;
  assert.equal(workers[0].terminated, true);
});

test("a dying engine rejects what is pending and what follows, and is reported", async () => {
  script.api.contacts = never;
  const sealpost = await Sealpost.open(options);
  const told = [];
  sealpost.on("error", ({ code }) => told.push(code));
  sealpost.on("connection", ({ state, error }) => told.push(`${state} ${error.code}`));
  const pending = assert.rejects(sealpost.contacts.list(), { code: "internal" });
  workers[0].server.die(new SealpostError("internal", "trap"));
  await pending;
  await assert.rejects(sealpost.contacts.list(), { code: "internal", message: "trap" });
  assert.deepEqual(told, ["closed internal", "internal"]);
  assert.equal(workers[0].terminated, true);
  await sealpost.close();
  await assert.rejects(sealpost.contacts.list(), { code: "internal" });
});

test("a worker that is gone without a word is noticed by its lock", async (t) => {
  const requested = [];
  const navigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const locks = { request: (name, granted) => requested.push({ name, granted }) };
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  t.after(() => (navigator ? Object.defineProperty(globalThis, "navigator", navigator) : delete globalThis.navigator));
  script.lock = "alive-1";
  script.api.contacts = never;
  const sealpost = await Sealpost.open(options);
  const pending = assert.rejects(sealpost.contacts.list(), { code: "internal" });
  assert.equal(requested[0].name, "alive-1");
  requested[0].granted();
  await pending;
});

test("an uncaught error in a running worker is not its end", async () => {
  const sealpost = await Sealpost.open(options);
  workers[0].fail("somewhere");
  assert.deepEqual(await sealpost.contacts.list(), []);
  await sealpost.close();
});

test("events reach their listeners; one that throws does not keep the others from hearing", async () => {
  const sealpost = await Sealpost.open(options);
  const heard = [];
  const uncaught = [];
  const onUncaught = (error) => uncaught.push(error.message);
  process.setUncaughtExceptionCaptureCallback(onUncaught);
  try {
    sealpost.on("me", () => {
      throw new Error("listener");
    });
    const off = sealpost.on("me", ({ username }) => heard.push(username));
    workers[0].server.push({ type: "me", data: me });
    await settle();
    off();
    off();
    workers[0].server.push({ type: "me", data: { ...me, username: "later" } });
    await settle();
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  assert.deepEqual(heard, ["alice"]);
  assert.deepEqual(uncaught, ["listener", "listener"]);
  assert.equal(sealpost.me.username, "later");
  assert.throws(() => sealpost.on("me", "x"), { code: "invalid-argument" });
  await sealpost.close();
});

test("arguments are checked before they reach the worker", async () => {
  const sealpost = await Sealpost.open(options);
  const { contacts, conversations, messages } = sealpost;
  const [id, other] = [uuid(1), uuid(2)];
  const calls = [
    () => sealpost.register({}),
    () => sealpost.register({ username: "a" }),
    () => sealpost.register({ username: "-alice" }),
    () => sealpost.register({ username: "alice in wonderland" }),
    () => contacts.find(5),
    () => contacts.get("x"),
    () => contacts.setVerified(id, "yes"),
    () => contacts.safetyNumber(null),
    () => conversations.create(),
    () => conversations.create({ members: [] }),
    () => conversations.create({ members: "x" }),
    () => conversations.create({ members: [id.replace("0189", "ABCD")] }),
    () => conversations.create({ members: [id], name: "é".repeat(101) }),
    () => conversations.update(id, { add: ["x"] }),
    () => conversations.update(id),
    () => messages.send(id, { text: "" }),
    () => messages.send(id, { text: "x".repeat(48 * 1024 + 1) }),
    () => messages.send(id, { text: 1 }),
    () => messages.send(id, { text: "hi", replyTo: "x" }),
    () => messages.send("x", { text: "hi" }),
    () => messages.list(id, { limit: 0 }),
    () => messages.list(id, { limit: 201 }),
    () => messages.list(id, { before: 0 }),
    () => messages.list(id, { before: 1.5 }),
    () => messages.retry(id, other.slice(1)),
    () => messages.edit(id, other),
    () => messages.edit(id, other, { text: "" }),
    () => messages.edit(id, other, { text: "x".repeat(48 * 1024 + 1) }),
    () => messages.edit(id, "x", { text: "hi" }),
    () => messages.delete(id, "x"),
    () => messages.delete("x", other),
    () => messages.react(id, other, "", true),
    () => messages.react(id, other, "👍"),
    () => messages.react(id, other, "👍".repeat(17), true),
    () => messages.react(id, "x", "👍", true),
    () => messages.history("x").next(),
  ];
  for (const call of calls) await assert.rejects(call(), { name: "SealpostError", code: "invalid-argument" }, String(call));
  assert.equal(await contacts.find("no such name!"), null);
  await sealpost.close();
});

test("what is done to messages reaches the worker as it is meant", async () => {
  const calls = [];
  for (const name of ["editMessage", "deleteMessage", "reactToMessage"]) script.api[name] = async (...args) => void calls.push([name, ...args]);
  const sealpost = await Sealpost.open(options);
  const { messages } = sealpost;
  const [id, message] = [uuid(1), uuid(2)];
  await messages.edit(id, message, { text: "better" });
  await messages.delete(id, message);
  await messages.react(id, message, "👍", true);
  await messages.react(id, message, "👍", false);
  assert.deepEqual(calls, [
    ["editMessage", id, message, "better"],
    ["deleteMessage", id, message],
    ["reactToMessage", id, message, "👍", false],
    ["reactToMessage", id, message, "👍", true],
  ]);
  await sealpost.close();
});

test("usernames are folded", async () => {
  script.api.findContact = async (username) => ({ username });
  const sealpost = await Sealpost.open(options);
  assert.equal((await sealpost.register({ username: " Alice " })).username, "alice");
  assert.deepEqual(await sealpost.contacts.find("BOB"), { username: "bob" });
  await sealpost.close();
});

test("history walks page by page, newest first", async () => {
  const pages = { undefined: { items: [{ order: 3 }, { order: 4 }], next: 3 }, 3: { items: [{ order: 1 }, { order: 2 }], next: null } };
  const asked = [];
  script.api.messages = async (conversationId, before, limit) => {
    asked.push([conversationId, before, limit]);
    return pages[before];
  };
  const sealpost = await Sealpost.open(options);
  const orders = [];
  for await (const { order } of sealpost.messages.history(uuid(1))) orders.push(order);
  assert.deepEqual(orders, [4, 3, 2, 1]);
  assert.deepEqual(asked, [[uuid(1), undefined, 200], [uuid(1), 3, 200]]);
  await sealpost.messages.list(uuid(1));
  assert.deepEqual(asked.at(-1), [uuid(1), undefined, 50]);
  await sealpost.close();
});

test("unknown calls and values that cannot be cloned are errors, not silence", async () => {
  script.api.conversation = async () => () => {};
  script.api.createConversation = async (members, name) => ({ members, name });
  const sealpost = await Sealpost.open(options);
  await assert.rejects(sealpost.conversations.get(uuid(1)), { name: "SealpostError", code: "internal" });
  await assert.rejects(sealpost.conversations.markRead(uuid(1)), { code: "internal" });
  assert.deepEqual(await sealpost.conversations.create({ members: [bob.userId] }), { members: [bob.userId], name: "" });
  await sealpost.close();
});

test("coming back online or into view wakes the worker, going offline makes it doubt", async () => {
  const sealpost = await Sealpost.open(options);
  const { online: wake, offline: doubt } = Object.fromEntries(globalThis.addEventListener.mock.calls.map((call) => call.arguments));
  wake();
  await settle();
  assert.deepEqual([script.api.wake.mock.callCount(), script.api.doubt.mock.callCount()], [1, 0]);
  doubt();
  await settle();
  assert.deepEqual([script.api.wake.mock.callCount(), script.api.doubt.mock.callCount()], [1, 1]);
  await sealpost.close();
  wake();
  await settle();
  assert.equal(script.api.wake.mock.callCount(), 1);
});
