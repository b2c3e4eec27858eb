/**
 * What the relay says is untrusted: every answer and push passes one of these readers, which copy the known members into a fresh
 * object, so members nobody asked for (`__proto__` included) go no further. They throw a SealpostError `relay`.
 */
import { SealpostError } from "../errors.js";
import { decodeBase64Url } from "./base64url.js";
import type { Address, Envelope, MailboxItem, Refusal, UserDocument } from "./engine.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const USERNAME = /^[a-z0-9][a-z0-9._-]{1,31}$/;
const MAX_BYTES = 256 * 1024;
const MAX_CONTENT = 64 * 1024;
const MAX_DEVICE_ID = 2 ** 31 - 1;

export type Reader<T> = (value: unknown, name: string) => T;
type Members = Readonly<Record<string, unknown>>;

export function malformed(name: string): SealpostError {
  return new SealpostError("relay", `the relay sent a malformed ${name}`);
}

export function object(value: unknown, name: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(name);
  return value as Members;
}

export function list<T>(read: Reader<T>, max: number): Reader<T[]> {
  return (value, name) => {
    if (!Array.isArray(value) || value.length > max) throw malformed(name);
    // Not `map`, which passes over holes.
    return Array.from(value, (item) => read(item, name));
  };
}

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, name) => {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) throw malformed(name);
    return value as number;
  };
}

function matching(pattern: RegExp): Reader<string> {
  return (value, name) => {
    if (typeof value !== "string" || !pattern.test(value)) throw malformed(name);
    return value;
  };
}

/** Base64url in JSON, `bin` in MessagePack; copied, for the decoder hands out views of a whole frame. */
export function bytes(max: number): Reader<Uint8Array> {
  return (value, name) => {
    const decoded = typeof value === "string" ? decodeBase64Url(value) : value instanceof Uint8Array ? value.slice() : null;
    if (decoded === null || decoded.length > max) throw malformed(name);
    return decoded;
  };
}

export const uuid = matching(UUID);
export const count = integer(0);
const blob = bytes(MAX_BYTES);
const deviceId = integer(1, MAX_DEVICE_ID);

export const readUuid: Reader<string> = uuid;

export const readAddress: Reader<Address> = (value, name) => {
  const address = object(value, name);
  return { userId: uuid(address["userId"], "userId"), deviceId: deviceId(address["deviceId"], "deviceId") };
};

export function readUser(value: unknown): UserDocument {
  const user = object(value, "user");
  return {
    id: uuid(user["id"], "user id"),
    username: matching(USERNAME)(user["username"], "username"),
    accountKey: blob(user["accountKey"], "account key"),
    deviceList: blob(user["deviceList"], "device list"),
    certificates: list(blob, 1_000)(user["certificates"], "certificates"),
  };
}

export function readEnvelope(value: unknown): Envelope {
  const envelope = object(value, "envelope");
  const kind = envelope["kind"];
  if (kind !== "prekey" && kind !== "ratchet") throw malformed("kind");
  return {
    messageId: uuid(envelope["messageId"], "message id"),
    conversationId: uuid(envelope["conversationId"], "conversation id"),
    sender: readAddress(envelope["sender"], "sender"),
    kind,
    content: bytes(MAX_CONTENT)(envelope["content"], "content"),
    storedAt: count(envelope["storedAt"], "time"),
  };
}

export function readMailboxItem(seq: unknown, envelope: unknown): MailboxItem {
  return { seq: integer(1)(seq, "seq"), envelope: readEnvelope(envelope) };
}

export interface TypingNotice {
  readonly conversationId: string;
  readonly sender: Address;
  readonly content: Uint8Array;
}

export function readTyping(value: unknown): TypingNotice {
  const notice = object(value, "typing notice");
  return {
    conversationId: uuid(notice["conversationId"], "conversationId"),
    sender: readAddress(notice["sender"], "sender"),
    content: bytes(MAX_CONTENT)(notice["content"], "content"),
  };
}

export interface MailboxPage {
  readonly items: readonly MailboxItem[];
  /** Items whose envelope nobody can use. */
  readonly malformed: number;
  readonly next: number | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** One malformed item does not take the others with it. */
export function readMailboxPage(value: unknown): MailboxPage {
  const page = object(value, "mailbox page");
  const entries = list((item) => object(item, "mailbox item"), 200)(page["items"], "mailbox page");
  const items: MailboxItem[] = [];
  for (const entry of entries) {
    try {
      items.push(readMailboxItem(entry["seq"], entry["envelope"]));
    } catch (error) {
      if (!(error instanceof SealpostError)) throw error;
    }
  }
  const next = page["next"] ?? null;
  return {
    items: items.sort((a, b) => a.seq - b.seq),
    malformed: entries.length - items.length,
    next: next === null ? null : count(next, "next"),
    ...readMailboxRange(page),
  };
}

export interface MailboxRange {
  /** The lowest seq kept; `lastSeq` + 1 if none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export function readMailboxRange(value: unknown): MailboxRange {
  const range = object(value, "mailbox range");
  return { firstSeq: count(range["firstSeq"], "firstSeq"), lastSeq: count(range["lastSeq"], "lastSeq") };
}

export interface Bundle extends Address {
  readonly bundle: Uint8Array;
}

export function readBundles(value: unknown): { bundles: Bundle[]; missing: Address[] } {
  const answer = object(value, "prekey bundles");
  const bundle: Reader<Bundle> = (item, name) => ({ ...readAddress(item, name), bundle: blob(object(item, name)["bundle"], name) });
  return {
    bundles: list(bundle, 1_000)(answer["bundles"], "prekey bundle"),
    missing: list(readAddress, 1_000)(answer["missing"], "address"),
  };
}

export interface PreKeyCounts {
  readonly oneTimePreKeys: number;
  readonly kemPreKeys: number;
  /** Null where the relay does not know of topics. */
  readonly keyPackages: number | null;
}

/** Whether a page has items, whatever they are. */
export function readIsAny(value: unknown): boolean {
  return list((item) => item, 1_000)(object(value, "list")["items"], "list").length > 0;
}

export function readPreKeyCounts(value: unknown): PreKeyCounts {
  const counts = object(value, "prekey count");
  const { keyPackages } = counts;
  return {
    oneTimePreKeys: count(counts["oneTimePreKeys"], "count"),
    kemPreKeys: count(counts["kemPreKeys"], "count"),
    keyPackages: keyPackages === undefined || keyPackages === null ? null : count(keyPackages, "count"),
  };
}

export function readChallenge(value: unknown): { challenge: Uint8Array; expiresAt: number } {
  const answer = object(value, "login challenge");
  const challenge = blob(answer["challenge"], "login challenge");
  if (challenge.length !== 32) throw malformed("login challenge");
  return { challenge, expiresAt: count(answer["expiresAt"], "time") };
}

export function readToken(value: unknown): { accessToken: string; expiresIn: number } {
  const answer = object(value, "access token");
  return {
    accessToken: matching(/^[\x21-\x7e]{1,1024}$/)(answer["accessToken"], "access token"),
    expiresIn: count(answer["expiresIn"], "life time"),
  };
}

export function readProblem(value: unknown): Refusal {
  const problem = object(value, "problem document");
  const detail = problem["detail"];
  const addresses = list(readAddress, 10_000);
  return {
    code: matching(/^[a-z][a-z0-9-]{0,63}$/)(problem["code"], "problem code"),
    ...(typeof detail === "string" ? { detail: detail.slice(0, 500) } : {}),
    ...(problem["epoch"] === undefined ? {} : { epoch: count(problem["epoch"], "epoch") }),
    ...(problem["reason"] === "device-revoked" ? { reason: "device-revoked" } : {}),
    ...(problem["missing"] === undefined ? {} : { missing: addresses(problem["missing"], "missing") }),
    ...(problem["stale"] === undefined ? {} : { stale: addresses(problem["stale"], "stale") }),
  };
}
