import type { Me } from "../../types.js";
import type { WorkerEvent } from "../api.js";
import type { Engine, EngineEvent } from "../engine.js";
import type { Environment } from "../environment.js";
import type { Http } from "../http.js";
import type { Mailbox } from "../mailbox.js";
import type { ConnectionPast } from "../../diagnostic-types.js";

/** What the part of the account's devices needs of the worker, which it is loaded into. */
export interface LinkParts {
  readonly profile: string;
  readonly environment: Environment;
  readonly me: () => Me | null;
  /** An authorized call to the relay. */
  readonly request: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Fetches users' documents for the engine of conversations. */
  readonly learn: (userIds: readonly string[]) => Promise<void>;
  /** The engine of conversations, on the same database. */
  readonly engine: Pick<Engine, "status" | "conversations" | "messages" | "contacts">;
  /** What the connection has been, oldest first. */
  readonly history: () => readonly ConnectionPast[];
  /** For calls as nobody. */
  readonly http: Pick<Http, "request">;
  readonly mailbox: Pick<Mailbox, "drain">;
  /** Tells this page and the other tabs; something may wait in the outbox. */
  readonly publish: (events: readonly EngineEvent[]) => void;
  /** The profile is a device of an account by now. */
  readonly adopted: (me: Me) => void;
  /** Tells this page alone. */
  readonly emit: (event: WorkerEvent) => void;
}

/** The part of the account's devices. */
export interface LinkPart {
  /**
   * A call of the page; or `settle`: takes in what other devices have told, tells what is to be told, and then listeners how the devices are.
   */
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  stop(): void;
}

export type LoadLink = (parts: LinkParts) => Promise<LinkPart>;

/** What the module of the part exports. */
export interface LinkModule {
  readonly start: (parts: LinkParts, wasmUrl: string, handOver: () => Promise<unknown>) => Promise<LinkPart>;
}
