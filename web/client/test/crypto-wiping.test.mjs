// T27: what is disposed of is gone from the module's memory, its stack included.
import assert from "node:assert/strict";
import { before, test } from "node:test";

/** The module's memory, taken when the package instantiates it: the package itself does not hand it out. */
let memory;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const result = await instantiate.apply(WebAssembly, given);
  memory = (result.instance ?? result).exports.memory;
  return result;
};

const { default: init, Account, Device, Session } = await import("sealpost/crypto");

before(() => init());

const isInMemory = (secret) => Buffer.from(memory.buffer).includes(Buffer.from(secret));
const user = (byte) => new Uint8Array(16).fill(byte);

function makeDevice(byte) {
  const account = Account.generate();
  return { account, device: Device.create(account, user(byte), 1, 0) };
}

test("t27 an account's seed is gone after its disposal", () => {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const account = Account.fromSeed(seed);
  assert.ok(isInMemory(seed), "the search finds what is there");
  assert.deepEqual(account.seed(), seed);
  account[Symbol.dispose]();
  assert.ok(!isInMemory(seed));
});

test("t27 a device's and a session's keys are gone after their disposal", () => {
  const [alice, bob] = [makeDevice(1), makeDevice(2)];
  const prekeys = bob.device.generatePreKeys({ oneTime: 1, kem: 1, rotate: true, createdAtMs: 1 });
  const bundle = Uint8Array.from([...bob.device.certificate, ...prekeys.signedPreKey, 1, ...prekeys.oneTimePreKeys[0], ...prekeys.kemPreKeys[0]]);
  const text = new TextEncoder().encode("a plaintext that nobody else writes");
  const deviceState = bob.device.export();

  const { session: ours, message } = Session.initiate(alice.device, bundle, text);
  const { session: theirs, plaintext } = Session.accept(bob.device, message);
  assert.deepEqual(plaintext, text);
  const reply = theirs.encrypt(text);
  assert.deepEqual(ours.decrypt(reply.kind, reply.bytes), text);
  const state = ours.export();

  // Certificate, base key, origin, associated data and signed prekey come first; the chain that is received on comes last.
  const at = 1 + 157 + 32 + 1 + 32 + 32;
  const secrets = {
    "root key": state.slice(at, at + 32),
    "ratchet key": state.slice(at + 32, at + 64),
    "sending chain key": state.slice(at + 96, at + 128),
    "receiving chain key": state.slice(-41, -9),
    "identity seed": deviceState.slice(158, 190),
    "signed prekey": deviceState.slice(204, 236),
  };
  for (const [name, secret] of Object.entries(secrets)) assert.ok(isInMemory(secret), `${name}: the search finds what is there`);
  for (const object of [ours, theirs, alice.device, bob.device]) object[Symbol.dispose]();
  for (const [name, secret] of Object.entries(secrets)) assert.ok(!isInMemory(secret), name);
  assert.ok(!isInMemory(text), "plaintext");
});
