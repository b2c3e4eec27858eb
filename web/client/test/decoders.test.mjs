// T20 decoder bugs, on the page's side: whatever the relay or the other end of the worker says.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { b64, bob, envelope, settle, userDocument, uuid } from "./lib/fakes.mjs";
import { anything, hostile, isPlain, places, replaced } from "./lib/hostile.mjs";

const shapes = await import("../src/worker/shapes.ts");
const { decodeBase64Url, encodeBase64Url } = await import("../src/worker/base64url.ts");
const { serve } = await import("../src/rpc.ts");
const { SealpostError } = await import("../src/errors.ts");

/** Each reader with an answer that it takes. */
const readers = {
  user: [shapes.readUser, userDocument()],
  envelope: [shapes.readEnvelope, envelope()],
  page: [shapes.readMailboxPage, { items: [{ seq: 1, envelope: envelope() }, { seq: 2, envelope: envelope(2) }], next: 3, firstSeq: 1, lastSeq: 9 }],
  range: [shapes.readMailboxRange, { firstSeq: 1, lastSeq: 9 }],
  bundles: [shapes.readBundles, { bundles: [{ ...bob, bundle: b64([5]) }], missing: [{ userId: uuid(3), deviceId: 1 }] }],
  counts: [shapes.readPreKeyCounts, { oneTimePreKeys: 1, kemPreKeys: 0, keyPackages: 2 }],
  challenge: [shapes.readChallenge, { challenge: b64(new Uint8Array(32)), expiresAt: 1 }],
  token: [shapes.readToken, { accessToken: "abc", expiresIn: 1 }],
  problem: [shapes.readProblem, { code: "device-mismatch", detail: "why", missing: [bob], stale: [bob] }],
};

for (const [name, [read, good]] of Object.entries(readers)) {
  test(`T20 ${name}: any answer is read or refused`, () => {
    const names = Object.keys(read(good)).sort();
    const check = (value) => {
      let answer;
      try {
        answer = read(value);
      } catch (error) {
        assert.ok(error instanceof SealpostError && error.code === "relay", String(error));
        return;
      }
      assert.ok(isPlain(answer));
      for (const member of Object.keys(answer)) assert.ok(names.includes(member), member);
      // What was read is taken again for what it is.
      if (name !== "page") assert.deepEqual(read(answer), answer);
    };
    fc.assert(fc.property(hostile, check));
    const changed = fc.tuple(fc.constantFrom(...places(good)), hostile).map(([path, other]) => replaced(good, path, other));
    fc.assert(fc.property(changed, check), { numRuns: 500 });
    assert.equal({}.polluted, undefined);
  });
}

test("T20 a list with holes is refused", () => {
  assert.throws(() => shapes.readMailboxPage({ items: new Array(1), next: null, firstSeq: 1, lastSeq: 0 }), { code: "relay" });
});

test("T20 base64url has one form for each value", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes)));
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= é") }), (text) => {
    const bytes = decodeBase64Url(text);
    if (bytes !== null) assert.equal(encodeBase64Url(bytes), text);
  }));
});

test("T20 the worker answers calls of any name and arguments, and runs only its own methods", async () => {
  const call = fc.record({ id: fc.integer(), method: fc.oneof(fc.string(), fc.constantFrom("echo", "constructor", "__proto__", "toString")), args: fc.array(anything) });
  await fc.assert(
    fc.asyncProperty(call, async (data) => {
      const sent = [];
      let listen;
      const port = { postMessage: (message) => sent.push(message), addEventListener: (_type, listener) => (listen = listener) };
      serve(port, { echo: async (...args) => args });
      listen({ data });
      await settle();
      assert.equal(sent.length, 1);
      assert.equal(sent[0].id, data.id);
      if (data.method === "echo") assert.deepEqual(sent[0].value, data.args);
      else assert.equal(sent[0].error.code, "internal");
    }),
    { numRuns: 50 },
  );
});
