/** Delays between tries, in milliseconds: the last one repeats for ever. */
export const RECONNECT_DELAYS: readonly number[] = [0, 1_000, 2_000, 5_000, 10_000, 30_000];
export const RETRY_DELAYS: readonly number[] = RECONNECT_DELAYS.slice(1);

/** A ladder of delays with ±20 % jitter, so that clients do not return to a restarted relay all at once. */
export class Backoff {
  readonly #delays: readonly number[];
  readonly #random: () => number;
  #failures = 0;

  constructor(delays: readonly number[], random: () => number) {
    this.#delays = delays;
    this.#random = random;
  }

  /** Milliseconds to wait after one more failure, and at least `atLeast`. */
  next(atLeast = 0): number {
    const delay = this.#delays[Math.min(this.#failures, this.#delays.length - 1)] ?? 0;
    this.#failures += 1;
    return Math.max(Math.round(delay * (0.8 + 0.4 * this.#random())), atLeast);
  }

  reset(): void {
    this.#failures = 0;
  }
}
