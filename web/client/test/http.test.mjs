import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { FakeEnvironment, json, problem } from "./lib/fakes.mjs";

const { Http, toJson } = await import("../src/worker/http.ts");
const { decodeBase64Url, encodeBase64Url } = await import("../src/worker/base64url.ts");

const httpTo = (handle, relay = "https://relay.example") => {
  const environment = new FakeEnvironment();
  environment.handle = handle;
  return { environment, http: new Http(relay, environment) };
};

test("base64url agrees with Node for every length and byte", () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) % 256);
    const text = encodeBase64Url(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(decodeBase64Url(text), bytes);
  }
});

test("base64url refuses everything but the canonical form", () => {
  for (const text of ["A", "AA==", "AAA=", "AB", "AAB", "A+AA", "A/AA", "AA A", "AA\n", "ÄAAA", "AAAA=", "AA\u0000A"]) {
    assert.equal(decodeBase64Url(text), null, JSON.stringify(text));
  }
});

test("byte strings anywhere in a body become base64url", () => {
  assert.equal(toJson({ a: [new Uint8Array([255, 254])], b: { c: new Uint8Array(0) }, d: undefined }), '{"a":["__4"],"b":{"c":""}}');
});

test("a request carries its token, and no cookies, redirects or referrer", async () => {
  const { http, environment } = httpTo(() => json({ ok: true }), "https://relay.example/chat/");
  assert.deepEqual(await http.request("POST", "/api/x", { body: { n: 1 }, token: "t" }), { ok: true });
  assert.equal(http.origin, "https://relay.example");
  const [{ path, init, body }] = environment.requests;
  assert.equal(path, "/chat/api/x");
  assert.deepEqual(body, { n: 1 });
  assert.equal(init.headers.Authorization, "Bearer t");
  assert.deepEqual(
    [init.credentials, init.redirect, init.cache, init.referrerPolicy],
    ["omit", "error", "no-store", "no-referrer"],
  );
});

test("problem documents become typed errors", async () => {
  const cases = [
    [401, "unauthorized", "unauthorized", true, false],
    [404, "not-found", "not-found", false, true],
    [409, "username-taken", "username-taken", false, true],
    [409, "device-mismatch", "relay", false, true],
    [400, "bad-signature", "bad-signature", false, true],
    [429, "rate-limited", "rate-limited", true, false],
    [500, "internal", "relay", true, false],
    [503, "unavailable", "relay", true, false],
  ];
  for (const [status, relayCode, code, retryable, isFinal] of cases) {
    const { http } = httpTo(() => problem(status, relayCode, { detail: "because" }));
    await assert.rejects(http.request("GET", "/"), (error) => {
      assert.deepEqual([error.code, error.retryable, error.isFinal, error.message], [code, retryable, isFinal, "because"], relayCode);
      assert.equal(error.problem.code, relayCode);
      return true;
    });
  }
});

test("an error that is no problem document decides nothing: something else may have answered", async () => {
  for (const answer of [
    () => new Response("<html>not found</html>", { status: 404, headers: { "Content-Type": "text/html" } }),
    () => problem(409, "NOT A CODE"),
    () => new Response("{", { status: 400, headers: { "Content-Type": "application/problem+json" } }),
    () => problem(409, "device-mismatch", { missing: [{ userId: "x", deviceId: 1 }] }),
  ]) {
    await assert.rejects(httpTo(answer).http.request("GET", "/"), (error) => {
      assert.deepEqual([error.code, error.retryable, error.isFinal, error.problem], ["relay", true, false, null]);
      return true;
    });
  }
});

test("missing and stale devices reach the caller checked and stripped of the rest", async () => {
  const address = { userId: "01890000-0000-7000-8000-000000000002", deviceId: 9 };
  const answer = () =>
    new Response(`{"code":"device-mismatch","missing":[{"userId":"${address.userId}","deviceId":9,"__proto__":{"polluted":1}}],"stale":[]}`, {
      status: 409,
      headers: { "Content-Type": "application/problem+json; charset=utf-8" },
    });
  await assert.rejects(httpTo(answer).http.request("GET", "/"), (error) => {
    assert.deepEqual(error.problem, { code: "device-mismatch", missing: [address], stale: [] });
    assert.equal(error.problem.missing[0].polluted, undefined);
    return true;
  });
});

test("Retry-After in seconds and as a date", async () => {
  const { http, environment } = httpTo(() => problem(429, "rate-limited", {}, { "Retry-After": "7" }));
  await assert.rejects(http.request("GET", "/"), { retryAfter: 7_000 });
  environment.handle = () => problem(503, "unavailable", {}, { "Retry-After": new Date(environment.time + 60_000).toUTCString() });
  await assert.rejects(http.request("GET", "/"), ({ retryAfter }) => retryAfter > 58_000 && retryAfter <= 60_000);
  environment.handle = () => problem(503, "unavailable", {}, { "Retry-After": "99999999" });
  await assert.rejects(http.request("GET", "/"), { retryAfter: 600_000 });
  environment.handle = () => problem(503, "unavailable", {}, { "Retry-After": "soon" });
  await assert.rejects(http.request("GET", "/"), { retryAfter: 0 });
});

test("no answer in time is a network error, as is no connection", async () => {
  const { http, environment } = httpTo(() => new Promise(() => {}));
  const waiting = assert.rejects(http.request("GET", "/"), { code: "network", message: "the relay did not answer in time" });
  await environment.advance(30_000);
  await waiting;
  environment.handle = () => Promise.reject(new TypeError("failed to fetch"));
  await assert.rejects(http.request("GET", "/"), { code: "network", retryable: true });
  assert.equal(environment.timers.length, 0);
});

test("closing rejects what is under way and what comes later", async () => {
  const { http } = httpTo(() => new Promise(() => {}));
  const waiting = assert.rejects(http.request("GET", "/"), { code: "closed" });
  http.close();
  await waiting;
  await assert.rejects(http.request("GET", "/"), { code: "closed" });
});

test("an answer that is not JSON is the relay's fault, and temporary", async () => {
  const { http } = httpTo(() => new Response("<html>sign in to this wi-fi</html>"));
  await assert.rejects(http.request("GET", "/"), { code: "relay", retryable: true });
});

test("over a real connection: status 204, a redirect, a lost connection", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/empty") response.writeHead(204).end();
    else if (request.url === "/moved") response.writeHead(302, { Location: "/empty" }).end();
    else request.socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const environment = new FakeEnvironment();
    environment.fetch = (url, init) => fetch(url, init);
    const http = new Http(`http://127.0.0.1:${server.address().port}`, environment);
    assert.equal(await http.request("GET", "/empty"), null);
    await assert.rejects(http.request("GET", "/moved"), { code: "network" });
    await assert.rejects(http.request("GET", "/lost"), { code: "network" });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
