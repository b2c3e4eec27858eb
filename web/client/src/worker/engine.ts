/**
 * The boundary to the WASM engine (crypto-wasm `wasm::calls`). The engine owns keys, sessions and the local store, and does no
 * network: it says what to ask the relay for, and is told the answers. Every method that changes state has committed it to
 * IndexedDB before its promise resolves, so what it returns may be released. Ids are hyphenated UUIDs, times Unix milliseconds.
 * Bytes that it is given are `Uint8Array`; those that it gives for the relay's JSON are base64url already. Rejections carry a
 * string `code` (see SealpostErrorCode).
 */
import type { Contact, Conversation, FileMessage, Me, Message, MessagePage, SealpostEvents, TextMessage } from "../types.js";

export interface Address {
  readonly userId: string;
  readonly deviceId: number;
}

type Told = Exclude<keyof SealpostEvents, "me" | "connection" | "vault" | "devices">;

/** Public events, ready to be handed to listeners in this order. */
export type EngineEvent = { [K in Told]: { readonly type: K; readonly data: SealpostEvents[K] } }[Told] | DevicesChanged | Expiring;

/** The account's devices changed, or have something to tell each other: which, the other engine knows. */
interface DevicesChanged {
  readonly type: "devices";
  readonly data: null;
}

/** The time of a message is running, until then, Unix milliseconds. */
interface Expiring {
  readonly type: "expiring";
  readonly data: number;
}

/** A result together with the events that its commit caused. */
export interface Outcome<T> {
  readonly value: T;
  readonly events: readonly EngineEvent[];
}

/** The user document of the relay, its byte strings decoded. */
export interface UserDocument {
  readonly id: string;
  readonly username: string;
  readonly accountKey: Uint8Array;
  readonly deviceList: Uint8Array;
  readonly certificates: readonly Uint8Array[];
}

/** Body of `PUT /api/keys`. */
export interface PreKeys {
  readonly signedPreKey?: string;
  readonly kemLastResort?: string;
  readonly oneTimePreKeys: readonly string[];
  readonly kemPreKeys: readonly string[];
}

/** Body of `POST /api/users`. */
export interface Registration {
  readonly id: string;
  readonly username: string;
  readonly deviceList: string;
  readonly certificate: string;
  readonly preKeys: PreKeys;
}

export interface Envelope {
  readonly messageId: string;
  readonly conversationId: string;
  readonly sender: Address;
  readonly kind: "prekey" | "ratchet";
  readonly content: Uint8Array;
  readonly storedAt: number;
}

export interface MailboxItem {
  readonly seq: number;
  readonly envelope: Envelope;
}

/** A call to the relay that the outbox wants made. */
export interface OutboxRequest {
  /** Opaque name of the outbox entry. */
  readonly entry: string;
  readonly method: "POST" | "DELETE";
  readonly path: string;
  readonly body: unknown;
}

export type OutboxStep =
  /** Nothing to do. */
  | { readonly type: "idle" }
  /** Fetch these user documents and `learnUser` each (`userMissing` for a 404), then ask again. */
  | { readonly type: "users"; readonly userIds: readonly string[] }
  /** Fetch prekey bundles for these addresses, give them to `addBundles`, then ask again. */
  | { readonly type: "bundles"; readonly addresses: readonly Address[] }
  /** Make this call and report with `outboxAccepted` or `outboxRefused`. On a network failure just ask again later: same bytes. */
  | { readonly type: "request"; readonly request: OutboxRequest };

/** The members of a problem document that the engine looks at. */
export interface Refusal {
  readonly code: string;
  readonly detail?: string;
  readonly missing?: readonly Address[];
  readonly stale?: readonly Address[];
  /** The epoch that a topic is in, with `epoch-conflict`. */
  readonly epoch?: number;
  /** With `unauthorized`: a good login proof of a device that was revoked. */
  readonly reason?: "device-revoked";
}

export interface ReceiveResult {
  /** Everything up to this seq is stored and may be acknowledged. */
  readonly cursor: number;
  /**
   * Not empty: processing stopped before the first item that needs the newest document of these users. Fetch, `learnUser` (or
   * `userMissing`), and call `receive` again with the rest; items up to `cursor` are skipped by themselves.
   */
  readonly users: readonly string[];
}

export interface EngineStatus {
  readonly me: Me | null;
  /** A registration was begun and its outcome is not known: repeat it with the same bytes. */
  readonly registration: Registration | null;
  /** Highest mailbox seq stored here. */
  readonly cursor: number;
  /** Outbox entries waiting. */
  readonly pending: number;
}

export interface Engine {
  status(): Promise<EngineStatus>;

  /** Makes (or, if one is pending, renames) the account and device; safe to repeat. Throws `already-registered`. */
  beginRegistration(username: string, now: number): Promise<Registration>;
  /** The relay has it. */
  registrationAccepted(): Promise<Me>;
  /** Signs the relay's login challenge. `origin` must be the origin the requests really go to. */
  signLogin(origin: string, challenge: Uint8Array, expiresAt: number): Promise<string>;
  /** Prekeys to upload with `PUT /api/keys`, or null. `counts`: what the relay still has. */
  preKeyUpload(counts: { oneTimePreKeys: number; kemPreKeys: number }, now: number): Promise<PreKeys | null>;
  /** The upload that `preKeyUpload` gave was accepted. */
  preKeysUploaded(): Promise<void>;

  /**
   * Verifies and stores what the relay says of a user. Throws `bad-signature`, `device-list-rollback`, …, and then goes on with what it
   * knew before, without asking again soon; a changed account key is no error but shows in the contact.
   */
  learnUser(user: UserDocument, now: number): Promise<Outcome<Contact>>;
  /** The relay knows no such user. */
  userMissing(userId: string, now: number): Promise<Outcome<null>>;
  contacts(): Promise<Contact[]>;
  contact(userId: string): Promise<Contact | null>;
  safetyNumber(userId: string): Promise<string>;
  /** With `safetyNumber`, the one that the person saw: throws `key-changed` if it is another by now. So does `acceptKeyChange`. */
  setVerified(userId: string, verified: boolean, safetyNumber?: string): Promise<Outcome<Contact>>;
  acceptKeyChange(userId: string, safetyNumber?: string): Promise<Outcome<Contact>>;
  /** What somebody blocked sends is dropped. */
  setBlocked(userId: string, blocked: boolean): Promise<Outcome<Contact>>;

  conversations(): Promise<Conversation[]>;
  conversation(id: string): Promise<Conversation | null>;
  createConversation(members: string[], name: string, now: number): Promise<Outcome<Conversation>>;
  updateConversation(id: string, add: string[], remove: string[], name: string | undefined, now: number): Promise<Outcome<Conversation>>;
  markRead(id: string, now: number): Promise<Outcome<Conversation>>;
  /** Accepts a conversation that somebody unknown began, and them. */
  acceptConversation(id: string): Promise<Outcome<Conversation>>;
  /** Sets after how many seconds messages disappear; 0: never. */
  setTimer(id: string, seconds: number, now: number): Promise<Outcome<Conversation>>;
  /** Deletes what is due; gives when to call this again, if ever. */
  expire(now: number): Promise<Outcome<number | null>>;
  /** Whether others hear what was read here. */
  readReceipts(): Promise<boolean>;
  setReadReceipts(sent: boolean): Promise<Outcome<null>>;
  /** What `SendTyping` is to carry, `content` in base64url. */
  typing(id: string, started: boolean, now: number): Promise<readonly (Address & { readonly content: string })[]>;
  receiveTyping(id: string, sender: Address, content: Uint8Array, now: number): Promise<Outcome<null>>;

  sendText(conversationId: string, text: string, replyTo: string | undefined, now: number): Promise<Outcome<TextMessage>>;
  /** `file`: an encoded Attachment (docs/protocol.md §5), which `storedFile` gives back in base64url. */
  sendFile(conversationId: string, file: Uint8Array, now: number): Promise<Outcome<FileMessage>>;
  storedFile(conversationId: string, senderId: string, messageId: string): Promise<string>;
  messages(conversationId: string, before: number | undefined, limit: number): Promise<MessagePage>;
  retryMessage(conversationId: string, messageId: string): Promise<Outcome<Message>>;
  editMessage(conversationId: string, messageId: string, text: string, now: number): Promise<Outcome<Message>>;
  deleteMessage(conversationId: string, messageId: string, now: number): Promise<Outcome<Message>>;
  reactToMessage(conversationId: string, messageId: string, emoji: string, removed: boolean, now: number): Promise<Outcome<Message>>;

  outboxStep(now: number): Promise<Outcome<OutboxStep>>;
  addBundles(bundles: { userId: string; deviceId: number; bundle: Uint8Array }[], missing: Address[], now: number): Promise<Outcome<null>>;
  outboxAccepted(entry: string, now: number): Promise<Outcome<null>>;
  outboxRefused(entry: string, refusal: Refusal): Promise<Outcome<null>>;

  receive(items: MailboxItem[], now: number): Promise<Outcome<ReceiveResult>>;

  /** Closes the database and wipes what is in memory. */
  close(): void;
}
