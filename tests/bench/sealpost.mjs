/** Sealpost's low-level module, as the comparison uses a library. */
import init, { Account, Device, Session } from "/sealpost/crypto.js";

const CREATED_AT_MS = 1_760_000_000_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What loading takes until a first key can be made: what the page in ready.html measures. */
export async function load() {
  await init();
  return { name: "sealpost", person, publish, initiate, accept, encrypt, decrypt, free };
}

/** An account key, and a device with an identity key that it certifies. */
function person() {
  const address = { userId: crypto.getRandomValues(new Uint8Array(16)), deviceId: 1 };
  const account = Account.generate();
  const device = Device.create(account, address.userId, address.deviceId, CREATED_AT_MS);
  return { account, device, address };
}

/** So many one-time offers to begin a session with a person: encoded bundles, and what the initiator knows of their owner. */
function publish(person, count) {
  const { account, device, address } = person;
  const rotate = person.signedPreKey === undefined;
  const prekeys = device.generatePreKeys({ oneTime: count, kem: count, rotate, createdAtMs: CREATED_AT_MS });
  person.signedPreKey ??= prekeys.signedPreKey;
  const expected = { expectedAccountKey: account.publicKey, expectedAddress: address };
  const { certificate } = device;
  return prekeys.oneTimePreKeys.map((oneTime, index) => ({
    bundle: concatenate([certificate, person.signedPreKey, Uint8Array.of(1), oneTime, prekeys.kemPreKeys[index]]),
    expected,
  }));
}

function concatenate(parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Verifies the three signatures of a bundle, makes the session and encrypts its first message. */
function initiate({ device }, { bundle, expected }, text) {
  return Session.initiate(device, bundle, encoder.encode(text), expected);
}

/** Verifies the sender's certificate, makes the session and decrypts its first message. Uses up the prekeys. */
function accept({ device }, sender, message) {
  const { session, plaintext } = Session.accept(device, message, sender.expected);
  return { session, text: decoder.decode(plaintext) };
}

function encrypt(session, text) {
  return session.encrypt(encoder.encode(text));
}

function decrypt(session, { kind, bytes }) {
  return decoder.decode(session.decrypt(kind, bytes));
}

const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Frees sessions and people. */
function free(...objects) {
  for (const object of objects) {
    for (const owner of [object, object.device, object.account]) owner?.[dispose]?.();
  }
}
