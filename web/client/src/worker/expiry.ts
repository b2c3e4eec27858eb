import type { SealpostError } from "../errors.js";
import type { Engine, Outcome } from "./engine.js";
import type { Environment } from "./environment.js";
import { Loop } from "./loop.js";

/** A timer that is set for longer than this may overflow, and a clock be put forward meanwhile. In milliseconds. */
const LONGEST_MS = 3_600_000;

export interface ExpiryOptions {
  engine: Engine;
  environment: Environment;
  publish: <T>(outcome: Outcome<T>) => T;
  report: (error: SealpostError) => void;
}

/** Deletes messages when their time is over. Every tab does: what another one has deleted is not there any more. */
export class Expiry {
  readonly #options: ExpiryOptions;
  readonly #loop: Loop;
  #at = Infinity;
  #cancel: (() => void) | null = null;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#loop = new Loop(options.environment, () => this.#run(), { onFailure: options.report });
  }

  /** Deletes what is due, and waits for the rest. */
  kick(): void {
    this.#loop.kick();
  }

  /** The time of a message is over then, Unix milliseconds. */
  due(at: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    this.#cancel?.();
    const { environment } = this.#options;
    const left = Math.max(0, at - environment.now());
    this.#cancel = environment.timer(() => this.kick(), Math.min(left, LONGEST_MS));
  }

  stop(): void {
    this.#loop.stop();
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    const { engine, environment, publish } = this.#options;
    this.#at = Infinity;
    const next = publish(await engine.expire(environment.now()));
    if (next !== null) this.due(next);
  }
}
