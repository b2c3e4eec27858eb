/**
 * A member whose MLS is another implementation: ts-mls, a TypeScript library that shares no code with ours. Its certificate is made here from the protocol's
 * description (docs/protocol.md §2), with Node's own Ed25519.
 */
import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import {
  decodeMlsMessage, defaultLifetime, encodeMlsMessage, generateKeyPackageWithKey, getCiphersuiteFromName, getCiphersuiteImpl, mlsExporter,
} from "ts-mls";
import { decodeRatchetTree } from "ts-mls/ratchetTree.js";
import { withBareKey } from "./external-pub.mjs";

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";
/** What every leaf of a topic supports (docs/protocol.md §7). */
const CAPABILITIES = { versions: ["mls10"], ciphersuites: [SUITE], extensions: [0xf001, 0xf002], proposals: [0xf003], credentials: ["basic"] };
const JOIN_ID = 0xf002;
/** The header of an Ed25519 key in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));

function ed25519(seed) {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey: Uint8Array.from(publicKey), sign: (bytes) => sign(null, bytes, key) };
}

function integer(value, bytes) {
  const encoded = Buffer.alloc(bytes);
  encoded.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
  return encoded;
}

/** An account with one device: address, certificate, and a key package with its private keys. */
export async function foreignPerson(createdAtMs) {
  const [account, identitySeed] = [ed25519(randomBytes(32)), randomBytes(32)];
  const identity = ed25519(identitySeed);
  const address = { userId: Uint8Array.from(randomBytes(16)), deviceId: 7 };
  const fields = Buffer.concat([
    Buffer.of(1), address.userId, integer(address.deviceId, 4), account.publicKey, identity.publicKey, integer(createdAtMs, 8),
  ]);
  const signature = account.sign(Buffer.concat([Buffer.from("sealpost v1 device certificate\0"), fields]));
  const certificate = Uint8Array.from(Buffer.concat([fields, signature]));
  const credential = { credentialType: "basic", identity: certificate };
  // ts-mls takes the seed and the public key as the private one.
  const keys = { signKey: Uint8Array.from(identitySeed), publicKey: identity.publicKey };
  const joinId = { extensionType: JOIN_ID, extensionData: Uint8Array.from(randomBytes(16)) };
  const made = await generateKeyPackageWithKey(credential, CAPABILITIES, defaultLifetime, [], keys, suite, [joinId]);
  const keyPackage = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: made.publicPackage });
  return { address, certificate, accountKey: account.publicKey, keyPackage, ...made };
}

/** The one MLS message that `bytes` are. */
export function message(bytes) {
  const [decoded, length] = decodeMlsMessage(bytes, 0) ?? [];
  if (length !== bytes.length) throw new Error("these bytes are no MLS message");
  return decoded;
}

/** A group info for an external commit. */
export const groupInfoOf = (bytes) => withBareKey(message(bytes).groupInfo);

export function ratchetTree(bytes) {
  const [tree, length] = decodeRatchetTree(bytes, 0) ?? [];
  if (length !== bytes.length) throw new Error("these bytes are no ratchet tree");
  return tree;
}

export const publicMessage = (message) => encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage: message });

/** MLS-Exporter (RFC 9420 §8.5). */
export const exportSecret = (state, label, context, length) => mlsExporter(state.keySchedule.exporterSecret, label, context, length, suite);
