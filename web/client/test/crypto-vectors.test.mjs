// The test vectors through `sealpost/crypto`, as it is shipped.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import init, { Account, Device, safetyNumber, SealpostError, Session } from "sealpost/crypto";
import { deviceState, expectations, hex, unhex, vectors } from "./lib/vectors.mjs";

const HELLO = new TextEncoder().encode("hello");

before(() => init());

const someDevice = () => Device.create(Account.generate(), new Uint8Array(16).fill(0xa1), 1, 0);

function outcome(call) {
  try {
    call();
    return "accepted";
  } catch (error) {
    if (error instanceof SealpostError) return error.code;
    throw error;
  }
}

test("valid bundles begin sessions that their devices accept", () => {
  const { valid } = vectors("bundles.json");
  assert.ok(valid.length > 0);
  for (const vector of valid) {
    const { session, message } = Session.initiate(someDevice(), unhex(vector.bundle), HELLO, expectations(vector));
    assert.equal(hex(session.peer.userId), vector.responder.user_id);
    assert.equal(session.peer.deviceId, vector.responder.device_id);
    assert.equal(hex(session.peer.accountKey), vector.responder.account_key);
    assert.equal(hex(session.peer.identityKey), vector.responder.identity_key);
    const responder = Device.import(deviceState(vector.responder));
    assert.deepEqual(Session.accept(responder, message).plaintext, HELLO, vector.name);
    assert.equal(outcome(() => Session.initiate(responder, unhex(vector.bundle), HELLO)), "address-mismatch", vector.name);
  }
});

test("invalid bundles are refused", () => {
  const { invalid } = vectors("bundles.json");
  assert.ok(invalid.length > 0);
  const device = someDevice();
  for (const vector of invalid) {
    const code = outcome(() => Session.initiate(device, unhex(vector.bundle), HELLO, expectations(vector)));
    assert.equal(code, vector.code, vector.name);
  }
});

test("certificates: accounts make the valid ones, bundles with the invalid ones are refused", () => {
  const { valid, invalid } = vectors("certificates.json");
  assert.ok(valid.length > 0 && invalid.length > 0);
  for (const vector of valid) {
    const account = Account.fromSeed(unhex(vector.account_seed));
    assert.equal(hex(account.publicKey), vector.account_key);
    const { certificate } = Device.create(account, unhex(vector.user_id), vector.device_id, vector.created_at_ms);
    assert.equal(hex(certificate.slice(0, 53)), vector.certificate.slice(0, 106));
    assert.equal(hex(certificate.slice(85, 93)), vector.certificate.slice(170, 186));
  }
  const [{ bundle }] = vectors("bundles.json").valid;
  const rest = bundle.slice(2 * 157);
  const device = someDevice();
  for (const vector of invalid) {
    const code = outcome(() => Session.initiate(device, unhex(vector.certificate + rest), HELLO, expectations(vector)));
    assert.equal(code, vector.code, vector.name);
  }
});

test("first messages are accepted, refused without any change, and not accepted twice", () => {
  const { cases } = vectors("pqxdh.json");
  assert.ok(cases.length > 0);
  for (const vector of cases) {
    assert.ok(vector.refused.length > 0);
    const responder = Device.import(deviceState(vector.responder));
    assert.equal(hex(responder.certificate), vector.responder.certificate);
    const before = responder.export();
    assert.deepEqual(before, deviceState(vector.responder));
    for (const refused of vector.refused) {
      const code = outcome(() => Session.accept(responder, unhex(refused.prekey_message), expectations(refused)));
      assert.equal(code, refused.code, `${vector.name}: ${refused.name}`);
      assert.deepEqual(responder.export(), before, `${vector.name}: ${refused.name}`);
    }
    const message = unhex(vector.prekey_message);
    const { session, plaintext } = Session.accept(responder, message);
    assert.equal(hex(plaintext), vector.plaintext);
    assert.equal(hex(session.peer.identityKey), vector.initiator.identity_key);
    assert.equal(outcome(() => Session.accept(responder, message)), "replayed-prekey-message");
    assert.equal(outcome(() => session.decrypt("prekey", message)), "duplicate-message");
  }
});

test("safety numbers", () => {
  const { cases } = vectors("safety_numbers.json");
  assert.ok(cases.length > 0);
  for (const vector of cases) {
    const a = [unhex(vector.user_a), unhex(vector.account_key_a)];
    const b = [unhex(vector.user_b), unhex(vector.account_key_b)];
    assert.equal(safetyNumber(...a, ...b), vector.safety_number);
    assert.equal(safetyNumber(...b, ...a), vector.safety_number);
  }
});
