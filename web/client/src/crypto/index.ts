/** The low-level module (protocol §8): everything is synchronous, without storage and network. */
import { safetyNumber as compute } from "../wasm-gen/crypto.js";
import { checkBytes } from "./arguments.js";
import { translate } from "./handle.js";
import { assertReady } from "./load.js";

export { SealpostError, type SealpostErrorCode } from "../errors.js";
export { Account } from "./account.js";
export type { Address, Expectations } from "./arguments.js";
export { Device, type PreKeyOptions, type PreKeys } from "./device.js";
export type { InitOptions, WasmSource } from "./load.js";
export { type EncryptedMessage, type EnvelopeKind, type Peer, Session } from "./session.js";
export {
  type ExpectedTopic,
  type InvitationOptions,
  type JoinOptions,
  type KeyPackageOptions,
  type PostOptions,
  Topic,
  type TopicChanges,
  type TopicCommit,
  type TopicKeyPackage,
  type TopicOptions,
  useInvitation,
  welcomeReferences,
  type WelcomeOptions,
} from "./topic.js";

/** The 60 digits that two users compare, without spaces; the same whoever is named first. */
export function safetyNumber(userIdA: Uint8Array, accountKeyA: Uint8Array, userIdB: Uint8Array, accountKeyB: Uint8Array): string {
  checkBytes(userIdA, "userIdA", 16);
  checkBytes(accountKeyA, "accountKeyA", 32);
  checkBytes(userIdB, "userIdB", 16);
  checkBytes(accountKeyB, "accountKeyB", 32);
  assertReady();
  return translate(() => compute(userIdA, accountKeyA, userIdB, accountKeyB));
}
