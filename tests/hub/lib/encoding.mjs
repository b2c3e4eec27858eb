// The encodings of the protocol (docs/protocol.md §1) that a device needs to register and log in.
import { generateKeyPairSync, sign } from "node:crypto";

export const uint8 = (value) => Buffer.from([value]);
export const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const uint64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
export const uuid = (text) => Buffer.from(text.replaceAll("-", ""), "hex");

/** `opaque <V>`: the length in 1 or 2 bytes, then the content. */
export function vector(content) {
  if (content.length >= 1 << 14) throw new RangeError("longer than any structure here");
  const length = content.length < 1 << 6 ? uint8(content.length) : Buffer.from([0x40 | (content.length >> 8), content.length & 0xff]);
  return Buffer.concat([length, content]);
}

/** A new key pair: `publicKey` as its 32 bytes. */
export function keyPair(type) {
  const { publicKey, privateKey } = generateKeyPairSync(type);
  return { publicKey: Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url"), privateKey };
}

/** `SignWithLabel`. */
export const signWithLabel = ({ privateKey }, label, content) =>
  sign(null, Buffer.concat([Buffer.from(`sealpost v1 ${label}\0`), content]), privateKey);

/** The fields, then the signature over them. */
export function signed(key, label, ...fields) {
  const content = Buffer.concat(fields);
  return Buffer.concat([content, signWithLabel(key, label, content)]);
}
