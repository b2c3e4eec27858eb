// The application's token, from the page to the relay.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { FakeEnvironment, json, me, problem, settle } from "./lib/fakes.mjs";
import { FakeWorker, script, workers } from "./lib/fake-worker.mjs";

const { Sealpost } = await import("../src/index.ts");
const { HostTokens, askHost } = await import("../src/host-token.ts");
const { Http } = await import("../src/worker/http.ts");
const { Relay } = await import("../src/worker/relay.ts");

afterEach(() => mock.timers.reset());

test("what the application gives is a token or nothing", async () => {
  assert.equal(await askHost(() => "a.b.c"), "a.b.c");
  assert.equal(await askHost(async () => "a.b.c"), "a.b.c");
  for (const wrong of [undefined, null, 7, "", "a b", "a\nb", "ä", "x".repeat(16_385), {}]) assert.equal(await askHost(() => wrong), null);
  assert.equal(await askHost(() => { throw new Error("logged out"); }), null);
  assert.equal(await askHost(async () => { throw new Error("logged out"); }), null);
  mock.timers.enable({ apis: ["setTimeout"] });
  const late = askHost(() => new Promise(() => {}));
  mock.timers.tick(30_000);
  assert.equal(await late, null);
});

test("answers find who asked", async () => {
  const asked = [];
  const tokens = new HostTokens((id) => asked.push(id));
  const [one, two] = [tokens.token(), tokens.token()];
  tokens.answer(asked[1], null);
  tokens.answer(asked[0], "one");
  tokens.answer(asked[0], "again");
  tokens.answer(99, "nobody's");
  assert.equal(await one, "one");
  await assert.rejects(two, { code: "host-token", retryable: true });
});

const registration = { id: me.userId, username: "alice", deviceList: "", certificate: "", preKeys: {} };

test("a registration brings the token; what the relay says to it is told apart", async () => {
  for (const [answer, code] of [[problem(401, "unauthorized"), "unauthorized"], [problem(409, "conflict"), "already-registered"], [problem(409, "username-taken"), "username-taken"]]) {
    const environment = new FakeEnvironment();
    environment.handle = () => answer;
    const relay = new Relay(new Http("https://relay.example", environment), null, async () => "host-1");
    await assert.rejects(relay.register(registration), { code });
    assert.equal(environment.requests[0].init.headers.Authorization, "Bearer host-1");
  }
  const environment = new FakeEnvironment();
  environment.handle = () => problem(409, "conflict");
  const relay = new Relay(new Http("https://relay.example", environment), null);
  await assert.rejects(relay.register(registration), { code: "relay" });
  assert.equal(environment.requests[0].init.headers.Authorization, undefined);
});

test("a registration without a token is not sent", async () => {
  const environment = new FakeEnvironment();
  environment.handle = () => json({});
  const tokens = new HostTokens((id) => tokens.answer(id, null));
  const relay = new Relay(new Http("https://relay.example", environment), null, () => tokens.token());
  await assert.rejects(relay.register(registration), { code: "host-token" });
  assert.deepEqual(environment.requests, []);
});

const browser = { Worker: FakeWorker, indexedDB: {} };

beforeEach(() => {
  Object.assign(globalThis, browser, { addEventListener: mock.fn(), removeEventListener: mock.fn() });
  script.api = {
    open: mock.fn(async () => ({ me: null, connection: { state: "offline", retryAt: null, pending: 0 }, vault: { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 } })),
    hostToken: mock.fn(async () => {}),
    close: async () => {},
  };
});

afterEach(() => {
  for (const name of [...Object.keys(browser), "addEventListener", "removeEventListener"]) delete globalThis[name];
});

test("the worker asks the page each time, and is told that it may", async () => {
  let asked = 0;
  const hostToken = () => `token-${++asked}`;
  const sealpost = await Sealpost.open({ relay: "https://relay.example", hostToken });
  assert.equal(script.api.open.mock.calls[0].arguments[0].hasHostToken, true);
  assert.equal(asked, 0, "not before it is needed");
  for (const id of [1, 2]) workers.at(-1).server.push({ type: "host-token", data: { id } });
  await settle();
  assert.deepEqual(script.api.hostToken.mock.calls.map(({ arguments: given }) => given), [[1, "token-1"], [2, "token-2"]]);
  await sealpost.close();
});

test("without the setting the worker is not told so, and what is no function is refused", async () => {
  const sealpost = await Sealpost.open({ relay: "https://relay.example" });
  assert.equal("hasHostToken" in script.api.open.mock.calls[0].arguments[0], false);
  await sealpost.close();
  await assert.rejects(Sealpost.open({ relay: "https://relay.example", hostToken: "eyJ" }), { code: "invalid-argument" });
});
