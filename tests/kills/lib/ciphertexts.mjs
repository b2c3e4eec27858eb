// No message key is used twice: each is made of a ratchet key and a number in its chain, both of which are in the header (docs/protocol.md, Double Ratchet).
const CERTIFICATE = 1 + 16 + 4 + 32 + 32 + 8 + 64;
const KEM_CIPHERTEXT = 2 + 1568;

/** Where a header of a RatchetMessage ends. */
const HEADER = 53;

/** The header's ratchet key and message number, and the nonce, of an envelope's content; null if it was cut off before. */
export function messageKeyOf(kind, content, isCut = false) {
  const start = kind === "prekey" ? inner(content) : 0;
  if (isCut && !(content.length >= start + HEADER)) return null;
  if (content[start] !== 1) throw new Error(`no version 1 at ${start} of a message of kind ${kind}`);
  const at = (from, to) => content.subarray(start + from, start + to);
  return { ratchetKey: at(1, 33).toString("hex"), number: at(37, 41).readUInt32BE(), nonce: at(41, HEADER).toString("hex") };
}

/** Where the RatchetMessage in a PreKeyMessage begins. */
function inner(content) {
  const optional = 1 + CERTIFICATE + 32 + 4;
  return optional + (content[optional] === 1 ? 5 : 1) + 4 + KEM_CIPHERTEXT;
}

/** The envelopes of a request's body, also of one that was cut off anywhere. */
export function envelopesOf(body, isWhole) {
  const found = [...body.matchAll(/"kind":"(\w+)","content":"([\w-]*)("?)/g)].map(([, kind, content, end]) => ({ kind, content, isCut: end === "" }));
  if (isWhole && found.length !== JSON.parse(body).envelopes.length) throw new Error("a body of another shape than is looked for");
  return found;
}

/** Everything that left for the relay. */
export class Ciphertexts {
  #seen = new Map();
  /** Keys that two different ciphertexts were made with. */
  repeated = [];

  get count() {
    return this.#seen.size;
  }

  /** A request's envelopes. The same bytes again are a request that was repeated; so is the beginning of them. */
  add(envelopes) {
    for (const { kind, content, isCut } of envelopes) {
      const messageKey = messageKeyOf(kind, Buffer.from(content, "base64url"), isCut);
      if (messageKey === null) continue;
      const key = `${messageKey.ratchetKey}/${messageKey.number}`;
      const before = this.#seen.get(key);
      if (before !== undefined && !isSame(before, { content, isCut })) this.repeated.push(`${key}, nonce ${messageKey.nonce}`);
      if (before === undefined || (before.isCut && content.length > before.content.length)) this.#seen.set(key, { content, isCut });
    }
  }
}

/** Whether two are one, as far as both go. */
function isSame(one, other) {
  if (one.isCut && other.isCut) return one.content.startsWith(other.content) || other.content.startsWith(one.content);
  if (one.isCut) return other.content.startsWith(one.content);
  return other.isCut ? one.content.startsWith(other.content) : one.content === other.content;
}
