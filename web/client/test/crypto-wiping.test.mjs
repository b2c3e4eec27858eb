// T27: what is disposed of is gone from the module's memory, its stack included.
import assert from "node:assert/strict";
import { createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from "node:crypto";
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

const hmac = (key, byte) => createHmac("sha256", key).update(Uint8Array.of(byte)).digest();
const aeadKey = (messageKey) => Buffer.from(hkdfSync("sha256", messageKey, Buffer.alloc(32), "Sealpost_MessageKey", 32));

/** Secrets by name: all are there, or none is. */
function assertInMemory(secrets) {
  for (const [name, secret] of Object.entries(secrets)) assert.ok(isInMemory(secret), `${name}: the search finds what is there`);
}
function assertWiped(secrets) {
  for (const [name, secret] of Object.entries(secrets)) assert.ok(!isInMemory(secret), name);
}

const dispose = (...objects) => objects.forEach((object) => object[Symbol.dispose]());
const text = new TextEncoder().encode("a plaintext that nobody else writes");

/** Two devices, and the session of each with the other after a message in each direction. */
function pair() {
  const [alice, bob] = [makeDevice(1), makeDevice(2)];
  const prekeys = bob.device.generatePreKeys({ oneTime: 1, kem: 1, rotate: true, createdAtMs: 1 });
  const bundle = Uint8Array.from([...bob.device.certificate, ...prekeys.signedPreKey, 1, ...prekeys.oneTimePreKeys[0], ...prekeys.kemPreKeys[0]]);
  const deviceState = bob.device.export();
  const { session: ours, message } = Session.initiate(alice.device, bundle, text);
  return { alice, bob, ours, message, deviceState };
}

/** The secrets of an exported device: identity, one prekey of each kind. */
function deviceSecrets(state) {
  assert.equal(state.length, 454);
  return {
    identity: { "identity seed": state.slice(158, 190) },
    reusable: { "signed prekey": state.slice(204, 236), "last-resort seed": state.slice(283, 347) },
    oneTime: { "one-time prekey": state.slice(352, 384), "KEM seed": state.slice(390, 454) },
  };
}

/** The secrets of an exported session that the device initiated and that has received. */
function sessionSecrets(state) {
  // Certificate, base key, origin, associated data and signed prekey come first; the chain that is received on comes last.
  const at = 1 + 157 + 32 + 1 + 32 + 32;
  return {
    "root key": state.slice(at, at + 32),
    "ratchet key": state.slice(at + 32, at + 64),
    "sending chain key": state.slice(at + 96, at + 128),
    "receiving chain key": state.slice(-41, -9),
  };
}

test("t27 one-time prekeys are gone after their use, all keys after their owner's disposal", () => {
  const { alice, bob, ours, message, deviceState } = pair();
  const { identity, reusable, oneTime } = deviceSecrets(deviceState);
  assertInMemory({ ...identity, ...reusable, ...oneTime });
  const { session: theirs, plaintext } = Session.accept(bob.device, message);
  assert.deepEqual(plaintext, text);
  assertWiped(oneTime);
  assertInMemory({ ...identity, ...reusable });

  const reply = theirs.encrypt(text);
  assert.deepEqual(ours.decrypt(reply.kind, reply.bytes), text);
  const session = sessionSecrets(ours.export());
  assertInMemory(session);
  dispose(ours, theirs, alice.device, bob.device);
  assertWiped({ ...session, ...identity, ...reusable, ...oneTime, plaintext: text });
});

test("t27 keys of messages are gone after use, of failed ones too, while the session lives", () => {
  const { alice, bob, ours, message } = pair();
  const { session: theirs } = Session.accept(bob.device, message);
  const first = theirs.encrypt(text);
  ours.decrypt(first.kind, first.bytes);
  const chain = sessionSecrets(ours.export())["receiving chain key"];
  const [next, messageKey] = [hmac(chain, 2), hmac(chain, 1)];
  const used = { "message key": messageKey, "its AEAD key": aeadKey(messageKey) };

  const second = theirs.encrypt(text);
  const forged = Uint8Array.from(second.bytes);
  forged[forged.length - 1] ^= 1;
  // The sender's chain has moved on to the key that the receiver's has not reached.
  assertInMemory({ "the sender's chain key": next });
  dispose(theirs);
  assert.throws(() => ours.decrypt(second.kind, forged), { code: "decrypt" });
  assertWiped({ ...used, "next chain key": next, plaintext: text });
  assertInMemory({ "receiving chain key": chain });

  assert.deepEqual(ours.decrypt(second.kind, second.bytes), text);
  assertWiped({ ...used, "old chain key": chain, plaintext: text });
  assertInMemory({ "next chain key": next });
  dispose(ours, alice.device, bob.device);
  assertWiped({ "next chain key": next });
});

test("t27 a step of the ratchet leaves neither the old keys nor the agreement", () => {
  const { alice, bob, ours, message } = pair();
  const { session: theirs } = Session.accept(bob.device, message);
  const turn = (from, to) => {
    const sent = from.encrypt(text);
    to.decrypt(sent.kind, sent.bytes);
    return sent.bytes;
  };
  turn(theirs, ours);
  const old = sessionSecrets(ours.export());
  turn(ours, theirs);
  const answer = turn(theirs, ours);

  // Version, then the header with the peer's new ratchet key.
  const x25519 = (prefix, key, create) => create({ key: Buffer.concat([Buffer.from(prefix, "hex"), key]), format: "der", type: prefix.startsWith("302e") ? "pkcs8" : "spki" });
  const agreement = diffieHellman({
    privateKey: x25519("302e020100300506032b656e04220420", old["ratchet key"], createPrivateKey),
    publicKey: x25519("302a300506032b656e032100", answer.slice(1, 33), createPublicKey),
  });
  const output = Buffer.from(hkdfSync("sha256", agreement, old["root key"], "Sealpost_RootChain", 64));
  const between = { agreement, "chain key": output.subarray(32) };
  assertWiped({ ...old, ...between });
  // The peer's root key is this one; ours went another step.
  const root = { "root key": output.subarray(0, 32) };
  assertInMemory(root);
  dispose(theirs);
  assertWiped({ ...old, ...between, ...root });
  dispose(ours, alice.device, bob.device);
});

test("t27 a skipped message's key is kept until its message, and no longer", () => {
  const { alice, bob, ours, message } = pair();
  const { session: theirs } = Session.accept(bob.device, message);
  const first = theirs.encrypt(text);
  ours.decrypt(first.kind, first.bytes);
  const skipped = { "skipped key": hmac(sessionSecrets(ours.export())["receiving chain key"], 1) };
  const [second, third] = [theirs.encrypt(text), theirs.encrypt(text)];
  ours.decrypt(third.kind, third.bytes);
  assertInMemory(skipped);
  ours.decrypt(second.kind, second.bytes);
  assertWiped(skipped);
  dispose(ours, theirs, alice.device, bob.device);
});

test("t27 states that were exported and imported, or refused, leave no copy", () => {
  const { alice, bob, ours, message, deviceState } = pair();
  const { session: theirs } = Session.accept(bob.device, message);
  const reply = theirs.encrypt(text);
  ours.decrypt(reply.kind, reply.bytes);
  const state = ours.export();
  dispose(ours, theirs, alice.device, bob.device);
  const { identity, reusable, oneTime } = deviceSecrets(deviceState);
  const secrets = { ...identity, ...reusable, ...oneTime, ...sessionSecrets(state) };
  assertWiped(secrets);

  const [device, session] = [Device.import(deviceState), Session.import(state)];
  assertInMemory(secrets);
  dispose(device, session);
  assertWiped(secrets);

  assert.throws(() => Device.import(deviceState.slice(0, -1)), { code: "decode" });
  assert.throws(() => Session.import(Uint8Array.from([...state, 0])), { code: "decode" });
  assertWiped(secrets);
});
