import type { LinkStep, ShortString } from "../device-types.js";
import type { JoinStep } from "../forum-types.js";
import type { Connection, Contact, Conversation, FileMessage, Me, Message, MessagePage, SealpostEvents, TextMessage } from "../types.js";
import type { FileCall } from "./files/part.js";
import type { VaultSnapshot } from "./vault/vault-engine.js";

export interface WorkerOptions {
  readonly relay: string;
  readonly profile: string;
  readonly wasmUrl?: string;
  readonly forumsUrl?: string;
  readonly forumsWasmUrl?: string;
  readonly prepareForums?: boolean;
  /** Whether the page answers `host-token`. */
  readonly hasHostToken?: boolean;
  readonly filesUrl?: string;
  readonly vaultUrl?: string;
  readonly vaultWasmUrl?: string;
  readonly linkUrl?: string;
  readonly linkWasmUrl?: string;
}

export interface Opened {
  readonly me: Me | null;
  readonly connection: Connection;
  readonly vault: VaultSnapshot;
}

/** What the page may call in the worker, once {@link WorkerApi.open} resolved. */
export interface WorkerApi {
  readonly open: (options: WorkerOptions) => Promise<Opened>;
  readonly register: (username: string) => Promise<Me>;
  /** Answers the event `host-token` of this id; null if the application gave no token. */
  readonly hostToken: (id: number, token: string | null) => Promise<void>;

  readonly findContact: (username: string) => Promise<Contact | null>;
  readonly contacts: () => Promise<Contact[]>;
  readonly contact: (userId: string) => Promise<Contact | null>;
  readonly safetyNumber: (userId: string) => Promise<string>;
  readonly setVerified: (userId: string, verified: boolean, safetyNumber?: string) => Promise<Contact>;
  readonly acceptKeyChange: (userId: string, safetyNumber?: string) => Promise<Contact>;
  readonly setBlocked: (userId: string, blocked: boolean) => Promise<Contact>;

  readonly conversations: () => Promise<Conversation[]>;
  readonly conversation: (id: string) => Promise<Conversation | null>;
  readonly createConversation: (members: string[], name: string) => Promise<Conversation>;
  readonly updateConversation: (id: string, add: string[], remove: string[], name: string | undefined) => Promise<Conversation>;
  readonly markRead: (id: string) => Promise<Conversation>;
  readonly acceptConversation: (id: string) => Promise<Conversation>;
  readonly setTimer: (id: string, seconds: number) => Promise<Conversation>;
  readonly readReceipts: () => Promise<boolean>;
  readonly setReadReceipts: (sent: boolean) => Promise<void>;
  readonly typing: (id: string, started: boolean) => Promise<void>;

  readonly sendText: (conversationId: string, text: string, replyTo: string | undefined) => Promise<TextMessage>;
  readonly messages: (conversationId: string, before: number | undefined, limit: number) => Promise<MessagePage>;
  readonly retryMessage: (conversationId: string, messageId: string) => Promise<Message>;
  readonly editMessage: (conversationId: string, messageId: string, text: string) => Promise<Message>;
  readonly deleteMessage: (conversationId: string, messageId: string) => Promise<Message>;
  readonly reactToMessage: (conversationId: string, messageId: string, emoji: string, removed: boolean) => Promise<Message>;

  /** A call of `ForumApi`, whose code is loaded with the first one. */
  readonly forums: (method: string, args: readonly unknown[]) => Promise<unknown>;

  /** A call of `link/runtime.ts`, whose code is loaded with the first one. */
  readonly devices: (method: string, args: readonly unknown[]) => Promise<unknown>;
  /** Sends or reads a file, whose code is loaded with the first one; what happens meanwhile goes by the port. */
  readonly files: (call: FileCall, port: MessagePort) => Promise<FileMessage | null>;

  /** A call of the vault (see `vault/keeper.ts`), answered with its state after that. */
  readonly vault: (method: string, args: readonly unknown[]) => Promise<VaultSnapshot>;

  /** Whether to tell of exchanges with the relay. */
  readonly watch: (on: boolean) => Promise<void>;

  /** The network may be back, or somebody looks at the page again: try now what waits. */
  readonly wake: () => Promise<void>;
  /** The network seems to be gone: find out now, rather than when the hub has been silent for long. */
  readonly doubt: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** One event from the worker, for the listeners on the page. */
export type WorkerEvent =
  | { [K in Exclude<keyof SealpostEvents, "vault">]: { readonly type: K; readonly data: SealpostEvents[K] } }[Exclude<keyof SealpostEvents, "vault">]
  /** The vault with what the page asks passkeys by, which listeners do not get. */
  | { readonly type: "vault"; readonly data: VaultSnapshot }
  /** Asks for the application's token, and no listener. */
  | { readonly type: "host-token"; readonly data: { readonly id: number } }
  /** For the encounter of two devices of this id, and no listener. */
  | { readonly type: "link-step"; readonly data: { readonly id: number; readonly step: LinkStep | (ShortString & { readonly type: "compare" }) } }
  /** For the call of `join` that gave this name, and no listener. */
  | { readonly type: "join-progress"; readonly data: { readonly name: string; readonly step: JoinStep } };
