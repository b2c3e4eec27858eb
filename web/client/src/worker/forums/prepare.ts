import type { Environment } from "../environment.js";

/** How long after the relay was met, in milliseconds, the forums' part is loaded: what conversations have to do comes first. */
const IDLE_MS = 3_000;
/** Times that it waits so long while something is still being sent. */
const MAX_WAITS = 20;

export interface PrepareOptions {
  readonly environment: Environment;
  /** Whether the relay is reached and nothing is being sent or received. */
  readonly isIdle: () => boolean;
  readonly isReached: () => boolean;
  /** Loads the forums' part, which gives the relay KeyPackages. */
  readonly load: () => Promise<unknown>;
}

/**
 * Others can add this device to topics when the relay has KeyPackages of it, which only the forums' part can make. A device of which the relay says that it
 * has none gets that part loaded once nothing else is to be done. What goes wrong is tried again when the relay is met next, and no business of conversations.
 */
export class ForumPreparation {
  readonly #options: PrepareOptions;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  constructor(options: PrepareOptions) {
    this.#options = options;
  }

  /** The relay has told how many KeyPackages it has. */
  counted(keyPackages: number | null): void {
    if (keyPackages !== 0 || this.#stopped || this.#cancelTimer !== null) return;
    this.#wait(MAX_WAITS);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  #wait(left: number): void {
    const { environment, isIdle, isReached, load } = this.#options;
    this.#cancelTimer = environment.timer(() => {
      this.#cancelTimer = null;
      if (!isReached()) return;
      if (left > 0 && !isIdle()) this.#wait(left - 1);
      else void load().catch(() => {});
    }, IDLE_MS);
  }
}
