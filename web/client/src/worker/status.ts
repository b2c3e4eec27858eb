import type { SealpostError } from "../errors.js";
import type { ConnectionPast } from "../diagnostic-types.js";
import type { Connection, ConnectionState } from "../types.js";
import type { Environment } from "./environment.js";

/** A short interruption of `online` is not shown. */
const GRACE_MS = 700;

const MAX_HISTORY = 50;

export type StatusChange = Omit<Connection, "pending">;

/** What the connection is doing, published when it changes. */
export class Status {
  readonly #environment: Environment;
  readonly #publish: (connection: Connection) => void;
  #shown: Connection = { state: "offline", retryAt: null, pending: 0 };
  #cancelGrace: (() => void) | null = null;
  /** For diagnostics: the newest changes, oldest first. */
  readonly history: ConnectionPast[] = [];

  constructor(environment: Environment, publish: (connection: Connection) => void) {
    this.#environment = environment;
    this.#publish = publish;
  }

  get connection(): Connection {
    return this.#shown;
  }

  set(state: ConnectionState, retryAt: number | null = null, error?: SealpostError): void {
    const change: StatusChange = { state, retryAt, ...(error ? { error: { code: error.code, message: error.message } } : {}) };
    this.#cancelGrace?.();
    this.#cancelGrace = null;
    if (this.#shown.state === "online" && (state === "connecting" || state === "syncing")) {
      this.#cancelGrace = this.#environment.timer(() => this.#show({ ...change, pending: this.#shown.pending }), GRACE_MS);
    } else {
      this.#show({ ...change, pending: this.#shown.pending });
    }
  }

  setPending(pending: number): void {
    this.#show({ ...this.#shown, pending });
  }

  #show(next: Connection): void {
    const shown = this.#shown;
    const isSame =
      shown.state === next.state &&
      shown.retryAt === next.retryAt &&
      shown.pending === next.pending &&
      shown.error?.code === next.error?.code &&
      shown.error?.message === next.error?.message;
    this.#shown = next;
    if (shown.state !== next.state) this.history.splice(0, this.history.push([this.#environment.now(), next.state, next.error?.code]) - MAX_HISTORY);
    if (!isSame) this.#publish(next);
  }
}
