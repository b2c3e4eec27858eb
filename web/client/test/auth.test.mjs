import assert from "node:assert/strict";
import { test } from "node:test";
import { b64, callsOf, deferred, FakeEnvironment, fakeEngine, json, me, problem, settle, withLogin } from "./lib/fakes.mjs";

const { Auth } = await import("../src/worker/auth.ts");
const { Http } = await import("../src/worker/http.ts");
const { SealpostError } = await import("../src/errors.ts");

function setUp({ handle = withLogin(() => json({})), device = me } = {}) {
  const environment = new FakeEnvironment();
  environment.handle = handle;
  const engine = fakeEngine();
  const auth = new Auth(new Http("https://relay.example:8443/base", environment), engine, environment, () => device);
  return { environment, engine, auth };
}

const logins = (environment) => environment.log.filter((line) => line.endsWith("/api/auth/token")).length;

test("T25: the login proof is for the origin that requests go to", async () => {
  const { environment, engine, auth } = setUp();
  assert.equal(await auth.token(), "token-1");
  assert.deepEqual(callsOf(engine, "signLogin"), [["https://relay.example:8443", new Uint8Array(32), 1]]);
  assert.deepEqual(environment.requests[1].body, {
    userId: me.userId,
    deviceId: me.deviceId,
    challenge: b64(new Uint8Array(32)),
    origin: "https://relay.example:8443",
    signature: b64([1, 2, 3]),
  });
});

test("however many ask at once, there is one login", async () => {
  const { environment, auth } = setUp();
  const tokens = await Promise.all([auth.token(), auth.token(), auth.request("GET", "/a"), auth.request("GET", "/b")]);
  assert.deepEqual(tokens.slice(0, 2), ["token-1", "token-1"]);
  assert.equal(logins(environment), 1);
});

test("a token is renewed before it expires", async () => {
  const { environment, auth } = setUp();
  await auth.token();
  await environment.advance(3_539_000);
  assert.equal(await auth.token(), "token-1");
  await environment.advance(2_000);
  assert.equal(await auth.token(), "token-2");
});

test("a refused token is renewed once, by all who were refused together", async () => {
  const gate = deferred();
  const answer = async ({ init }) => {
    if (init.headers.Authorization !== "Bearer token-1") return json({ good: true });
    await gate.promise;
    return problem(401, "unauthorized");
  };
  const { environment, auth } = setUp({ handle: withLogin(answer) });
  const both = Promise.all([auth.request("GET", "/a"), auth.request("GET", "/b")]);
  await settle();
  gate.resolve();
  assert.deepEqual(await both, [{ good: true }, { good: true }]);
  assert.equal(logins(environment), 2);
});

test("a second refusal is final", async () => {
  const { environment, auth } = setUp({ handle: withLogin(() => problem(401, "unauthorized")) });
  await assert.rejects(auth.request("GET", "/a"), { code: "unauthorized" });
  assert.equal(environment.log.filter((line) => line === "GET /base/a").length, 2);
});

test("a failed login is not kept", async () => {
  let isDown = true;
  const up = withLogin(() => json({}));
  const { auth } = setUp({ handle: (request) => (isDown ? Promise.reject(new TypeError("down")) : up(request)) });
  await assert.rejects(auth.token(), { code: "network" });
  isDown = false;
  assert.equal(await auth.token(), "token-1");
});

test("without a device there is no login", async () => {
  const { auth, environment } = setUp({ device: null });
  await assert.rejects(auth.token(), { code: "not-registered" });
  assert.deepEqual(environment.log, []);
});

test("in host-app mode each login brings the application's token, asked for anew", async () => {
  const environment = new FakeEnvironment();
  environment.handle = withLogin(() => json({}));
  const engine = fakeEngine();
  let asked = 0;
  const auth = new Auth(new Http("https://relay.example", environment), engine, environment, () => me, async () => `host-${++asked}`);
  await auth.request("GET", "/a");
  auth.invalidate("token-1");
  await auth.request("GET", "/b");
  const sent = environment.requests.map(({ path, init }) => `${path} ${init.headers.Authorization}`);
  assert.deepEqual(sent, [
    "/api/auth/challenge undefined", "/api/auth/token Bearer host-1", "/a Bearer token-1",
    "/api/auth/challenge undefined", "/api/auth/token Bearer host-2", "/b Bearer token-2",
  ]);
});

test("without the application's token nothing is asked of the relay", async () => {
  const environment = new FakeEnvironment();
  const auth = new Auth(new Http("https://relay.example", environment), fakeEngine(), environment, () => me, async () => {
    throw new SealpostError("host-token");
  });
  await assert.rejects(auth.token(), { code: "host-token", retryable: true });
  assert.deepEqual(environment.requests, []);
});

test("a good proof of a revoked device says so; other refusals do not", async () => {
  for (const [more, code] of [[{ reason: "device-revoked" }, "device-revoked"], [{}, "unauthorized"], [{ reason: "whatever" }, "unauthorized"]]) {
    const answer = withLogin(() => json({}));
    const handle = (request) => (request.path.endsWith("/api/auth/token") ? problem(401, "unauthorized", more) : answer(request));
    const { auth } = setUp({ handle });
    await assert.rejects(auth.token(), { code });
  }
});
