// The harness finds what it is there to find.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { freePort } from "../e2e/lib/relay.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { Ciphertexts, envelopesOf, messageKeyOf } from "./lib/ciphertexts.mjs";
import { recordingProxy } from "./lib/proxy.mjs";
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
  "alice and bob have in another order: c 0": ({ alice, bob }) => {
    alice.history.push(out("c 0"));
    bob.history.splice(1, 0, incoming("c 0"));
  },
  "alice and bob have in another order: a 1": ({ bob }) => bob.history.unshift(bob.history.pop()),
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
function ratchet(number, { key = 7, nonce = 9, text = nonce } = {}) {
  const counters = Buffer.alloc(8);
  counters.writeUInt32BE(number, 4);
  return Buffer.concat([Buffer.of(1), Buffer.alloc(32, key), counters, Buffer.alloc(12, nonce), Buffer.of(16), Buffer.alloc(16, text)]);
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
  ciphertexts.add([envelope(ratchet(1, { text: 11 }))]);
  assert.deepEqual(ciphertexts.repeated.map((line) => line.split(", ")[1]), ["nonce 0a0a0a0a0a0a0a0a0a0a0a0a", "nonce 090909090909090909090909"], "with the same nonce, too");
});

const bodyOf = (...contents) => JSON.stringify({ envelopes: contents.map((content) => ({ userId: "u", deviceId: 1, kind: "ratchet", content: content.toString("base64url") })) });

test("a request that is cut off is read as far as it goes", () => {
  const body = bodyOf(ratchet(1), ratchet(2));
  const other = bodyOf(ratchet(1), ratchet(2, { text: 12 }));
  assert.throws(() => envelopesOf(JSON.stringify({ envelopes: [{ content: "AA", kind: "ratchet" }] }), true), /another shape/);
  for (const [first, second] of [[body, other.slice(0, -5)], [body.slice(0, -5), other], [body.slice(0, -5), other.slice(0, -5)], [body, other]]) {
    const ciphertexts = new Ciphertexts();
    ciphertexts.add(envelopesOf(first, first.endsWith("}")));
    for (let length = 0; length < body.length; length += 1) ciphertexts.add(envelopesOf(body.slice(0, length), false));
    assert.deepEqual([ciphertexts.count, ciphertexts.repeated], [2, []], "the beginning of what left is no other ciphertext");
    ciphertexts.add(envelopesOf(second, second.endsWith("}")));
    assert.equal(ciphertexts.repeated.length, 1);
  }
});

test("the proxy keeps what leaves, whole and cut off, and would tell of a key that is used twice", async (t) => {
  const relay = createServer((incoming, answer) => incoming.resume().on("end", () => answer.end("{}")));
  await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
  t.after(() => relay.close());
  const ciphertexts = new Ciphertexts();
  let requests = 0;
  const port = await freePort();
  await recordingProxy(t, port, relay.address().port, (envelopes) => {
    requests += 1;
    ciphertexts.add(envelopes);
  });
  const body = bodyOf(ratchet(1));
  const send = (text) => fetch(`http://127.0.0.1:${port}/api/messages`, { method: "POST", body: text });
  assert.equal((await send(body)).status, 200);
  assert.equal((await send(body)).status, 200);
  await until("both were seen", () => requests === 2);
  assert.deepEqual([ciphertexts.count, ciphertexts.repeated], [1, []]);
  const other = bodyOf(ratchet(1, { text: 13 }));
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST /api/messages HTTP/1.1\r\nHost: relay\r\nContent-Length: ${other.length}\r\n\r\n${other.slice(0, -4)}`);
  setTimeout(() => socket.resetAndDestroy(), 200);
  await until("the cut-off one was seen", () => requests === 3);
  assert.equal(ciphertexts.repeated.length, 1);
});
