import type { SealpostEvents, Unsubscribe } from "./types.js";

type Listener<K extends keyof SealpostEvents> = (data: SealpostEvents[K]) => void;

/** Listeners by event. One that throws does not keep the others from hearing; its error is reported as uncaught. */
export class Emitter {
  readonly #listeners = new Map<keyof SealpostEvents, Set<Listener<keyof SealpostEvents>>>();

  on<K extends keyof SealpostEvents>(event: K, listener: Listener<K>): Unsubscribe {
    // A subscription of its own, so that the same function may be added twice and removed once.
    const subscription = ((data) => listener(data as SealpostEvents[K])) as Listener<keyof SealpostEvents>;
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(subscription));
    return () => {
      listeners.delete(subscription);
    };
  }

  emit<K extends keyof SealpostEvents>(event: K, data: SealpostEvents[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(data);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Whether anybody listens. */
  has(event: keyof SealpostEvents): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  clear(): void {
    this.#listeners.clear();
  }
}
