// T21 prototype pollution: members that are named like those of every object go nowhere, whatever they came in.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createRequire } from "node:module";
import { b64, bob, envelope, FakeEnvironment, settle, userDocument, uuid } from "./lib/fakes.mjs";
import { poisoned } from "./lib/hostile.mjs";

const shapes = await import("../src/worker/shapes.ts");
const { Http } = await import("../src/worker/http.ts");
const { Emitter } = await import("../src/emitter.ts");
const { serve } = await import("../src/rpc.ts");
const { SealpostError } = await import("../src/errors.ts");

const NAMES = Object.getOwnPropertyNames(Object.prototype).sort();
afterEach(() => {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), NAMES);
  assert.equal({}.polluted, undefined);
  assert.equal([].polluted, undefined);
});

const answers = {
  readUser: userDocument(),
  readEnvelope: envelope(),
  readMailboxPage: { items: [{ seq: 1, envelope: envelope() }], next: null, firstSeq: 1, lastSeq: 1 },
  readBundles: { bundles: [{ ...bob, bundle: b64([5]) }], missing: [{ userId: uuid(3), deviceId: 1 }] },
  readPreKeyCounts: { oneTimePreKeys: 1, kemPreKeys: 0 },
  readChallenge: { challenge: b64(new Uint8Array(32)), expiresAt: 1 },
  readToken: { accessToken: "abc", expiresIn: 1 },
  readProblem: { code: "device-mismatch", missing: [bob], stale: [] },
};

for (const [reader, answer] of Object.entries(answers)) {
  test(`T21 ${reader}: __proto__ and constructor in the relay's answer go no further`, async () => {
    const environment = new FakeEnvironment();
    environment.handle = () => new Response(poisoned(answer), { headers: { "Content-Type": "application/json" } });
    const parsed = await new Http("https://relay.example", environment).request("GET", "/");
    assert.ok(Object.hasOwn(parsed, "__proto__"), "the answer carries them");
    assert.deepStrictEqual(shapes[reader](parsed), shapes[reader](answer));
  });
}

test("T21 members that come by the prototype of a parsed object are not taken for its own", () => {
  const inside = JSON.parse(`{"__proto__":${JSON.stringify(userDocument())}}`);
  assert.throws(() => shapes.readUser(inside), { name: "SealpostError", code: "relay" });
});

test("T21 the hub's decoder refuses a map with the key __proto__", () => {
  const require = createRequire(import.meta.resolve("@microsoft/signalr-protocol-msgpack"));
  const { decode } = require("@msgpack/msgpack");
  const key = Buffer.from("__proto__");
  const map = Uint8Array.from([0x81, 0xa0 + key.length, ...key, 0x81, 0xa8, ...Buffer.from("polluted"), 1]);
  assert.throws(() => decode(map), /__proto__/);
});

test("T21 a refusal's code named like a member of every object is a code and nothing else", async () => {
  for (const code of ["constructor", "valueof", "hasownproperty"]) {
    const error = new SealpostError(code);
    assert.equal(error.retryable, false);
    assert.deepEqual(SealpostError.fromJSON(JSON.parse(JSON.stringify(error))).toJSON(), { code, message: code, retryable: false });
  }
});

test("T21 events and calls are found among our own names only", async () => {
  const emitter = new Emitter();
  for (const name of ["__proto__", "constructor", "toString"]) emitter.emit(name, {});
  const sent = [];
  let listen;
  serve({ postMessage: (message) => sent.push(message), addEventListener: (_type, listener) => (listen = listener) }, {});
  for (const method of ["__proto__", "constructor", "toString"]) listen({ data: { id: 1, method, args: [{ polluted: 1 }] } });
  await settle();
  assert.deepEqual(sent.map(({ error }) => error.code), ["internal", "internal", "internal"]);
});
