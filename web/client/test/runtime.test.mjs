import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, bob, callsOf, FakeEnvironment, fakeEngine, json, me, outcome, problem, settle, userDocument, uuid, withLogin } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Runtime } = await import("../src/worker/runtime.ts");

const registrationOf = (username) => ({
  id: me.userId,
  username,
  deviceList: "AQ",
  certificate: "Ag",
  preKeys: { signedPreKey: "Aw", kemLastResort: "BA", oneTimePreKeys: ["BQ"], kemPreKeys: [] },
});

/** `answer` is the relay without login; the engine keeps a registration like the real one. */
async function setUp({ answer = () => problem(404, "not-found"), registered = false, pending = null, loadForums, prepareForums = true } = {}) {
  const environment = new FakeEnvironment();
  environment.handle = withLogin((request) => answer(request));
  const state = { me: registered ? me : null, registration: pending, pending: 0 };
  const engine = fakeEngine({
    status: () => ({ ...state, cursor: 0 }),
    beginRegistration: (username) => (state.registration = registrationOf(username)),
    registrationAccepted: () => {
      state.me = { ...me, username: state.registration.username };
      state.registration = null;
      return state.me;
    },
  });
  const events = [];
  const runtime = new Runtime({ engine, relay: "https://relay.example", profile: "p", environment, emit: (event) => events.push(event), loadForums, prepareForums });
  const opened = await runtime.start();
  await settle();
  const posts = () => environment.requests.filter(({ path }) => path === "/api/users");
  const of = (type) => events.filter((event) => event.type === type).map(({ data }) => data);
  return { environment, engine, runtime, state, events, opened, posts, of };
}

const accept = ({ path, body }) => (path === "/api/users" ? json(userDocument(body.id, body.username), 201) : problem(404, "not-found"));

test("an empty profile asks the relay nothing", async () => {
  const { opened, environment, runtime } = await setUp();
  assert.deepEqual(opened, { me: null, connection: { state: "offline", retryAt: null, pending: 0 } });
  await environment.advance(100_000);
  await runtime.wake();
  assert.deepEqual(environment.log, []);
});

test("registering posts what the engine made and tells everybody", async () => {
  const { runtime, posts, of, environment } = await setUp({ answer: accept });
  assert.deepEqual(await runtime.register("alice"), me);
  assert.deepEqual(posts()[0].body, {
    id: me.userId,
    username: "alice",
    deviceList: b64([1]),
    certificate: b64([2]),
    preKeys: { signedPreKey: b64([3]), kemLastResort: b64([4]), oneTimePreKeys: [b64([5])], kemPreKeys: [] },
  });
  assert.equal(posts()[0].init.headers.Authorization, undefined);
  assert.deepEqual(of("me"), [me]);
  assert.deepEqual(environment.tabPorts[0].sent, [{ type: "registered" }]);
  await settle();
  assert.ok(environment.log.includes("POST /api/auth/token"));
  await assert.rejects(runtime.register("alice"), { code: "already-registered" });
});

test("a taken name lets the person choose another", async () => {
  const { runtime, posts } = await setUp({
    answer: (request) => (request.body?.username === "alice" ? problem(409, "username-taken") : accept(request)),
  });
  await assert.rejects(runtime.register("alice"), { code: "username-taken" });
  assert.equal((await runtime.register("alice2")).username, "alice2");
  assert.deepEqual(posts().map(({ body }) => body.username), ["alice", "alice", "alice2"]);
});

test("a registration whose outcome is unknown is never renamed: it is settled first", async () => {
  let isLost = true;
  const { runtime, posts, engine } = await setUp({ answer: (request) => (isLost ? Promise.reject(new TypeError("lost")) : accept(request)) });
  await assert.rejects(runtime.register("alice"), { code: "network" });
  await assert.rejects(runtime.register("alison"), { code: "network" });
  isLost = false;
  await assert.rejects(runtime.register("alison"), { code: "already-registered" });
  assert.deepEqual(callsOf(engine, "beginRegistration").map(([username]) => username), ["alice"]);
  assert.deepEqual(posts().map(({ body }) => body.username), ["alice", "alice", "alice"]);
});

test("a pending registration is repeated with the same bytes after a restart, until the relay answers", async () => {
  let failures = 2;
  const { environment, posts, of, opened } = await setUp({
    pending: registrationOf("alice"),
    answer: (request) => {
      failures -= 1;
      return failures >= 0 ? problem(503, "unavailable") : accept(request);
    },
  });
  assert.equal(opened.connection.state, "connecting");
  assert.equal(of("connection").at(-1).state, "offline");
  await environment.advance(10_000);
  assert.equal(posts().length, 3);
  assert.deepEqual(posts()[2].body, posts()[0].body);
  assert.deepEqual(of("me"), [me]);
});

test("a pending registration whose name was taken meanwhile waits for another name", async () => {
  const { environment, posts, of, runtime } = await setUp({
    pending: registrationOf("alice"),
    answer: (request) => (request.body?.username === "alice" ? problem(409, "username-taken") : accept(request)),
  });
  await environment.advance(100_000);
  assert.equal(posts().length, 1);
  assert.deepEqual(of("error").map(({ code }) => code), ["username-taken"]);
  assert.equal((await runtime.register("alice2")).username, "alice2");
});

test("a relay that registers something else is not believed", async () => {
  const { runtime, of } = await setUp({ answer: ({ body }) => json(userDocument(bob.userId, body?.username), 201) });
  await assert.rejects(runtime.register("alice"), { code: "relay" });
  assert.deepEqual(of("me"), []);
});

test("finding people: found, nobody, somebody else, not registered", async () => {
  let document = userDocument();
  const answer = ({ path }) => (path === "/api/users?username=bob" && document ? json(document) : problem(404, "not-found"));
  const { runtime } = await setUp({ registered: true, answer });
  assert.equal((await runtime.findContact("bob")).userId, bob.userId);
  assert.equal(await runtime.findContact("carol"), null);
  document = userDocument(bob.userId, "mallory");
  await assert.rejects(runtime.findContact("bob"), { code: "relay" });
  const fresh = await setUp();
  await assert.rejects(fresh.runtime.findContact("bob"), { code: "not-registered" });
});

test("the engine's errors keep their code", async () => {
  const { runtime, engine } = await setUp({ registered: true });
  engine.answers.sendText = () => {
    throw Object.assign(new Error("their key changed"), { name: "SealpostError", code: "key-changed" });
  };
  await assert.rejects(runtime.sendText(uuid(1), "hi", undefined), (error) => SealpostError.from(error).code === "key-changed");
});

test("sending publishes first, then resolves, then the outbox runs and the count follows", async () => {
  const { runtime, engine, state, events, of, environment } = await setUp({ registered: true });
  const message = { id: uuid(5), type: "text", text: "hi" };
  engine.answers.sendText = () => {
    state.pending = 1;
    return outcome(message, [{ type: "message", data: message }]);
  };
  const steps = callsOf(engine, "outboxStep").length;
  events.length = 0;
  assert.equal(await runtime.sendText(uuid(1), "hi", undefined), message);
  assert.deepEqual(events[0], { type: "message", data: message });
  assert.deepEqual(callsOf(engine, "sendText"), [[uuid(1), "hi", undefined, environment.time]]);
  await settle();
  assert.ok(callsOf(engine, "outboxStep").length > steps);
  assert.equal(of("connection").at(-1).pending, 1);
});

test("members nobody knows yet are looked up before a conversation is made", async () => {
  const { runtime, engine } = await setUp({
    registered: true,
    answer: ({ path }) => (path === `/api/users/${bob.userId}` ? json(userDocument()) : problem(404, "not-found")),
  });
  engine.answers.createConversation = () => outcome({ id: uuid(1) });
  await runtime.createConversation([bob.userId, me.userId], "");
  assert.deepEqual(callsOf(engine, "learnUser").map(([{ id }]) => id), [bob.userId]);
  await assert.rejects(runtime.createConversation([uuid(99)], ""), { code: "not-found" });
  assert.equal(callsOf(engine, "createConversation").length, 1);
});

test("tabs of one profile show what the other one did", async () => {
  const { runtime, engine, environment, of, state, events } = await setUp();
  const [port] = environment.tabPorts;
  const contact = { userId: bob.userId, verified: true };
  engine.answers.setVerified = () => outcome(contact, [{ type: "contact", data: contact }]);
  await runtime.setVerified(bob.userId, true);
  const sent = port.sent.at(-1);
  assert.deepEqual(sent, { type: "events", events: [{ type: "contact", data: contact }] });
  events.length = 0;
  const before = port.sent.length;
  port.onmessage({ data: sent });
  assert.deepEqual(of("contact"), [contact]);
  assert.equal(port.sent.length, before);
  state.me = me;
  port.onmessage({ data: { type: "registered" } });
  await settle();
  assert.deepEqual(of("me"), [me]);
  assert.ok(environment.log.includes("POST /api/auth/challenge"));
});

test("what another tab stored is sent by this one should the other one end, and both count what is left", async () => {
  const { engine, environment, of, state } = await setUp({ registered: true, answer: ({ path }) => (path === "/api/messages" ? json({}) : problem(404, "not-found")) });
  const [port] = environment.tabPorts;
  const request = { type: "request", request: { entry: "1", method: "POST", path: "/api/messages", body: {} } };
  engine.answers.outboxStep = () => outcome(state.pending > 0 ? request : { type: "idle" });
  engine.answers.outboxAccepted = () => {
    state.pending -= 1;
    return outcome(null);
  };
  state.pending = 1;
  port.onmessage({ data: { type: "events", events: [] } });
  await settle();
  assert.equal(callsOf(engine, "outboxAccepted").length, 1);
  assert.equal(of("connection").at(-1).pending, 0);
  assert.deepEqual(port.sent.at(-1), { type: "progress" }, "also of an entry without events");

  state.pending = 3;
  port.onmessage({ data: { type: "progress" } });
  await settle();
  assert.equal(of("connection").at(-1).pending, 3);
  state.pending = 0;
  const before = port.sent.length;
  port.onmessage({ data: { type: "progress" } });
  await settle();
  assert.equal(of("connection").at(-1).pending, 0);
  assert.equal(port.sent.length, before, "to hear of it is no progress");
});

test("prekeys: uploaded until the engine has enough, once confirmed never again", async () => {
  const uploads = [];
  const answer = ({ method, path, body }) => {
    if (path === "/api/keys/count") return json({ oneTimePreKeys: uploads.length, kemPreKeys: 3 });
    if (method === "PUT" && path === "/api/keys") {
      uploads.push(body);
      return new Response(null, { status: 204 });
    }
    return path.startsWith("/api/mailbox") ? json({ items: [], next: null, firstSeq: 1, lastSeq: 0 }) : problem(404, "not-found");
  };
  const { engine, environment } = await setUp({ registered: true, answer });
  assert.deepEqual(callsOf(engine, "preKeyUpload").map(([counts]) => counts), [{ oneTimePreKeys: 0, kemPreKeys: 3, keyPackages: null }]);
  engine.answers.preKeyUpload = () => (uploads.length < 2 ? { oneTimePreKeys: ["CQ"], kemPreKeys: [] } : null);
  await environment.advance(7 * 3_600_000);
  assert.deepEqual(uploads, Array(2).fill({ oneTimePreKeys: [b64([9])], kemPreKeys: [] }));
  assert.equal(callsOf(engine, "preKeysUploaded").length, 2);
});

test("messages that nobody waits between enter the store one after another, and a refused one does not stop the next", async () => {
  const { runtime, engine } = await setUp({ registered: true });
  const begun = [];
  const ends = [];
  engine.answers.sendText = (_, text) => {
    begun.push(text);
    return new Promise((resolve, reject) => ends.push({ resolve: () => resolve(outcome({ text })), reject }));
  };
  const sent = ["one", "two", "three"].map((text) => runtime.sendText(uuid(1), text, undefined));
  await settle();
  assert.deepEqual(begun, ["one"]);
  ends[0].reject(Object.assign(new Error("no"), { name: "SealpostError", code: "key-changed" }));
  await assert.rejects(sent[0]);
  await settle();
  assert.deepEqual(begun, ["one", "two"]);
  ends[1].resolve();
  await settle();
  ends[2].resolve();
  assert.deepEqual(await Promise.all(sent.slice(1)), [{ text: "two" }, { text: "three" }]);
});

/** A loader of a forums' part that does nothing but write down what it is told. */
function fakeForums({ failures = 0 } = {}) {
  const told = [];
  let loads = 0;
  const tell = (name) => (...args) => void told.push([name, ...args]);
  const part = { call: async (...args) => args, reached: tell("reached"), kick: tell("kick"), push: tell("push"), learnt: tell("learnt"), heard: tell("heard"), pending: async () => 0, stop: tell("stop") };
  const load = async (parts) => {
    loads += 1;
    if (loads <= failures) throw new SealpostError("load");
    load.parts = parts;
    return part;
  };
  return Object.assign(load, { told, part, loads: () => loads });
}

const hubOf = (environment) => {
  const hub = { pushes: null };
  environment.connectHub = async (_url, _token, handlers) => {
    hub.pushes = handlers;
    return { ended: new Promise(() => {}), resume: async () => ({ firstSeq: 1, lastSeq: 0 }), acknowledge: async () => {}, invoke: async () => null, stop: async () => {} };
  };
  return hub;
};

const inTopics = (topics) => ({ path }) => {
  if (path === "/api/forum-topics") return json({ items: Array(topics).fill({}), next: null });
  return path.startsWith("/api/mailbox") ? json({ items: [], next: null, firstSeq: 1, lastSeq: 0 }) : problem(404, "not-found");
};

test("the code of topics is loaded with the first call, once, and again only if it failed", async () => {
  const forums = fakeForums({ failures: 1 });
  const { runtime } = await setUp({ loadForums: forums });
  assert.equal(forums.loads(), 0);
  await assert.rejects(runtime.forums("topics", []), { code: "load" });
  assert.deepEqual(await Promise.all([runtime.forums("topics", []), runtime.forums("topic", ["x"])]), [["topics", []], ["topic", ["x"]]]);
  assert.equal(forums.loads(), 2);
  await runtime.close();
  await settle();
  assert.deepEqual(forums.told.at(-1), ["stop"]);
});

test("the code of topics is loaded by itself where this device is in topics, and not where it is in none", async () => {
  for (const [topics, loads] of [[0, 0], [2, 1]]) {
    const forums = fakeForums();
    const { environment } = await setUp({ registered: true, loadForums: forums, answer: inTopics(topics) });
    await environment.advance(5_000);
    assert.equal(forums.loads(), loads);
  }
});

/** A relay that answers every contact, and has so many KeyPackages of this device. */
const withKeyPackages = (held) => (request) => {
  if (request.path === "/api/keys/count") return json({ oneTimePreKeys: 100, kemPreKeys: 100, keyPackages: held() });
  return inTopics(0)(request);
};

test("a device without KeyPackages has the code of topics loaded once it is idle, and that is turned off by an option", async () => {
  for (const [keyPackages, prepareForums, loads] of [[0, true, 1], [50, true, 0], [undefined, true, 0], [0, false, 0]]) {
    const forums = fakeForums();
    const { environment } = await setUp({ registered: true, loadForums: forums, prepareForums, answer: withKeyPackages(() => keyPackages) });
    hubOf(environment);
    await environment.advance(2_500);
    assert.equal(forums.loads(), 0, "not before what conversations have to do");
    await environment.advance(10_000);
    assert.equal(forums.loads(), loads, JSON.stringify({ keyPackages, prepareForums }));
  }
});

test("what waits to be sent goes before the code of topics", async () => {
  const forums = fakeForums();
  const { environment, runtime, state, engine } = await setUp({ registered: true, loadForums: forums, answer: withKeyPackages(() => 0) });
  hubOf(environment);
  state.pending = 1;
  engine.answers.sendText = () => ({ value: {}, events: [] });
  await runtime.sendText(uuid(1), "x", undefined);
  await environment.advance(30_000);
  assert.equal(forums.loads(), 0);
  state.pending = 0;
  await runtime.sendText(uuid(1), "y", undefined);
  await environment.advance(10_000);
  assert.equal(forums.loads(), 1);
});

test("code of topics that cannot be loaded in the background is no error, and is tried again at the next contact", async () => {
  const forums = fakeForums({ failures: 1 });
  const { environment, of } = await setUp({ registered: true, loadForums: forums, answer: withKeyPackages(() => 0) });
  let end = null;
  environment.connectHub = async () => ({
    ended: new Promise((resolve) => (end = resolve)),
    resume: async () => ({ firstSeq: 1, lastSeq: 0 }),
    acknowledge: async () => {},
    invoke: async () => null,
    stop: async () => {},
  });
  await environment.advance(30_000);
  assert.equal(forums.loads(), 1);
  end();
  await environment.advance(30_000);
  assert.equal(forums.loads(), 2);
  // Nor is what goes wrong in it, until somebody wants topics.
  forums.parts.report(new SealpostError("relay", "no room for KeyPackages"));
  assert.deepEqual(of("error"), []);
});

test("errors of topics are told once somebody asked for topics; users who were learnt are told to topics", async () => {
  const forums = fakeForums();
  const { environment, runtime, of } = await setUp({
    registered: true,
    loadForums: forums,
    answer: (request) => (request.path === `/api/users/${bob.userId}` ? json(userDocument(bob.userId, "bob")) : withKeyPackages(() => 50)(request)),
  });
  const hub = hubOf(environment);
  await environment.advance(10_000);
  await runtime.forums("topics", []);
  forums.parts.report(new SealpostError("relay", "x"));
  assert.deepEqual(of("error").map(({ code }) => code), ["relay"]);
  hub.pushes.devicesChanged(bob.userId);
  await settle();
  assert.deepEqual(forums.told.filter(([name]) => name === "learnt"), [["learnt", [bob.userId]]]);
});

test("a Welcome has the code of topics loaded; what comes later goes to it, from other tabs too", async () => {
  const forums = fakeForums();
  let topics = 0;
  const { environment, of } = await setUp({ registered: true, loadForums: forums, answer: (request) => inTopics(topics)(request) });
  const hub = hubOf(environment);
  await environment.advance(120_000);
  assert.ok(hub.pushes !== null);
  assert.equal(forums.loads(), 0);
  topics = 1;
  hub.pushes.forum("ReceiveWelcome", [uuid(1)]);
  await settle();
  assert.equal(forums.loads(), 1);
  hub.pushes.forum("ReceivePost", [uuid(1), {}]);
  environment.tabPorts[0].onmessage({ data: { type: "events", events: [{ type: "topic-action", data: { entry: "1" } }] } });
  await settle();
  assert.deepEqual(forums.told, [["push", "ReceivePost", [uuid(1), {}]], ["heard", [{ type: "topic-action", data: { entry: "1" } }]]]);
  assert.deepEqual(of("topic-action"), []);
  assert.equal(forums.parts.me().userId, me.userId);
});

test("T01: topics look again at what waits when somebody's key has changed or was accepted", async () => {
  const forums = fakeForums();
  const changed = { type: "contact", data: { userId: bob.userId } };
  const { runtime, engine } = await setUp({ loadForums: forums });
  Object.assign(engine.answers, { acceptKeyChange: () => outcome(null, [changed]), setVerified: () => outcome(null, []) });
  await runtime.forums("topics", []);
  await settle();
  const kicks = () => forums.told.filter(([name]) => name === "kick").length;
  const before = kicks();
  await runtime.setVerified(bob.userId, true, null);
  await settle();
  assert.equal(kicks(), before);
  await runtime.acceptKeyChange(bob.userId, null);
  await settle();
  assert.equal(kicks(), before + 1);
});

test("posts that wait are counted with the messages that wait", async () => {
  const forums = fakeForums();
  const { runtime, of } = await setUp({ registered: true, loadForums: forums });
  await runtime.forums("topics", []);
  forums.part.pending = async () => 3;
  forums.parts.publish([]);
  await settle();
  assert.equal(of("connection").at(-1).pending, 3);
  forums.part.pending = async () => 0;
  forums.parts.publish([]);
  await settle();
  assert.equal(of("connection").at(-1).pending, 0);
});

test("an error keeps what it says across bundles, each of which has its own class", () => {
  const foreign = Object.assign(new Error("busy"), { name: "SealpostError", code: "relay", retryable: true });
  assert.deepEqual(SealpostError.from(foreign).toJSON(), { code: "relay", message: "busy", retryable: true });
  assert.equal(SealpostError.from(Object.assign(new Error("x"), { name: "SealpostError", code: "decrypt" })).retryable, false);
});
