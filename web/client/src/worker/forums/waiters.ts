import { SealpostError, type SealpostErrorCode } from "../../errors.js";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: SealpostError) => void;
}

/** Who waits for entries of the outbox. An end that comes before anybody asks is remembered for a while. */
export class Waiters {
  readonly #waiting = new Map<string, Waiter>();
  readonly #ended = new Map<string, SealpostError | null>();

  /** Resolves when the relay has the entry, rejects with why it was given up. */
  async wait(entry: string): Promise<void> {
    const ended = this.#ended.get(entry);
    if (ended === null) return;
    if (ended !== undefined) throw ended;
    await new Promise<void>((resolve, reject) => this.#waiting.set(entry, { resolve, reject }));
  }

  settle(entry: string, error: { code: string; message: string } | null): void {
    const failure = error === null ? null : new SealpostError(error.code as SealpostErrorCode, error.message);
    const waiter = this.#waiting.get(entry);
    this.#waiting.delete(entry);
    this.#ended.set(entry, failure);
    for (const old of this.#ended.keys()) {
      if (this.#ended.size <= 100) break;
      this.#ended.delete(old);
    }
    if (failure === null) waiter?.resolve();
    else waiter?.reject(failure);
  }

  /** Nothing will come any more. */
  fail(error: SealpostError): void {
    for (const waiter of this.#waiting.values()) waiter.reject(error);
    this.#waiting.clear();
  }
}
