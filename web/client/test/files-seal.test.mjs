import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./lib/typescript.mjs";

const { blobLength, CHUNK, chunksOf, drawSecrets, opened, Sealing } = await import("../src/worker/files/seal.ts");
const { mediaTypeOf, nameOf } = await import("../src/worker/files/pictures.ts");

const { encodeAttachment, readStored } = await import("../src/worker/files/attachment.ts");

const { blobs: vectors, bodies } = JSON.parse(readFileSync(new URL("../../../tests/vectors/files/attachments.json", import.meta.url), "utf8"));
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const plainOf = (size) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 17) & 0xff);
const COMMITMENT = 32;
/** Where the chunks of a blob begin. */
const places = (blob) => Array.from({ length: Math.ceil((blob.length - COMMITMENT) / CHUNK) }, (_, i) => COMMITMENT + i * CHUNK);
const chunk = (blob, index) => blob.subarray(COMMITMENT + index * CHUNK, COMMITMENT + (index + 1) * CHUNK);

async function sealed(plain, secrets = drawSecrets()) {
  const sealing = await Sealing.begin(new Blob([plain]), secrets);
  const parts = [];
  for await (const part of sealing.chunks()) parts.push(part);
  const blob = new Uint8Array(await new Blob(parts).arrayBuffer());
  assert.equal(blob.length, sealing.length);
  return { blob, keys: { key: secrets.key, digest: await sealing.digest(), size: plain.length } };
}

function source(blob) {
  let at = 0;
  return {
    reads: 0,
    async read(length) {
      this.reads += 1;
      const part = blob.slice(at, at + length);
      at += part.length;
      return part;
    },
  };
}

/** What was released before the end, or the error. */
async function open(keys, blob) {
  const released = [];
  try {
    for await (const part of opened(keys, source(blob))) released.push(part);
  } catch (error) {
    return { released: released.length, error: error.code };
  }
  return { released: released.length, plain: new Uint8Array(await new Blob(released).arrayBuffer()) };
}

const refused = async (keys, blob, most = 0) => {
  const { released, error } = await open(keys, blob);
  assert.equal(error, "decrypt");
  assert.ok(released <= most, `${released} chunks were released`);
};

// ATT-3, ATT-4, ATT-5, ATT-6
test("files are encrypted as by Tink, byte for byte, and opened again", async () => {
  assert.equal(vectors.length, 9);
  for (const vector of vectors) {
    const plain = plainOf(vector.size);
    const secrets = { key: bytes(vector.key), salt: bytes(vector.salt), prefix: bytes(vector.nonce_prefix) };
    const { blob, keys } = await sealed(plain, secrets);
    assert.equal(blobLength(vector.size), vector.length);
    assert.equal(blob.length, vector.length);
    assert.equal(Buffer.from(blob.subarray(0, COMMITMENT)).toString("hex"), vector.commitment);
    assert.equal(createHash("sha256").update(blob).digest("hex"), vector.sha256, `${vector.size} bytes`);
    if (vector.blob !== undefined) assert.equal(Buffer.from(blob).toString("hex"), vector.blob);
    assert.equal(Buffer.from(keys.digest).toString("hex"), vector.digest);
    assert.deepEqual((await open(keys, blob)).plain, plain);
  }
});

// ATT-2
test("every file has secrets of its own, also the same file", async () => {
  const drawn = Array.from({ length: 50 }, drawSecrets);
  for (const [name, length] of [["key", 32], ["salt", 32], ["prefix", 7]]) {
    const all = drawn.map((secrets) => Buffer.from(secrets[name]).toString("hex"));
    assert.equal(new Set(all).size, 50);
    assert.ok(drawn.every((secrets) => secrets[name].length === length));
  }
});

// ATT-3
test("T14: one blob opens under one key", async () => {
  const [a, b] = [await sealed(plainOf(5000)), await sealed(plainOf(5000))];
  // Another key, whatever the message says of the digest.
  await refused({ ...a.keys, key: b.keys.key }, a.blob);
  // The blob of one with the commitment of the other.
  const mixed = Uint8Array.from([...b.blob.subarray(0, COMMITMENT), ...a.blob.subarray(COMMITMENT)]);
  await refused(a.keys, mixed);
  await refused({ ...a.keys, key: b.keys.key }, mixed);
  for (let bit = 0; bit < 256; bit += 37) {
    const changed = a.blob.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    await refused(a.keys, changed);
  }
  // Whose key is wrong learns so from the commitment, before anything else is read.
  const from = source(a.blob);
  await assert.rejects(opened({ ...a.keys, key: b.keys.key }, from).next(), { code: "decrypt" });
  assert.equal(from.reads, 1);
});

// ATT-4
test("a blob of another length than the message says is refused", async () => {
  for (const size of [0, 100, CHUNK - 56, 2 * CHUNK]) {
    const { blob, keys } = await sealed(plainOf(size));
    const most = chunksOf(size) - 1;
    for (const length of [0, 1, COMMITMENT, COMMITMENT + 41, blob.length - 1]) await refused(keys, blob.subarray(0, length), most);
    await refused(keys, Uint8Array.from([...blob, 0]), most);
    for (const other of [size + 1, size + CHUNK, Math.max(size - 1, 1)]) await refused({ ...keys, size: other }, blob, most);
  }
});

// ATT-5
test("segments that are missing, exchanged, repeated, changed or of another file are refused", async () => {
  const size = 3 * CHUNK + 1000;
  const { blob, keys } = await sealed(plainOf(size));
  const other = await sealed(plainOf(size));
  assert.equal(places(blob).length, 4);
  const put = (index, bytes) => {
    const changed = blob.slice();
    changed.set(bytes.subarray(0, chunk(blob, index).length), places(blob)[index]);
    return changed;
  };
  const exchanged = put(1, chunk(blob, 2));
  exchanged.set(chunk(blob, 1), places(blob)[2]);
  await refused(keys, exchanged, 1);
  await refused(keys, put(2, chunk(blob, 1)), 2);
  await refused(keys, put(1, chunk(other.blob, 1)), 1);
  await refused(keys, put(0, chunk(other.blob, 0)));
  // Without one in the middle, with a length that fits.
  const without = Uint8Array.from([...blob.subarray(0, places(blob)[1]), ...blob.subarray(places(blob)[2])]);
  await refused({ ...keys, size: size - (CHUNK - 16) }, without, 1);
  // Cut off at the end of a segment, with a length that fits: the last one was not the last.
  const cut = blob.subarray(0, places(blob)[3]);
  await refused({ ...keys, size: 3 * (CHUNK - 16) - 40 }, cut, 2);
  for (const place of [COMMITMENT, COMMITMENT + 5, COMMITMENT + 36, COMMITMENT + 40, places(blob)[1] + 7, blob.length - 1]) {
    const changed = blob.slice();
    changed[place] ^= 1;
    const index = places(blob).findLastIndex((start) => start <= place);
    await refused(keys, changed, index);
  }
});

// ATT-6
test("what is not the digest's is not released to its end", async () => {
  // Somebody who has the key too may make another file of the same length, and have the relay show it.
  const secrets = drawSecrets();
  for (const size of [100, 2 * CHUNK]) {
    const { blob, keys } = await sealed(plainOf(size), secrets);
    const forged = await sealed(new Uint8Array(size), { ...drawSecrets(), key: secrets.key });
    assert.deepEqual((await open(forged.keys, forged.blob)).plain, new Uint8Array(size));
    await refused(keys, forged.blob, chunksOf(size) - 1);
    await refused({ ...keys, digest: forged.keys.digest }, blob, chunksOf(size) - 1);
  }
});

// ATT-1
test("names and media types are made such as the protocol has them", () => {
  for (const [given, expected] of [
    ["photo.jpg", "photo.jpg"],
    ["C:\\Users\\me\\photo.jpg", "photo.jpg"],
    ["../../etc/passwd", "passwd"],
    ["a\u0000b\nc\u0085.txt", "a_b_c_.txt"],
    ["", "file"],
    ["..", "file"],
    ["folder/", "file"],
    ["\ud800.txt", "\ufffd.txt"],
    [`${"ü".repeat(200)}.jpeg`, `${"ü".repeat(125)}.jpeg`],
    ["🔒".repeat(100), "🔒".repeat(63)],
  ]) {
    assert.equal(nameOf(given), expected);
    assert.ok(Buffer.byteLength(nameOf(given)) <= 255);
  }
  for (const [given, expected] of [
    ["image/jpeg", "image/jpeg"],
    ["Text/Plain; charset=UTF-8", "text/plain"],
    ["", "application/octet-stream"],
    ["image", "application/octet-stream"],
    ["a/b/c", "application/octet-stream"],
    ["image/ü", "application/octet-stream"],
    [`a/${"b".repeat(126)}`, "application/octet-stream"],
  ]) {
    assert.equal(mediaTypeOf(given), expected);
  }
});

// ATT-1
test("what a message says of a file is encoded as the protocol has it", () => {
  for (const { fields, body } of bodies) {
    const preview = fields.preview === null ? null : { ...fields.preview, jpeg: bytes(fields.preview.jpeg) };
    const attachment = { blobId: bytes(fields.blob_id), key: bytes(fields.key), digest: bytes(fields.digest), size: fields.size, name: fields.name, mediaType: fields.media_type, preview };
    assert.equal(Buffer.from(encodeAttachment(attachment)).toString("hex"), body);
    const { blobId, key, digest, size } = attachment;
    assert.deepEqual(readStored(Buffer.from(body, "hex").toString("base64url")), { blobId, key, digest, size });
  }
  for (const text of ["", "AAAA", "!"]) assert.throws(() => readStored(text), { code: "internal" });
});
