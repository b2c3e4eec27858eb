import type { Environment } from "../environment.js";

/** Notices that nobody was there for some time. The clock is asked again when the timer rings: a device that slept has slept timers. */
export class Idle {
  readonly #environment: Environment;
  readonly #onIdle: () => void;
  #limit = 0;
  #last = 0;
  #cancel: (() => void) | null = null;

  constructor(environment: Environment, onIdle: () => void) {
    this.#environment = environment;
    this.#onIdle = onIdle;
  }

  /** Watches for this many milliseconds without anybody; 0 is not at all. */
  watch(limit: number): void {
    if (limit === this.#limit) return;
    if (this.#limit === 0) this.#last = this.#environment.now();
    this.#limit = limit;
    this.check();
  }

  /** Somebody is there. Whoever comes back too late does not keep it open. */
  touch(): void {
    if (this.check()) return;
    this.#last = this.#environment.now();
  }

  /** Whether it is too late, which is then acted on. */
  check(): boolean {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#limit === 0) return false;
    const gone = this.#environment.now() - this.#last;
    // A clock that was put back says nothing of how long it was.
    if (gone < 0) this.#last = this.#environment.now();
    if (gone >= this.#limit) {
      this.#limit = 0;
      this.#onIdle();
      return true;
    }
    this.#cancel = this.#environment.timer(() => void this.check(), Math.min(this.#limit, this.#limit - gone));
    return false;
  }
}
