import type { Post, PostId, Topic, TopicId } from "./forum-types.js";
import type { Device } from "./device-types.js";
import type { VaultState } from "./vault-types.js";

/** Ids are lower-case hyphenated UUIDs; times are Unix milliseconds. */
export type UserId = string;
/** A UUID. */
export type ConversationId = string;
/** A UUID, given by the sender's device. */
export type MessageId = string;

/** Where {@link Sealpost.open} finds the relay, the code it loads, and the local profile. */
export interface OpenOptions {
  /** The relay's base URL, e.g. `https://chat.example`. */
  relay: string | URL;
  /** Name of the local profile (an IndexedDB database of its own). Default `"default"`. */
  profile?: string;
  /** Where the WebAssembly module is, if not beside the package's code. */
  wasmUrl?: string | URL;
  /** Where the forums' part of the worker and its module are, if not beside the package's code. */
  forumsUrl?: string | URL;
  forumsWasmUrl?: string | URL;
  /**
   * Whether a device that the relay has no KeyPackages of loads the forums' part in the background, when nothing else is to be done, and uploads some, so that others
   * can add it to topics. Default `true`. With `false` they can only after this device has used forums itself.
   */
  prepareForums?: boolean;
  /** Where the files' part of the worker is, if not beside the package's code. */
  filesUrl?: string | URL;
  /** Where the vault's part of the worker and its module are, if not beside the package's code. */
  vaultUrl?: string | URL;
  vaultWasmUrl?: string | URL;
  /** Where the devices' part of the worker and its module are, if not beside the package's code. */
  linkUrl?: string | URL;
  linkWasmUrl?: string | URL;
  /** Where the worker's script is, if not beside the package's code. */
  workerUrl?: string | URL;
  /**
   * For relays in host-app mode: gives the application's token (JWT) of whoever is logged in to the application. Called anew each time the device registers or logs
   * in, about once an hour; the token is passed on to the relay and not kept. What it throws, or no token within 30 seconds, is the error `host-token`.
   */
  hostToken?: () => string | Promise<string>;
  /** Aborts opening; an opened client is closed with {@link Sealpost.close}. */
  signal?: AbortSignal;
}

/** This profile's own account and device. */
export interface Me {
  readonly userId: UserId;
  readonly username: string;
  readonly deviceId: number;
}

/** A profile that had an account in this browser, and is empty now. */
export interface LostProfile {
  /** The browser, or whoever cleared its data, has deleted the profile's database. */
  readonly reason: "storage-wiped";
  /** Who it was; null if that is not known, since the profile had to be unlocked. */
  readonly username: string | null;
}

/** What this client knows of another person. */
export interface Contact {
  readonly userId: UserId;
  readonly username: string;
  /** The person compared the safety number. Reset when the account key changes. */
  readonly verified: boolean;
  /**
   * `"changed"`: the relay shows another account key than the pinned one. Nothing is sent to this person until
   * `contacts.acceptKeyChange` is called, and nothing from the new key is accepted.
   */
  readonly keyState: "pinned" | "changed";
  /** Number of devices on the newest signed device list. */
  readonly devices: number;
  /**
   * `"accepted"`: this user has written to them, or accepted what they began; only they hear what was delivered, read and is being written. `"blocked"`: what
   * they send is dropped.
   */
  readonly standing: "unknown" | "accepted" | "blocked";
}

/** Between two, or a group. */
export type ConversationKind = "direct" | "group";

/** A snapshot of a conversation; immutable, replaced on every change. */
export interface Conversation {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  /** Group name; empty for direct conversations and unnamed groups. */
  readonly name: string;
  /** Members by signed membership, this user included. */
  readonly members: readonly Member[];
  /** False after this user left or was removed: reading goes on, sending does not. */
  readonly active: boolean;
  readonly createdAt: number;
  /** Incoming messages after the last `markRead`. */
  readonly unread: number;
  /** Somebody whom this user has not accepted began it: a message request, until it is answered or `conversations.accept` is called. */
  readonly request: boolean;
  /** After how many seconds messages disappear; 0: never. */
  readonly timer: number;
  readonly lastMessage: Message | null;
}

/** Somebody in a conversation. `changed`: their account key is not the one that this profile pinned. */
export interface Member {
  readonly userId: UserId;
  readonly username: string;
  readonly keyState: "pinned" | "changed" | "self";
}

/** Outgoing: `sending` (kept in the outbox, also across reloads), `sent` (the relay has it on disk), `failed`. */
export type MessageState = "sending" | "sent" | "failed" | "received";

interface MessageBase {
  readonly id: MessageId;
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  readonly outgoing: boolean;
  readonly sentAt: number;
  /** Place in the conversation, the order in which this device learnt of it: 1, 2, 3, … */
  readonly order: number;
  readonly state: MessageState;
  /** Why it failed, when `state` is `"failed"`. */
  readonly error?: { readonly code: string; readonly message: string };
  /** When its author gave it the text that it has, by the author's clock. */
  readonly editedAt?: number;
  /** Each emoji once, the one that was put there first before the others. */
  readonly reactions: readonly MessageReaction[];
  /** Who is known to have it; of messages of this user alone, and of people who tell. */
  readonly receipts: readonly MessageReceipt[];
}

/** Somebody has a message. Times are by their clock, Unix milliseconds. */
export interface MessageReceipt {
  readonly userId: UserId;
  readonly deliveredAt: number;
  /** Null: not read, as far as they say. */
  readonly readAt: number | null;
}

/** Words, and perhaps the message that they answer. */
export interface TextMessage extends MessageBase {
  readonly type: "text";
  readonly text: string;
  readonly replyTo: MessageId | null;
}

/** Somebody changed who is in the conversation, or its name. */
export interface MembershipMessage extends MessageBase {
  readonly type: "membership";
  readonly revision: number;
  readonly added: readonly UserId[];
  readonly removed: readonly UserId[];
  readonly name: string;
}

/** Somebody set after how many seconds messages disappear; 0: never. */
export interface TimerMessage extends MessageBase {
  readonly type: "timer";
  readonly seconds: number;
}

/** A message that arrived and could not be opened. `reason` is an error code. */
export interface UndecryptableMessage extends MessageBase {
  readonly type: "undecryptable";
  readonly reason: string;
}

/** A text that its author took back. */
export interface DeletedMessage extends MessageBase {
  readonly type: "deleted";
  /** When this device heard of it, Unix milliseconds. */
  readonly deletedAt: number;
}

/** An emoji at a message. */
export interface MessageReaction {
  readonly emoji: string;
  /** Who put it there. */
  readonly userIds: readonly UserId[];
}

/** A file. {@link Messages.download} reads it. */
export interface FileMessage extends MessageBase {
  readonly type: "file";
  /** The file's name, without folders; the sender's word, as is what follows. */
  readonly name: string;
  /** e.g. `image/jpeg`. */
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** A small picture of a picture. */
  readonly preview: { readonly width: number; readonly height: number; readonly url: string } | null;
}

/** What a conversation consists of; match on `type`. */
export type Message = TextMessage | FileMessage | MembershipMessage | TimerMessage | DeletedMessage | UndecryptableMessage;

/** A part of a conversation's messages. */
export interface MessagePage {
  /** Oldest first. */
  readonly items: readonly Message[];
  /** Pass as `before` for the page of older messages; null at the beginning of the conversation. */
  readonly next: number | null;
}

/** `offline`: no connection, retrying by itself; `syncing`: connected, the mailbox is being drained. */
export type ConnectionState = "connecting" | "online" | "syncing" | "offline" | "closed";

/** What the client does about the relay; the newest is {@link Sealpost.connection}. */
export interface Connection {
  readonly state: ConnectionState;
  /** When the next try starts, if `offline`. */
  readonly retryAt: number | null;
  /** Messages and posts waiting for the relay. */
  readonly pending: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * One exchange with the relay, as it went over the network: everything that the relay gets to see of it, beside the address that it came from.
 * Bytes are base64url in calls over HTTP and `Uint8Array` over the hub. What proves the device to the relay (login proofs, tokens) is left out.
 */
export interface Exchange {
  /** Unix milliseconds, by this device's clock. */
  readonly at: number;
  /** `POST /api/messages`, or a method or push of the hub, such as `ReceiveEnvelope`. */
  readonly name: string;
  /** What this device sent; null if nothing. */
  readonly request: unknown;
  /** What the relay sent; null if nothing. */
  readonly answer: unknown;
  /** Of HTTP; null over the hub. */
  readonly status: number | null;
}

/** Every event and what its listeners get. */
export interface SealpostEvents {
  /** Registered, or the profile was found registered. */
  me: Me;
  connection: Connection;
  /** Unlock methods were changed, or the profile was locked or unlocked, in this tab or another. */
  vault: VaultState;
  /** The account's devices changed: linked, revoked, renamed, here or elsewhere. */
  devices: readonly Device[];
  /** Created or changed: members, name, unread, last message. */
  conversation: Conversation;
  /** A message is new in a conversation, incoming or outgoing. */
  message: Message;
  /** A message that was there changed, e.g. from `sending` to `sent`. */
  "message-updated": Message;
  /** A message is gone: its time was over, or it was the line of something unreadable that turned out to be none that shows. */
  "message-removed": { readonly conversationId: ConversationId; readonly id: MessageId; readonly order: number };
  /** Somebody began to write, or ceased to. */
  typing: { readonly conversationId: ConversationId; readonly userId: UserId; readonly started: boolean };
  /** Somebody's keys, devices or marks changed, or what this user has decided about them. */
  contact: Contact;
  /** A topic is new or changed: members, policy, title, unread, last post. */
  topic: Topic;
  /** This device is in a topic no longer: it left, or was removed. What was read stays. */
  "topic-removed": { readonly topicId: TopicId };
  /** A post is known that was not before: new, own, or fetched from the history. */
  post: Post;
  /** A post that was there changed: sent, edited, deleted, reacted to, pinned, answered. */
  "post-updated": Post;
  /** The line of a post that could not be opened goes: now that its key has come, it turns out to be none that shows, such as a reaction. */
  "post-removed": { readonly topicId: TopicId; readonly id: PostId };
  /** A new post of somebody else mentions this user. */
  mention: Post;
  /** The relay handed something over for a topic that is shown to nobody. */
  "topic-error": { readonly topicId: TopicId; readonly code: string; readonly message: string };
  /** Something went to the relay or came from it. Events of before there was a listener are not made up for; other tabs have their own. */
  exchange: Exchange;
  /** Something went wrong that no call was waiting for. */
  error: { readonly code: string; readonly message: string };
}

/** Ends a subscription; a second call does nothing. */
export type Unsubscribe = () => void;

/** People. */
export interface Contacts {
  /** Looks a person up at the relay by exact username. Null when there is nobody of that name. */
  find(username: string): Promise<Contact | null>;
  /** Everybody this profile knows. */
  list(): Promise<readonly Contact[]>;
  /** Somebody whom this profile knows; null if it knows nobody of that id. Does not ask the relay. */
  get(userId: UserId): Promise<Contact | null>;
  /** Sixty digits, the same on both sides; compare them over another channel. */
  safetyNumber(userId: UserId): Promise<string>;
  /** With `safetyNumber`, the digits that the person compared: refused with `key-changed` if they are others by now. */
  setVerified(userId: UserId, verified: boolean, safetyNumber?: string): Promise<Contact>;
  /**
   * Accepts the changed account key after the person was warned. Drops the verified mark and the old sessions. With `safetyNumber`, the
   * digits that the person was shown: refused with `key-changed` if the key has changed once more.
   */
  acceptKeyChange(userId: UserId, safetyNumber?: string): Promise<Contact>;
  /**
   * Blocks somebody, or takes that back. What they send is dropped, and they are not told; sending to them alone is refused with `blocked`. In groups they stay, and
   * get what is written there.
   */
  setBlocked(userId: UserId, blocked: boolean): Promise<Contact>;
}

/** Who is in a new conversation, and what it is called. */
export interface CreateConversationOptions {
  /** Everybody else; one person and no name makes a direct conversation. */
  members: readonly UserId[];
  /** A name makes it a group. */
  name?: string;
}

/** What is to change; what is left out stays. */
export interface UpdateConversationOptions {
  add?: readonly UserId[];
  remove?: readonly UserId[];
  name?: string;
}

/** Private and group conversations. */
export interface Conversations {
  /** Most recently active first. */
  list(): Promise<readonly Conversation[]>;
  /** A conversation of this profile; null if there is none of that id. */
  get(id: ConversationId): Promise<Conversation | null>;
  /** Creates a conversation; with one person and no name, an existing direct conversation with them is given back. */
  create(options: CreateConversationOptions): Promise<Conversation>;
  /** Signs the next membership and sends it to everybody concerned. Removing oneself is leaving. */
  update(id: ConversationId, options: UpdateConversationOptions): Promise<Conversation>;
  /** Everything until now counts as read, on all devices of the account. Its authors are told if this user has accepted them, unless {@link Conversations.setReadReceipts} says otherwise. */
  markRead(id: ConversationId): Promise<Conversation>;
  /** Accepts a message request, and with it the person who began the conversation. Writing in it does that, too. */
  accept(id: ConversationId): Promise<Conversation>;
  /**
   * Sets, for everybody in it, after how many seconds messages of a conversation disappear, 0 for never: those sent from now on, counted from when the relay has them, or
   * from when the reader has read them. Whoever wants to keep a message can.
   */
  setTimer(id: ConversationId, seconds: number): Promise<Conversation>;
  /**
   * Tells people in the conversation who were there within the last minute, and are accepted, that this user is writing (or no more): call it as often as keys are pressed. Nothing is
   * stored, and nothing is told when the message is sent or some seconds have passed; offline it does nothing.
   */
  typing(id: ConversationId, started?: boolean): Promise<void>;
  /** Whether others hear from this device what was read. `true` at first. */
  readReceipts(): Promise<boolean>;
  /** Sets that, in this profile. */
  setReadReceipts(sent: boolean): Promise<void>;
}

/** Which page. */
export interface ListMessagesOptions {
  /** Only messages with a smaller `order`. */
  before?: number;
  /** 1 … 200, default 50. */
  limit?: number;
}

/** Where to look, and how to end it. */
export interface SearchOptions {
  /** Only in this conversation. */
  conversationId?: ConversationId;
  /** Ends the search: it rejects with `aborted`. */
  signal?: AbortSignal;
}

/** A message that was looked for. */
export interface SearchResult {
  readonly message: TextMessage;
  /** Where in its text the words are: `[start, end)` in UTF-16 units, in order, without overlap. */
  readonly matches: readonly (readonly [number, number])[];
}

/** How far a file has come, in bytes. */
export interface FileProgress {
  readonly done: number;
  readonly total: number;
}

/** How a file is sent. */
export interface SendFileOptions {
  /** Ends the upload; what the relay has of it is dropped. */
  signal?: AbortSignal;
  /** Told of each piece that has gone over the network. */
  onProgress?: (progress: FileProgress) => void;
  /** The file's name, if it is a Blob without one, or to be called otherwise. */
  name?: string;
  /** Sends a picture as it is, with what the camera wrote into it: place, time, device. Default `false`. */
  original?: boolean;
}

/** How a file is read. */
export interface ReadFileOptions {
  signal?: AbortSignal;
  /** Told of each piece that has gone over the network. */
  onProgress?: (progress: FileProgress) => void;
}

/** A file that can be read, as often as wanted, as long as the relay has it. */
export interface FileDownload {
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /**
   * The file, decrypted chunk by chunk, as fast as it is read. It ends without an error only if it is whole and what was sent: what comes before an error
   * (`decrypt`, `not-found` when it has expired or was dropped, `network`, `aborted`) is to be thrown away.
   */
  stream(options?: ReadFileOptions): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** All of it. Its `type` is the file's media type only if that is one of pictures, audio, video or plain text: others would be run in the page's name where they are opened. */
  blob(options?: ReadFileOptions): Promise<Blob>;
}

/** Messages of conversations. */
export interface Messages {
  /**
   * Encrypts a file, uploads it, and then sends a message that names it, as {@link Messages.send} does. JPEG, PNG and WebP are drawn anew first, without
   * what a camera wrote into them. An upload that breaks goes on by itself for a while; one that was given up (`network`), or a page that is closed meanwhile, leaves
   * nothing behind. `too-large` if the relay takes no such files, or no more of this user's.
   */
  sendFile(conversationId: ConversationId, file: Blob, options?: SendFileOptions): Promise<FileMessage>;
  /** The file of a message. Nothing is fetched before it is read. */
  download(message: FileMessage): FileDownload;
  /**
   * Resolves when the message is in the outbox on this device's disk; it is then delivered even if the page is closed and opened
   * again. `message-updated` tells when the relay has it. At most 48 KiB of UTF-8.
   */
  send(conversationId: ConversationId, content: { text: string; replyTo?: MessageId }): Promise<TextMessage>;
  /** The newest page, or the one before `before`, from the local store. */
  list(conversationId: ConversationId, options?: ListMessagesOptions): Promise<MessagePage>;
  /** All of a conversation's messages, newest first. */
  history(conversationId: ConversationId): AsyncIterableIterator<Message>;
  /**
   * The texts on this device that contain every word of `query`, newest first; case, accents and word ends do not matter. Reads the history page by
   * page and keeps no index, so that nothing about texts lies on the disk but the sealed texts: take as many as are wanted, and end the loop.
   */
  search(query: string, options?: SearchOptions): AsyncIterableIterator<SearchResult>;
  /** Puts a failed message back into the outbox. */
  retry(conversationId: ConversationId, messageId: MessageId): Promise<Message>;
  /** Gives a text of this user's another text; the others see that it was edited. At most 48 KiB of UTF-8. */
  edit(conversationId: ConversationId, messageId: MessageId, content: { text: string }): Promise<Message>;
  /** Takes a text or file of this user's back. What others have read or kept meanwhile, nobody can take back. */
  delete(conversationId: ConversationId, messageId: MessageId): Promise<Message>;
  /** Puts an emoji (1 … 64 bytes of UTF-8) to a text or file of anybody in the conversation, or takes this user's own back. */
  react(conversationId: ConversationId, messageId: MessageId, emoji: string, on: boolean): Promise<Message>;
}
