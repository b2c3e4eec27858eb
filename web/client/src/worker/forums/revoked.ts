import { SealpostError } from "../../errors.js";
import { isTemporary } from "../http.js";
import { Mutex } from "../loop.js";
import type { Shared } from "./shared.js";

/** Everybody's devices are looked at when the relay is met, but not again within this time, in milliseconds. */
const LOOK_AGAIN_MS = 60 * 60_000;
/** No timer runs for longer than this, in milliseconds. */
const MAX_WAIT_MS = 60 * 60_000;

/** Has the engine look for leaves of revoked devices, and wakes the outbox when their removal is due. */
export class RevokedDevices {
  readonly #shared: Shared;
  readonly #mutex = new Mutex();
  #lookedAt = -Infinity;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  /** These users' device lists may be new. */
  look(userIds: readonly string[]): void {
    void this.#look(userIds);
  }

  /** Looks at everybody. `isEntering`: a topic has come, so that it does not matter when that was done last. */
  lookAtAll(isEntering = false): void {
    const now = this.#shared.environment.now();
    if (!isEntering && now - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = now;
    void this.#look(null);
  }

  async #look(userIds: readonly string[] | null): Promise<void> {
    const { engine, environment, publish, kick, report } = this.#shared;
    try {
      await this.#mutex.run(async () => {
        if (this.#stopped) return;
        const due = publish(await engine.revokedDevices(userIds, environment.now()));
        kick();
        this.#wait(due);
      });
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (!isTemporary(error) && !this.#stopped) report(error);
    }
  }

  #wait(due: number | null): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (due === null || this.#stopped) return;
    const { environment } = this.#shared;
    const ms = Math.min(Math.max(due - environment.now(), 0), MAX_WAIT_MS);
    // Nobody new to look at: the outbox sends what is due, and the engine tells what is due next.
    this.#cancelTimer = environment.timer(() => void this.#look([]), ms);
  }
}
