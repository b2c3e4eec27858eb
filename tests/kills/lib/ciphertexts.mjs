// No message key is used twice: each is made of a ratchet key and a number in its chain, both of which are in the header (docs/protocol.md, Double Ratchet).
const CERTIFICATE = 1 + 16 + 4 + 32 + 32 + 8 + 64;
const KEM_CIPHERTEXT = 2 + 1568;

/** The header's ratchet key and message number, and the nonce, of an envelope's content. */
export function messageKeyOf(kind, content) {
  const start = kind === "prekey" ? inner(content) : 0;
  if (content[start] !== 1) throw new Error(`no version 1 at ${start} of a message of kind ${kind}`);
  const at = (from, to) => content.subarray(start + from, start + to);
  return { ratchetKey: at(1, 33).toString("hex"), number: at(37, 41).readUInt32BE(), nonce: at(41, 53).toString("hex") };
}

/** Where the RatchetMessage in a PreKeyMessage begins. */
function inner(content) {
  const optional = 1 + CERTIFICATE + 32 + 4;
  return optional + (content[optional] === 1 ? 5 : 1) + 4 + KEM_CIPHERTEXT;
}

/** Everything that reached the relay. */
export class Ciphertexts {
  #seen = new Map();
  /** Keys that two different ciphertexts were made with. */
  repeated = [];

  get count() {
    return this.#seen.size;
  }

  /** A request's envelopes. The same bytes again are a request that was repeated. */
  add(envelopes) {
    for (const { kind, content } of envelopes) {
      const { ratchetKey, number, nonce } = messageKeyOf(kind, Buffer.from(content, "base64url"));
      const key = `${ratchetKey}/${number}`;
      const before = this.#seen.get(key);
      if (before === undefined) this.#seen.set(key, content);
      else if (before !== content) this.repeated.push(`${key}, nonce ${nonce}`);
    }
  }
}
