import { SealpostError } from "../errors.js";
import { Backoff, RETRY_DELAYS } from "./backoff.js";
import type { Environment } from "./environment.js";
import { retryAfterOf } from "./http.js";

export interface LoopOptions {
  /** Told of every failure and of the time of the next try. */
  readonly onFailure?: (error: SealpostError, retryAt: number) => void;
  readonly delays?: readonly number[];
}

/** Runs one task at a time: when kicked, and again by itself, later and later, while it fails. */
export class Loop {
  readonly #environment: Environment;
  readonly #task: () => Promise<void>;
  readonly #onFailure: (error: SealpostError, retryAt: number) => void;
  readonly #backoff: Backoff;
  #running = false;
  #again = false;
  #stopped = false;
  #notBefore = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(environment: Environment, task: () => Promise<void>, options: LoopOptions = {}) {
    this.#environment = environment;
    this.#task = task;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#backoff = new Backoff(options.delays ?? RETRY_DELAYS, environment.random);
  }

  /** Runs now, or once more after the current run; cuts a wait short, unless the relay demanded that wait. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
    } else if (this.#environment.now() >= this.#notBefore) {
      void this.#run();
    }
  }

  /** The next failure is the first one again. */
  reset(): void {
    this.#backoff.reset();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  async #run(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#task();
        this.#backoff.reset();
      } while (this.#mayGoOn());
    } catch (error) {
      this.#wait(SealpostError.from(error));
    } finally {
      this.#running = false;
    }
  }

  #mayGoOn(): boolean {
    return this.#again && !this.#stopped;
  }

  #wait(failure: SealpostError): void {
    if (this.#stopped || failure.code === "closed") return;
    const demanded = retryAfterOf(failure);
    const delay = this.#backoff.next(demanded);
    const now = this.#environment.now();
    this.#notBefore = now + demanded;
    this.#cancelTimer = this.#environment.timer(() => void this.#run(), delay);
    this.#onFailure(failure, now + delay);
  }
}

/** Runs tasks one after another, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    return result;
  }
}
