// What is told of the exchanges with the relay, to those who watch.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { settle } from "./lib/fakes.mjs";
import { FakeWorker, script, workers } from "./lib/fake-worker.mjs";

const { Sealpost } = await import("../src/index.ts");
const { Watch } = await import("../src/worker/watch.ts");

function watched(answers = {}) {
  const told = [];
  const handled = [];
  const watch = new Watch(({ at, ...exchange }) => {
    assert.ok(Math.abs(at - Date.now()) < 60_000);
    told.push(exchange);
  });
  let handlers = null;
  const environment = watch.over({
    fetch: async (url) => answers[new URL(url).pathname] ?? new Response(null, { status: 204 }),
    connectHub: async (_url, _token, given) => {
      handlers = given;
      return { resume: async (after) => ({ firstSeq: 1, lastSeq: after }), acknowledge: async () => {}, invoke: async (method) => `answer of ${method}`, stop: async () => {} };
    },
  });
  const connect = () => environment.connectHub("wss://relay.example", null, { envelope: (...args) => handled.push(args), forum: (...args) => handled.push(args), preKeysLow() {}, devicesChanged() {} });
  return { watch, environment, told, handled, connect, push: (name, ...args) => handlers[name](...args) };
}

test("nothing is told while nobody watches, and everything works", async () => {
  const { environment, told, handled, connect, push } = watched();
  const response = await environment.fetch("https://relay.example/api/messages", { method: "POST", body: "{}" });
  assert.equal(response.status, 204);
  const link = await connect();
  push("envelope", 1, {});
  assert.equal(await link.invoke("JoinTopic", 1), "answer of JoinTopic");
  assert.deepEqual(handled, [[1, {}]]);
  assert.deepEqual(told, []);
});

test("calls are told with what was sent and answered, and the answer stays readable", async () => {
  const { watch, environment, told } = watched({ "/api/mailbox": Response.json({ items: [] }), "/api/users": new Response("<html>", { status: 502 }) });
  watch.isOn = true;
  const response = await environment.fetch("https://relay.example/api/mailbox?after=7", { method: "GET" });
  assert.deepEqual(await response.json(), { items: [] });
  await environment.fetch("https://relay.example/api/messages", { method: "POST", body: '{"content":"AA"}' });
  await environment.fetch("https://relay.example/api/users", { method: "POST", body: "{}" });
  await settle();
  assert.deepEqual(told, [
    { name: "GET /api/mailbox?after=7", request: null, answer: { items: [] }, status: 200 },
    { name: "POST /api/messages", request: { content: "AA" }, answer: null, status: 204 },
    { name: "POST /api/users", request: {}, answer: "<html>", status: 502 },
  ]);
});

test("login proofs and tokens are told to nobody", async () => {
  const { watch, environment, told } = watched({ "/api/auth/token": Response.json({ accessToken: "secret" }) });
  watch.isOn = true;
  const init = { method: "POST", body: '{"signature":"secret"}', headers: { Authorization: "Bearer secret" } };
  await environment.fetch("https://relay.example/api/auth/token", init);
  await environment.fetch("https://relay.example/api/messages", { ...init, body: "{}" });
  await settle();
  assert.equal(told.length, 2);
  assert.doesNotMatch(JSON.stringify(told), /secret/);
});

test("the hub's pushes and methods are told", async () => {
  const { watch, told, handled, connect, push } = watched();
  watch.isOn = true;
  const link = await connect();
  await link.resume(3);
  push("envelope", 4, { kind: 1 });
  push("forum", "ReceivePost", ["post"]);
  await link.acknowledge(4);
  await link.invoke("JoinTopic", "id");
  assert.deepEqual(handled, [[4, { kind: 1 }], ["ReceivePost", ["post"]]]);
  assert.deepEqual(told, [
    { name: "Resume", request: { after: 3 }, answer: { firstSeq: 1, lastSeq: 3 }, status: null },
    { name: "ReceiveEnvelope", request: null, answer: { seq: 4, envelope: { kind: 1 } }, status: null },
    { name: "ReceivePost", request: null, answer: ["post"], status: null },
    { name: "Acknowledge", request: { upTo: 4 }, answer: null, status: null },
    { name: "JoinTopic", request: ["id"], answer: "answer of JoinTopic", status: null },
  ]);
});

test("the worker tells only while the page has a listener", async (t) => {
  const browser = { Worker: FakeWorker, indexedDB: {}, addEventListener: () => {}, removeEventListener: () => {} };
  Object.assign(globalThis, browser);
  t.after(() => Object.keys(browser).forEach((name) => delete globalThis[name]));
  script.api = {
    open: async () => ({ me: null, connection: { state: "offline", retryAt: null, pending: 0 }, vault: { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 } }),
    watch: mock.fn(async () => {}),
    close: async () => {},
  };
  const sealpost = await Sealpost.open({ relay: "https://relay.example" });
  const heard = [];
  sealpost.on("message", () => {});
  const offs = [sealpost.on("exchange", ({ name }) => heard.push(name)), sealpost.on("exchange", () => {})];
  workers.at(-1).server.push({ type: "exchange", data: { at: 1, name: "Resume", request: null, answer: null, status: null } });
  await settle();
  for (const off of offs) off();
  await settle();
  assert.deepEqual(heard, ["Resume"]);
  assert.deepEqual(script.api.watch.mock.calls.map(({ arguments: [on] }) => on), [true, true, true, false]);
  await sealpost.close();
});
