import type { SealpostError } from "../../errors.js";
import type { Me } from "../../types.js";
import type { WorkerEvent } from "../api.js";
import type { UserDocument } from "../engine.js";
import type { Environment } from "../environment.js";
import type { ForumEvent } from "../forum-engine.js";
import type { HubLink } from "../hub.js";

/** What the forums' part needs of the worker, which it is loaded into. */
export interface ForumParts {
  readonly profile: string;
  readonly environment: Environment;
  readonly me: () => Me | null;
  /** An authorized call to the relay. */
  readonly request: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Fetches users' documents for the engine of conversations, which pins their keys. */
  readonly learn: (userIds: readonly string[]) => Promise<void>;
  readonly userById: (id: string) => Promise<UserDocument | null>;
  /** Whether anything is known of a user. */
  readonly isKnown: (userId: string) => Promise<boolean>;
  /** Tells this page and the other tabs. */
  readonly publish: (events: readonly ForumPublicEvent[]) => void;
  /** Tells this page alone. */
  readonly emit: (event: WorkerEvent) => void;
  readonly report: (error: SealpostError) => void;
  readonly hub: () => HubLink | null;
}

/** Events for tabs: those of the engine, and mentions. */
export type ForumPublicEvent = ForumEvent | Extract<WorkerEvent, { type: "mention" }>;

/** The forums' part. */
export interface ForumPart {
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The relay is reached, after it was not. */
  reached(): void;
  /** Something waits to be sent. */
  kick(): void;
  push(push: string, args: readonly unknown[]): void;
  /** The newest documents of these users were learnt, and with them their device lists. */
  learnt(userIds: readonly string[]): void;
  /** How many posts wait for the relay. */
  pending(): Promise<number>;
  /** What another tab committed. */
  heard(events: readonly { readonly type: string; readonly data: unknown }[]): void;
  stop(): void;
}

/** The vault key, wrapped for the engine of topics: what the database has may not open by itself. */
export type HandOver = () => Promise<unknown>;

export type LoadForums = (parts: ForumParts) => Promise<ForumPart>;

/** What the module of the forums' part exports. */
export interface ForumsModule {
  readonly start: (parts: ForumParts, wasmUrl: string, handOver: HandOver) => Promise<ForumPart>;
}
