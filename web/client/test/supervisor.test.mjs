import assert from "node:assert/strict";
import { test } from "node:test";
import { callsOf, deferred, envelope, FakeEnvironment, fakeEngine, FakeMailbox, json, me, outcome, problem, settle, uuid, userDocument, withLogin } from "./lib/fakes.mjs";

const { SealpostError } = await import("../src/errors.ts");
const { Runtime } = await import("../src/worker/runtime.ts");

/** A registered profile, a relay with a mailbox, and a hub that connects unless told otherwise. */
async function setUp({ stored = 0, start = true } = {}) {
  const environment = new FakeEnvironment();
  const store = new FakeMailbox();
  store.store(stored);
  const relay = { isDown: false };
  environment.handle = (request) => {
    if (relay.isDown) throw new TypeError("failed to fetch");
    return withLogin(({ path }) => {
      if (path.startsWith("/api/mailbox")) return store.handle(request);
      if (path === "/api/keys/count") return json({ oneTimePreKeys: 100, kemPreKeys: 100 });
      if (path.startsWith("/api/users/")) return json(userDocument(path.slice("/api/users/".length)));
      return problem(404, "not-found");
    })(request);
  };
  const links = [];
  const hub = { isDown: false, tries: [] };
  environment.connectHub = async (url, token, handlers) => {
    hub.tries.push(environment.time);
    if (hub.isDown || relay.isDown) throw new SealpostError("network", "the relay's hub cannot be reached");
    const end = deferred();
    const link = { url, token: await token(), handlers, resumed: [], acknowledged: [], stopped: false, end: end.resolve, ended: end.promise };
    link.resume = async (after) => {
      link.resumed.push(after);
      return { firstSeq: 1, lastSeq: store.items.length };
    };
    link.acknowledge = async (upTo) => link.acknowledged.push(upTo);
    link.stop = async () => {
      link.stopped = true;
      end.resolve();
    };
    links.push(link);
    return link;
  };
  const state = { cursor: 0, pending: 0 };
  const engine = fakeEngine({
    status: () => ({ me, registration: null, ...state }),
    receive: (items) => {
      state.cursor = Math.max(state.cursor, items.at(-1).seq);
      return outcome({ cursor: state.cursor, users: [] });
    },
  });
  const events = [];
  const runtime = new Runtime({ engine, relay: "https://relay.example", profile: "default", environment, emit: (event) => events.push(event), prepareForums: false });
  if (start) await runtime.start();
  await settle();
  const states = () => events.filter(({ type }) => type === "connection").map(({ data }) => data.state);
  return { environment, store, relay, hub, links, engine, state, events, states, runtime };
}

test("connecting, syncing, online: drained over HTTP, then resumed after the cursor", async () => {
  const { states, links, environment } = await setUp({ stored: 3 });
  assert.deepEqual(states(), ["connecting", "syncing", "online"]);
  assert.deepEqual(links.map(({ url, token, resumed }) => [url, token, resumed]), [["https://relay.example/hubs/communication", "token-1", [3]]]);
  await environment.advance(500);
  assert.deepEqual(links[0].acknowledged, [3]);
});

test("pushes are received and acknowledged over the hub", async () => {
  const { links, store, state, environment } = await setUp({ stored: 1 });
  store.store(1);
  links[0].handlers.envelope(2, envelope(2));
  await environment.advance(500);
  assert.equal(state.cursor, 2);
  assert.deepEqual(links[0].acknowledged, [2]);
});

test("it never gives up: 0, 1, 2, 5, 10, 30, 30, … seconds", async () => {
  const { relay, hub, links, environment, states } = await setUp();
  await environment.advance(60_000);
  relay.isDown = true;
  const lost = environment.time;
  links[0].end();
  await environment.advance(140_000);
  // Down from the start: the login token is still good, so each try reaches for mailbox and hub.
  const waits = hub.tries.slice(1).map((time) => (time - lost) / 1_000);
  assert.deepEqual(waits, [0, 1, 3, 8, 18, 48, 78, 108, 138].slice(0, waits.length));
  assert.ok(waits.length >= 8, `${waits}`);
  assert.equal(states().at(-1), "offline");
  relay.isDown = false;
  await environment.advance(31_000);
  assert.equal(states().at(-1), "online");
});

test("jitter moves the delays by up to a fifth", async () => {
  for (const [jitter, second] of [[0, 800], [0.999_999, 1_200]]) {
    const { relay, hub, links, environment } = await setUp();
    environment.jitter = jitter;
    await environment.advance(60_000);
    relay.isDown = true;
    links[0].end();
    const lost = environment.time;
    await environment.advance(1_500);
    assert.deepEqual(hub.tries.slice(1).map((time) => time - lost), [0, second]);
  }
});

test("after a connection that lasted, the delays begin anew", async () => {
  const { relay, hub, links, environment } = await setUp();
  relay.isDown = true;
  links[0].end();
  await environment.advance(20_000);
  relay.isDown = false;
  await environment.advance(30_000);
  assert.equal(links.length, 2);
  await environment.advance(20_000);
  links[1].end();
  await environment.advance(100);
  assert.equal(links.length, 3);
  assert.ok(hub.tries.length > 5);
});

test("when the network seems to be gone, the connection is tried at once, for better or worse", async () => {
  const { relay, links, environment, states, runtime } = await setUp();
  await environment.advance(60_000);
  await runtime.doubt();
  await environment.advance(100);
  assert.deepEqual([links.length, links[0].stopped, states().at(-1)], [2, true, "online"]);
  relay.isDown = true;
  await runtime.doubt();
  await environment.advance(2_000);
  assert.equal(states().at(-1), "offline");
});

test("offline says when the next try starts, and a wake-up does not wait for it", async () => {
  const { relay, links, environment, events, runtime, states } = await setUp();
  await environment.advance(60_000);
  relay.isDown = true;
  links[0].end();
  await environment.advance(20_000);
  const last = events.filter(({ type }) => type === "connection").at(-1).data;
  assert.equal(last.state, "offline");
  assert.equal(last.error.code, "network");
  assert.ok(last.retryAt > environment.time && last.retryAt <= environment.time + 30_000);
  relay.isDown = false;
  await runtime.wake();
  await settle();
  assert.equal(states().at(-1), "online");
});

test("a short interruption is not shown", async () => {
  const { links, environment, states } = await setUp();
  await environment.advance(60_000);
  const before = states().length;
  links[0].end();
  await environment.advance(5_000);
  assert.equal(links.length, 2);
  assert.deepEqual(states().slice(before), []);
});

test("connections that break at once do not become a busy loop", async () => {
  const { links, hub, environment } = await setUp();
  for (let i = 0; i < 200; i += 1) {
    links.at(-1).end();
    await environment.advance(100);
  }
  assert.ok(hub.tries.length < 10, `${hub.tries.length} tries in 20 s`);
});

test("without the hub the mailbox is polled, and the connection counts as online", async () => {
  const { hub, links, store, state, environment, events, states } = await setUp({ start: true });
  await environment.advance(60_000);
  hub.isDown = true;
  links[0].end();
  await environment.advance(5_000);
  store.store(2);
  await environment.advance(31_000);
  assert.equal(state.cursor, 2);
  const last = events.filter(({ type }) => type === "connection").at(-1).data;
  assert.deepEqual([last.state, last.error.code], ["online", "network"]);
  const before = states().length;
  const counts = () => environment.log.filter((line) => line === "GET /api/keys/count").length;
  const counted = counts();
  const { connectHub } = environment;
  environment.connectHub = async (...args) => {
    await new Promise((resolve) => environment.timer(resolve, 5_000));
    return connectHub(...args);
  };
  await environment.advance(200_000);
  assert.equal(states().length, before);
  assert.equal(counts(), counted);
  assert.equal(store.acknowledged, 2);
  hub.isDown = false;
  await environment.advance(31_000);
  const now = events.filter(({ type }) => type === "connection").at(-1).data;
  assert.deepEqual([now.state, now.error], ["online", undefined]);
});

test("the relay goes away while polling: offline", async () => {
  const { hub, relay, links, environment, states } = await setUp();
  await environment.advance(60_000);
  hub.isDown = true;
  links[0].end();
  await environment.advance(10_000);
  assert.equal(states().at(-1), "online");
  relay.isDown = true;
  await environment.advance(40_000);
  assert.equal(states().at(-1), "offline");
});

test("a relay whose mailbox went back in time is reported", async () => {
  const { links, state, environment, events } = await setUp({ stored: 5 });
  state.cursor = 9;
  await environment.advance(60_000);
  links[0].end();
  await settle();
  await environment.advance(1_000);
  assert.deepEqual(events.filter(({ type }) => type === "error").map(({ data }) => data.code), ["relay"]);
});

test("DevicesChanged has the user fetched once, PreKeysLow the prekeys counted, nonsense reported", async () => {
  const { links, engine, environment, events } = await setUp();
  const counted = () => environment.log.filter((line) => line === "GET /api/keys/count").length;
  assert.equal(counted(), 1);
  const user = uuid(42);
  links[0].handlers.devicesChanged(user);
  links[0].handlers.devicesChanged(user);
  links[0].handlers.preKeysLow();
  await settle();
  assert.deepEqual(callsOf(engine, "learnUser").map(([{ id }]) => id), [user]);
  assert.equal(counted(), 2);
  links[0].handlers.devicesChanged(uuid(43));
  await settle();
  assert.deepEqual(callsOf(engine, "learnUser").map(([{ id }]) => id), [user, uuid(43)]);
  links[0].handlers.devicesChanged({ toString: () => user });
  await settle();
  assert.equal(callsOf(engine, "learnUser").length, 2);
  assert.deepEqual(events.filter(({ type }) => type === "error").map(({ data }) => data.code), ["relay"]);
});

test("close ends the connection, the timers and the engine, for good", async () => {
  const { runtime, links, environment, engine, events } = await setUp({ stored: 1 });
  const { handle } = environment;
  environment.handle = (request) => (request.path.includes("username=") ? new Promise(() => {}) : handle(request));
  const finding = assert.rejects(runtime.findContact("bob"), { code: "closed" });
  await settle();
  await runtime.close();
  await finding;
  await settle();
  assert.equal(links[0].stopped, true);
  assert.equal(callsOf(engine, "close").length, 1);
  assert.equal(environment.tabPorts[0].closed, true);
  const [requests, told] = [environment.requests.length, events.length];
  await environment.advance(24 * 3_600_000);
  assert.deepEqual([environment.requests.length, links.length, events.length], [requests, 1, told]);
});
