// `sealpost/crypto`, as it is shipped.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { before, describe, test } from "node:test";
import init, { Account, Device, safetyNumber, SealpostError, Session } from "sealpost/crypto";

const NOW = 1_760_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const text = (value) => new TextEncoder().encode(value);
const read = (bytes) => new TextDecoder().decode(bytes);
const user = (byte) => new Uint8Array(16).fill(byte);

/** Checks that a call throws a SealpostError of a code. */
const throwsCode = (code, call) => assert.throws(call, (error) => error instanceof SealpostError && error.code === code);

function makeDevice(byte, options = { oneTime: 2, kem: 2, rotate: true, createdAtMs: NOW }) {
  const account = Account.generate();
  const device = Device.create(account, user(byte), 1, NOW);
  const prekeys = device.generatePreKeys(options);
  return { account, device, prekeys, expected: { expectedAccountKey: account.publicKey, expectedAddress: { userId: user(byte), deviceId: 1 } } };
}

/** An encoded PreKeyBundle; without a one-time prekey if none is given. */
function bundleOf({ device, prekeys }, { oneTime = prekeys.oneTimePreKeys[0], kem = prekeys.kemPreKeys[0] } = {}) {
  const optional = oneTime === null ? [0] : [1, ...oneTime];
  return Uint8Array.from([...device.certificate, ...prekeys.signedPreKey, ...optional, ...kem]);
}

function pair() {
  const [alice, bob] = [makeDevice(0xa1), makeDevice(0xb0)];
  const first = Session.initiate(alice.device, bundleOf(bob), text("first"), bob.expected);
  const accepted = Session.accept(bob.device, first.message, alice.expected);
  assert.equal(read(accepted.plaintext), "first");
  return { alice, bob, ours: first.session, theirs: accepted.session, message: first.message };
}

describe("init", () => {
  test("what needs the module says so before it is loaded", () => {
    throwsCode("load", () => Account.generate());
    throwsCode("load", () => safetyNumber(user(1), new Uint8Array(32), user(2), new Uint8Array(32)));
  });

  test("a failed load is reported and can be tried again", async () => {
    await assert.rejects(init({ wasm: new Uint8Array([0, 1, 2, 3]) }), (error) => error instanceof SealpostError && error.code === "load");
    await assert.rejects(init("no options"), TypeError);
    const module = readFileSync(new URL("../dist/crypto_bg.wasm", import.meta.url));
    const altered = Buffer.concat([module, Buffer.from([0, 2, 1, 0x61])]);
    assert.ok(WebAssembly.validate(altered));
    for (const wasm of [altered, new Response(altered)]) {
      await assert.rejects(init({ wasm }), (error) => error.code === "load" && /not the WebAssembly module/.test(error.cause.message));
    }
    throwsCode("load", () => Account.generate());
    await init({ wasm: new Response(module) });
    await Promise.all([init(), init()]);
    assert.equal(Account.generate().publicKey.length, 32);
  });
});

describe("accounts and devices", () => {
  before(() => init());

  test("an account is its seed", () => {
    const account = Account.generate();
    const again = Account.fromSeed(account.seed());
    assert.deepEqual(again.publicKey, account.publicKey);
    assert.notDeepEqual(Account.generate().publicKey, account.publicKey);
  });

  test("byte strings of another realm will do", () => {
    const seed = runInNewContext("new Uint8Array(32).fill(7)");
    assert.deepEqual(Account.fromSeed(seed).seed(), new Uint8Array(32).fill(7));
  });

  test("prekeys are made as asked for", () => {
    const { device, prekeys } = makeDevice(1, { oneTime: 3, kem: 2, rotate: true, createdAtMs: NOW });
    assert.deepEqual([prekeys.oneTimePreKeys.length, prekeys.kemPreKeys.length], [3, 2]);
    assert.deepEqual([prekeys.signedPreKey.length, prekeys.kemLastResort.length], [108, 1647]);
    const more = device.generatePreKeys({ oneTime: 1, kem: 0, createdAtMs: NOW });
    assert.deepEqual(Object.keys(more), ["oneTimePreKeys", "kemPreKeys"]);
    assert.deepEqual([more.oneTimePreKeys.length, more.kemPreKeys.length], [1, 0]);
  });
});

describe("sessions", () => {
  before(() => init());

  // API-1, API-4
  test("a conversation with replies, both sides restored in between", () => {
    const { alice, bob, ours, theirs } = pair();
    const second = ours.encrypt(text("second"));
    assert.equal(second.kind, "prekey");
    assert.equal(read(theirs.decrypt(second.kind, second.bytes)), "second");
    const reply = theirs.encrypt(text("reply"));
    assert.equal(reply.kind, "ratchet");
    const restored = Session.import(ours.export());
    assert.deepEqual(restored.export(), ours.export());
    assert.equal(read(restored.decrypt(reply.kind, reply.bytes)), "reply");
    const third = restored.encrypt(new Uint8Array());
    assert.equal(third.kind, "ratchet");
    assert.equal(Session.import(theirs.export()).decrypt(third.kind, third.bytes).length, 0);

    const peer = restored.peer;
    assert.deepEqual(peer, { userId: user(0xb0), deviceId: 1, accountKey: bob.account.publicKey, identityKey: peer.identityKey });
    assert.deepEqual(peer.identityKey, bob.device.certificate.slice(53, 85));
    assert.deepEqual(theirs.peer.accountKey, alice.account.publicKey);
  });

  // API-2
  test("bundles without a one-time prekey and with the last resort work", () => {
    const [alice, bob] = [makeDevice(0xa1), makeDevice(0xb0)];
    for (const kem of [bob.prekeys.kemLastResort, bob.prekeys.kemPreKeys[1], bob.prekeys.kemLastResort]) {
      const { message } = Session.initiate(alice.device, bundleOf(bob, { oneTime: null, kem }), text("hello"));
      assert.equal(read(Session.accept(bob.device, message).plaintext), "hello");
    }
  });
});

describe("refusals", () => {
  before(() => init());

  // SES-1, API-3, ERR-2
  test("every code of a refused message, with nothing changed", () => {
    const { alice, bob, ours, theirs, message } = pair();
    const before = { device: bob.device.export(), session: theirs.export() };
    throwsCode("replayed-prekey-message", () => Session.accept(bob.device, message));
    throwsCode("replayed-prekey-message", () => Session.accept(Device.import(before.device), message));
    throwsCode("account-key-mismatch", () => Session.accept(bob.device, message, { expectedAccountKey: bob.account.publicKey }));
    throwsCode("address-mismatch", () => Session.accept(bob.device, message, { expectedAddress: { userId: user(0xa1), deviceId: 0 } }));
    const other = makeDevice(0xc0);
    throwsCode("unknown-prekey", () => Session.accept(other.device, message));
    throwsCode("duplicate-message", () => theirs.decrypt("prekey", message));
    throwsCode("decode", () => theirs.decrypt("ratchet", message));
    throwsCode("decode", () => theirs.decrypt("prekey", message.slice(1)));
    throwsCode("decode", () => theirs.decrypt("other", message));
    throwsCode("decrypt", () => ours.decrypt("prekey", message));

    const { bytes } = ours.encrypt(text("later"));
    const damaged = bytes.slice();
    damaged[damaged.length - 1] ^= 1;
    throwsCode("decrypt", () => theirs.decrypt("prekey", damaged));
    const certificate = bytes.slice();
    certificate[100] ^= 1;
    throwsCode("decrypt", () => theirs.decrypt("prekey", certificate));
    const ahead = bytes.slice();
    const number = ahead.length - "later".length - 16 - 1 - 12 - 4;
    new DataView(ahead.buffer).setUint32(number, 25_002);
    throwsCode("too-many-skipped", () => theirs.decrypt("prekey", ahead));
    assert.deepEqual({ device: bob.device.export(), session: theirs.export() }, before);
    assert.equal(read(theirs.decrypt("prekey", bytes)), "later");

    throwsCode("address-mismatch", () => Session.initiate(alice.device, bundleOf(alice), text("myself")));
    throwsCode("account-key-mismatch", () => Session.initiate(alice.device, bundleOf(other), text("x"), bob.expected));
    throwsCode("bad-signature", () => Session.initiate(alice.device, bundleOf({ device: other.device, prekeys: bob.prekeys }), text("x")));
    throwsCode("decode", () => Session.initiate(alice.device, new Uint8Array(), text("x")));
  });
});

describe("stored states", () => {
  before(() => init());

  // RAT-11
  test("a chain that is used up is exhausted", () => {
    const { ours } = pair();
    const state = ours.export();
    // The sending chain's number: before it stand the chain's previous length (4), no receiving chain (1), no skipped keys (1).
    new DataView(state.buffer).setUint32(state.length - 10, 0xffff_fffe);
    const session = Session.import(state);
    assert.equal(session.encrypt(text("last")).kind, "prekey");
    const before = session.export();
    throwsCode("exhausted", () => session.encrypt(text("one too many")));
    assert.deepEqual(session.export(), before);
  });

  // API-4
  test("imports are strict", () => {
    const { bob, theirs } = pair();
    for (const [type, state] of [[Device, bob.device.export()], [Session, theirs.export()]]) {
      throwsCode("decode", () => type.import(new Uint8Array()));
      throwsCode("decode", () => type.import(state.slice(0, -1)));
      throwsCode("decode", () => type.import(Uint8Array.from([...state, 0])));
      throwsCode("decode", () => type.import(Uint8Array.from([2, ...state.slice(1)])));
      assert.deepEqual(type.import(state).export(), state);
    }
  });

  test("replaced prekeys live for 30 days, and so does the memory of first messages", () => {
    const [alice, bob] = [makeDevice(0xa1), makeDevice(0xb0)];
    const lastResort = { oneTime: null, kem: bob.prekeys.kemLastResort };
    const late = Session.initiate(alice.device, bundleOf(bob, lastResort), text("late")).message;
    const used = Session.initiate(alice.device, bundleOf(bob, lastResort), text("used")).message;
    Session.accept(bob.device, used);
    bob.device.expirePreKeys(NOW + 1000 * DAY);
    throwsCode("replayed-prekey-message", () => Session.accept(bob.device, used));
    bob.device.generatePreKeys({ rotate: true, createdAtMs: NOW + 7 * DAY });
    bob.device.expirePreKeys(NOW + 37 * DAY);
    assert.equal(read(Session.accept(Device.import(bob.device.export()), late).plaintext), "late");
    bob.device.expirePreKeys(NOW + 37 * DAY + 1);
    throwsCode("unknown-prekey", () => Session.accept(bob.device, late));
    throwsCode("unknown-prekey", () => Session.accept(bob.device, used));
  });

  // API-5
  test("disposing frees at once, and twice does nothing", () => {
    const { alice, ours } = pair();
    for (const [object, call] of [[ours, () => ours.encrypt(text("x"))], [alice.device, () => alice.device.export()], [alice.account, () => alice.account.seed()]]) {
      object[Symbol.dispose]();
      object[Symbol.dispose]();
      throwsCode("closed", call);
    }
  });

  test("objects are only made by the static functions", () => {
    for (const type of [Account, Device, Session]) assert.throws(() => new type({}), TypeError);
  });
});

describe("argument types", () => {
  before(() => init());

  // API-3
  test("arguments of a wrong type are TypeErrors", () => {
    const { alice, bob, ours } = pair();
    const bundle = bundleOf(bob);
    const wrong = [
      () => Account.fromSeed([1, 2, 3]),
      () => Account.fromSeed("0".repeat(32)),
      () => Device.create({}, user(1), 1, NOW),
      () => Device.create(alice.account, "user", 1, NOW),
      () => Device.create(alice.account, user(1), "1", NOW),
      () => Device.create(alice.account, user(1), 1, new Date()),
      () => Device.create(alice.account, user(1), 1),
      () => Device.import("state"),
      () => alice.device.generatePreKeys(),
      () => alice.device.generatePreKeys({ oneTime: "1", createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ kem: 1n, createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ rotate: 1, createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ oneTime: 1 }),
      () => alice.device.expirePreKeys(),
      () => Session.initiate(alice.account, bundle, text("x")),
      () => Session.initiate(alice.device, [...bundle], text("x")),
      () => Session.initiate(alice.device, bundle, "x"),
      () => Session.initiate(alice.device, bundle, text("x"), null),
      () => Session.initiate(alice.device, bundle, text("x"), { expectedAccountKey: "key" }),
      () => Session.initiate(alice.device, bundle, text("x"), { expectedAddress: 1 }),
      () => Session.accept(alice.device, bundle, { expectedAddress: { userId: user(1), deviceId: "1" } }),
      () => Session.accept(alice.device, bundle, { expectedAddress: { userId: "1", deviceId: 1 } }),
      () => Session.accept({}, bundle),
      () => Session.accept(alice.device, "message"),
      () => Session.import(),
      () => ours.encrypt("x"),
      () => ours.decrypt(1, bundle),
      () => ours.decrypt("ratchet", "bytes"),
      () => safetyNumber("a", new Uint8Array(32), user(2), new Uint8Array(32)),
      () => safetyNumber(user(1), new Uint8Array(32), user(2)),
    ];
    for (const call of wrong) assert.throws(call, TypeError, call.toString());
  });
});

describe("argument ranges", () => {
  before(() => init());

  // API-3
  test("arguments of a wrong length or range are RangeErrors", () => {
    const { alice, bob } = pair();
    const bundle = bundleOf(bob);
    const key = new Uint8Array(32);
    const wrong = [
      () => Account.fromSeed(new Uint8Array(31)),
      () => Device.create(alice.account, new Uint8Array(15), 1, NOW),
      () => Device.create(alice.account, user(1), -1, NOW),
      () => Device.create(alice.account, user(1), 2 ** 32, NOW),
      () => Device.create(alice.account, user(1), 1.5, NOW),
      () => Device.create(alice.account, user(1), NaN, NOW),
      () => Device.create(alice.account, user(1), 1, -1),
      () => Device.create(alice.account, user(1), 1, 2 ** 53),
      () => alice.device.generatePreKeys({ oneTime: -1, createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ kem: 0.5, createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ kem: Infinity, createdAtMs: NOW }),
      () => alice.device.generatePreKeys({ createdAtMs: 0.5 }),
      () => alice.device.expirePreKeys(-1),
      () => Session.initiate(alice.device, bundle, text("x"), { expectedAccountKey: new Uint8Array(33) }),
      () => Session.initiate(alice.device, bundle, text("x"), { expectedAddress: { userId: user(1), deviceId: 2 ** 32 } }),
      () => Session.accept(alice.device, bundle, { expectedAddress: { userId: new Uint8Array(17), deviceId: 1 } }),
      () => safetyNumber(new Uint8Array(0), key, user(2), key),
      () => safetyNumber(user(1), key.slice(1), user(2), key),
      () => safetyNumber(user(1), key, new Uint8Array(17), key),
      () => safetyNumber(user(1), key, user(2), new Uint8Array(64)),
    ];
    for (const call of wrong) assert.throws(call, RangeError, call.toString());
    const before = alice.device.export();
    assert.throws(() => alice.device.generatePreKeys({ oneTime: 1, kem: -1, rotate: true, createdAtMs: NOW }), RangeError);
    assert.deepEqual(alice.device.export(), before);
    assert.equal(Device.create(alice.account, user(1), 2 ** 32 - 1, 2 ** 53 - 1).certificate.length, 157);
  });
});
