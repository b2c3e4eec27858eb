/**
 * Files, encrypted (docs/protocol.md §5, Files): Tink's AES-GCM-HKDF streaming AEAD behind a commitment to the key, all of it WebCrypto's. No segment
 * needs another one, and none is kept for longer than it is used.
 */
import { SealpostError } from "../../errors.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of a chunk of ciphertext; the last one may be shorter. */
export const CHUNK = 1 << 20;
const TAG = 16;
const HEADER = 40;
const COMMITMENT = 32;
const LABEL = new TextEncoder().encode("sealpost v1 file");
const COMMITMENT_INFO = new TextEncoder().encode("Sealpost_FileCommitment");
/** The longest file, in bytes. */
export const MAX_FILE = 2 ** 40;

/** How many chunks the ciphertext of a file has. */
export function chunksOf(size: number): number {
  return Math.max(1, Math.ceil((size + HEADER) / (CHUNK - TAG)));
}

/** The length of the whole blob. */
// ATT-4
export function blobLength(size: number): number {
  return COMMITMENT + HEADER + size + TAG * chunksOf(size);
}

/** Which bytes of the file chunk `index` holds. */
function plainRange(index: number, size: number): [number, number] {
  const start = index === 0 ? 0 : index * (CHUNK - TAG) - HEADER;
  return [start, Math.min((index + 1) * (CHUNK - TAG) - HEADER, size)];
}

function nonceOf(prefix: Bytes, index: number, isLast: boolean): Bytes {
  const nonce = new Uint8Array(12);
  nonce.set(prefix);
  new DataView(nonce.buffer).setUint32(7, index);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function joined(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function imported(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits", "deriveKey"]);
}

async function commitmentOf(key: CryptoKey): Promise<Bytes> {
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: COMMITMENT_INFO };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, COMMITMENT * 8));
}

async function cipherOf(key: CryptoKey, salt: Bytes, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const how = { name: "HKDF", hash: "SHA-256", salt, info: LABEL };
  return crypto.subtle.deriveKey(how, key, { name: "AES-GCM", length: 256 }, false, [usage]);
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function digestOf(commitment: Bytes, hashes: readonly Bytes[]): Promise<Bytes> {
  return sha256(joined(LABEL, new Uint8Array(1), commitment, ...hashes));
}

/** What is drawn for a file, once. */
export interface FileSecrets {
  readonly key: Bytes;
  readonly salt: Bytes;
  readonly prefix: Bytes;
}

/** Secrets for a file that is sent now. */
// ATT-2
export function drawSecrets(): FileSecrets {
  const draw = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
  return { key: draw(32), salt: draw(32), prefix: draw(7) };
}

/** Encrypts a file, chunk after chunk. The first one has the commitment before it. */
export class Sealing {
  readonly length: number;
  readonly #file: Blob;
  readonly #prefix: Bytes;
  readonly #head: Bytes;
  readonly #commitment: Bytes;
  readonly #cipher: CryptoKey;
  readonly #hashes: Bytes[] = [];

  private constructor(file: Blob, secrets: FileSecrets, commitment: Bytes, cipher: CryptoKey) {
    this.length = blobLength(file.size);
    this.#file = file;
    this.#prefix = secrets.prefix;
    this.#head = joined(Uint8Array.of(HEADER), secrets.salt, secrets.prefix);
    this.#commitment = commitment;
    this.#cipher = cipher;
  }

  static async begin(file: Blob, secrets: FileSecrets): Promise<Sealing> {
    const key = await imported(secrets.key);
    return new Sealing(file, secrets, await commitmentOf(key), await cipherOf(key, secrets.salt, "encrypt"));
  }

  /** The next chunk is encrypted while somebody works with the one before. */
  async *chunks(): AsyncGenerator<Bytes, void, undefined> {
    const count = chunksOf(this.#file.size);
    let next = this.#chunk(0, count);
    for (let index = 0; index < count; index += 1) {
      const { bytes, hash } = await next;
      next = this.#chunk(index + 1, count);
      // Whoever stops asking does not hear of its failure.
      next.catch(() => {});
      this.#hashes.push(hash);
      yield bytes;
    }
  }

  /** Of all chunks, once they were made. */
  async digest(): Promise<Bytes> {
    return digestOf(this.#commitment, this.#hashes);
  }

  async #chunk(index: number, count: number): Promise<{ bytes: Bytes; hash: Bytes }> {
    if (index >= count) return { bytes: new Uint8Array(), hash: new Uint8Array() };
    const [start, end] = plainRange(index, this.#file.size);
    const plain = await readSlice(this.#file, start, end);
    const iv = nonceOf(this.#prefix, index, index === count - 1);
    const segment = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#cipher, plain));
    plain.fill(0);
    if (index > 0) return { bytes: segment, hash: await sha256(segment) };
    const chunk = joined(this.#head, segment);
    return { bytes: joined(this.#commitment, chunk), hash: await sha256(chunk) };
  }
}

/** A file that was changed since it was chosen cannot be read any more. */
async function readSlice(file: Blob, start: number, end: number): Promise<Bytes> {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch (error) {
    throw new SealpostError("invalid-argument", "the file cannot be read, or was changed", { cause: error });
  }
}

/** What opens a file. */
export interface FileKeys {
  readonly key: Bytes;
  readonly digest: Bytes;
  readonly size: number;
}

/** Ciphertext as it comes: `read` gives exactly so many bytes, fewer only where it ends. */
export interface Source {
  read(length: number): Promise<Bytes>;
}

function refused(what: string): SealpostError {
  return new SealpostError("decrypt", what);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Decrypts a file, chunk after chunk; one that ends without an error was whole and right. Anything else is `decrypt`. */
// ATT-3, ATT-4, ATT-5, ATT-6
export async function* opened({ key: raw, digest, size }: FileKeys, source: Source): AsyncGenerator<Bytes, void, undefined> {
  const key = await imported(raw);
  const commitment = await commitmentOf(key);
  if (!isSame(await source.read(COMMITMENT), commitment)) throw refused("the file is not of this key");
  const count = chunksOf(size);
  const hashes: Bytes[] = [];
  const take = async (index: number): Promise<Bytes | null> => {
    if (index >= count) return null;
    const [start, end] = plainRange(index, size);
    const length = end - start + TAG + (index === 0 ? HEADER : 0);
    const chunk = await source.read(length);
    if (chunk.length !== length) throw refused("the file is cut short");
    return chunk;
  };
  let cipher: CryptoKey | null = null;
  let prefix = new Uint8Array();
  let next = take(0);
  for (let index = 0; index < count; index += 1) {
    const chunk = await next;
    if (chunk === null) throw refused("the file is cut short");
    next = take(index + 1);
    next.catch(() => {});
    if (cipher === null) {
      if (chunk[0] !== HEADER) throw refused("the file has another header");
      cipher = await cipherOf(key, chunk.slice(1, 33), "decrypt");
      prefix = chunk.slice(33, HEADER);
    }
    const isLast = index === count - 1;
    const segment = index === 0 ? chunk.subarray(HEADER) : chunk;
    const iv = nonceOf(prefix, index, isLast);
    const [plain, hash] = await Promise.all([decrypted(cipher, iv, segment), sha256(chunk)]);
    hashes.push(hash);
    if (isLast) {
      if ((await source.read(1)).length > 0) throw refused("the file is longer than it should be");
      if (!isSame(await digestOf(commitment, hashes), digest)) throw refused("the file is another one");
    }
    yield plain;
  }
}

async function decrypted(cipher: CryptoKey, iv: Bytes, segment: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, cipher, segment));
  } catch (error) {
    throw new SealpostError("decrypt", "a part of the file does not authenticate", { cause: error });
  }
}
