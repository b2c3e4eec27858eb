// The harness finds what it is there to find.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ciphertexts, messageKeyOf } from "./lib/ciphertexts.mjs";
import { faults } from "./lib/verdict.mjs";

const out = (text, state = "sent") => ({ type: "text", text, outgoing: true, state });
const incoming = (text) => ({ type: "text", text, outgoing: false, state: "received" });
const sound = () => ({
  alice: { sent: new Set(["a 0", "a 1"]), shown: new Set(["a 0", "b 0"]), history: [out("a 0"), incoming("b 0"), out("a 1")] },
  bob: { sent: new Set(["b 0"]), shown: new Set(["a 1"]), history: [out("b 0"), incoming("a 0"), incoming("a 1")] },
});

test("a sound world has no faults", () => {
  assert.deepEqual(faults(sound()), []);
});

const breaks = {
  "never got it": ({ bob }) => bob.history.pop(),
  "has it no longer": ({ alice }) => alice.history.shift(),
  "was shown, and has no longer: b 0": ({ alice, bob }) => {
    alice.history.splice(1, 1);
    bob.history.shift();
    bob.sent.clear();
  },
  "has twice: a 1": ({ bob }) => bob.history.push(incoming("a 1")),
  "does not know to have written": ({ bob }) => bob.history.push(incoming("a 2")),
  "wrote, and bob never got: a 2": ({ alice }) => alice.history.push(out("a 2")),
  "still has as sending": ({ alice }) => alice.history.splice(2, 1, out("a 1", "sending")),
  "could not decrypt": ({ alice }) => alice.history.push({ type: "undecryptable", outgoing: false, state: "received" }),
  "out of order: a 0": ({ bob }) => bob.history.reverse(),
};

for (const [what, change] of Object.entries(breaks)) {
  test(`it is noticed: ${what}`, () => {
    const world = sound();
    change(world);
    const found = faults(world);
    assert.ok(found.some((line) => line.includes(what)), found.join("\n"));
  });
}

/** A RatchetMessage of so many bytes of ciphertext. */
function ratchet(number, { key = 7, nonce = 9 } = {}) {
  const counters = Buffer.alloc(8);
  counters.writeUInt32BE(number, 4);
  return Buffer.concat([Buffer.of(1), Buffer.alloc(32, key), counters, Buffer.alloc(12, nonce), Buffer.of(16), Buffer.alloc(16, nonce)]);
}

function prekey(message, hasOneTime) {
  const optional = hasOneTime ? Buffer.of(1, 0, 0, 0, 5) : Buffer.of(0);
  return Buffer.concat([Buffer.alloc(1 + 157 + 32 + 4, 3), optional, Buffer.alloc(4, 3), Buffer.alloc(2 + 1568, 3), message]);
}

test("the key of a message is read, also in a first message", () => {
  const expected = { ratchetKey: "07".repeat(32), number: 300, nonce: "09".repeat(12) };
  assert.deepEqual(messageKeyOf("ratchet", ratchet(300)), expected);
  for (const hasOneTime of [true, false]) assert.deepEqual(messageKeyOf("prekey", prekey(ratchet(300), hasOneTime)), expected);
  assert.throws(() => messageKeyOf("ratchet", prekey(ratchet(1), true).subarray(1)));
});

test("a key that is used for two ciphertexts is noticed, a request that is repeated is none", () => {
  const ciphertexts = new Ciphertexts();
  const envelope = (content) => ({ kind: "ratchet", content: content.toString("base64url") });
  ciphertexts.add([envelope(ratchet(1)), envelope(ratchet(2))]);
  ciphertexts.add([envelope(ratchet(1)), envelope(ratchet(1, { key: 8 }))]);
  assert.deepEqual([ciphertexts.count, ciphertexts.repeated.length], [3, 0]);
  ciphertexts.add([envelope(ratchet(2, { nonce: 10 }))]);
  assert.equal(ciphertexts.repeated.length, 1);
});
