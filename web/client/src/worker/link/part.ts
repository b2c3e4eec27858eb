import type { Me } from "../../types.js";
import type { WorkerEvent } from "../api.js";
import type { EngineEvent } from "../engine.js";
import type { Environment } from "../environment.js";

/** What the part of the account's devices needs of the worker, which it is loaded into. */
export interface LinkParts {
  readonly profile: string;
  readonly environment: Environment;
  readonly me: () => Me | null;
  /** A call to the relay: logged in, or as nobody. */
  readonly request: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly anonymous: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Has the engine of conversations learn the newest own device list. */
  readonly learnOwn: () => Promise<void>;
  /** Takes in what waits at the relay. */
  readonly drain: () => Promise<void>;
  /** Tells this page and the other tabs; something may wait in the outbox. */
  readonly publish: (events: readonly EngineEvent[]) => void;
  /** The profile is a device of an account by now. */
  readonly adopted: (me: Me) => Promise<void>;
  /** Tells this page alone. */
  readonly emit: (event: WorkerEvent) => void;
}

/** The part of the account's devices. */
export interface LinkPart {
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  /** Takes in what other devices have told, tells what is to be told, and then listeners how the devices are. */
  settle(): Promise<void>;
  stop(): void;
}

export type LoadLink = (parts: LinkParts) => Promise<LinkPart>;

/** What the module of the part exports. */
export interface LinkModule {
  readonly start: (parts: LinkParts, wasmUrl: string, handOver: () => Promise<unknown>) => Promise<LinkPart>;
}
