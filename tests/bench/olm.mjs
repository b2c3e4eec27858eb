/* global Olm */
/** @matrix-org/olm, as the comparison uses a library. Olm is a classic script, and takes and gives strings. */

/** What loading takes until a first key can be made: what the page in ready.html measures. */
export async function load() {
  await script("/olm/olm.js");
  await Olm.init({ locateFile: (file) => `/olm/${file}` });
  const utility = new Olm.Utility();
  const initiate = (sender, offer, text) => {
    // What libolm leaves to its callers: without it, whoever stands between could offer a key of their own.
    utility.ed25519_verify(offer.ed25519, offer.signed, offer.signature);
    const session = new Olm.Session();
    session.create_outbound(sender.account, offer.curve25519, offer.oneTimeKey);
    return { session, message: session.encrypt(text) };
  };
  return { name: "olm", person, publish, initiate, accept, encrypt, decrypt, free };
}

function script(src) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = src;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${src} did not load`));
    document.head.append(element);
  });
}

/** A device with its two identity keys. */
function person() {
  const account = new Olm.Account();
  account.create();
  return { account };
}

/** So many one-time keys (100 at most), each signed by the device as Matrix clients do. */
function publish({ account }, count) {
  const { ed25519, curve25519 } = identity(account);
  account.generate_one_time_keys(count);
  const keys = Object.values(JSON.parse(account.one_time_keys()).curve25519);
  account.mark_keys_as_published();
  return keys.map((oneTimeKey) => {
    const signed = JSON.stringify({ key: oneTimeKey });
    return { ed25519, curve25519, oneTimeKey, signed, signature: account.sign(signed), expected: { curve25519 } };
  });
}

function identity(account) {
  return JSON.parse(account.identity_keys());
}

/** Makes the session of a first message and decrypts it. Uses up the one-time key. */
function accept({ account }, sender, { body }) {
  const session = new Olm.Session();
  session.create_inbound_from(account, sender.expected.curve25519, body);
  const text = session.decrypt(0, body);
  account.remove_one_time_keys(session);
  return { session, text };
}

function encrypt(session, text) {
  return session.encrypt(text);
}

function decrypt(session, { type, body }) {
  return session.decrypt(type, body);
}

/** Frees sessions and people. */
function free(...objects) {
  for (const object of objects) (object.account ?? object).free();
}
