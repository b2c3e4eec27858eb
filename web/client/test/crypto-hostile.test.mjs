// T20 decoder bugs, through the WASM boundary: `sealpost/crypto` as it is shipped, with bytes that others made.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import init, { Account, Device, SealpostError, Session } from "sealpost/crypto";

const NOW = 1_760_000_000_000;
const text = (value) => new TextEncoder().encode(value);
const user = (byte) => new Uint8Array(16).fill(byte);

function makeDevice(byte) {
  const device = Device.create(Account.generate(), user(byte), 1, NOW);
  return { device, prekeys: device.generatePreKeys({ oneTime: 1, kem: 1, rotate: true, createdAtMs: NOW }) };
}

/** Bytes with some of them changed, or cut short, or longer. */
const damaged = (bytes) => fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(bytes.length - 1).map((end) => bytes.slice(0, end)),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((more) => Uint8Array.from([...bytes, ...more])),
  fc.uniqueArray(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4, selector: ([at]) => at }).map((flips) => {
    const changed = bytes.slice();
    for (const [at, mask] of flips) changed[at] ^= mask;
    return changed;
  }),
);

/** What a call gives, or null where it throws a SealpostError; anything else it throws is a failure. */
function attempt(call) {
  try {
    return call();
  } catch (error) {
    assert.ok(error instanceof SealpostError, String(error));
    return null;
  }
}

before(() => init());

test("T20 what was damaged is refused or imports as it is, and changes nothing", () => {
  const [alice, bob] = [makeDevice(1), makeDevice(2)];
  const { prekeys, device } = bob;
  const bundle = Uint8Array.from([...device.certificate, ...prekeys.signedPreKey, 1, ...prekeys.oneTimePreKeys[0], ...prekeys.kemPreKeys[0]]);
  const { session, message } = Session.initiate(alice.device, bundle, text("first"));
  for (const [Kind, state] of [[Device, device.export()], [Session, session.export()]]) {
    fc.assert(fc.property(damaged(state), (bytes) => {
      const imported = attempt(() => Kind.import(bytes));
      if (imported !== null) assert.deepEqual(imported.export(), bytes);
    }));
  }
  fc.assert(fc.property(damaged(bundle), (bytes) => void attempt(() => Session.initiate(alice.device, bytes, text("first")))));

  // Then messages: what is refused has changed nothing, and the next honest one arrives.
  const before = device.export();
  fc.assert(fc.property(damaged(message), (bytes) => {
    assert.equal(attempt(() => Session.accept(device, bytes)), null);
    assert.deepEqual(device.export(), before);
  }), { numRuns: 50 });
  const { session: theirs } = Session.accept(device, message);
  const next = session.encrypt(text("next"));
  const state = theirs.export();
  fc.assert(fc.property(damaged(next.bytes), fc.constantFrom("prekey", "ratchet", "none"), (bytes, kind) => {
    assert.equal(attempt(() => theirs.decrypt(kind, bytes)), null);
    assert.deepEqual(theirs.export(), state);
  }));
  assert.deepEqual(theirs.decrypt(next.kind, next.bytes), text("next"));
});
