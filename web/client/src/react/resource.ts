import { SealpostError } from "../index.js";
import type { Unsubscribe } from "../types.js";

/** What a hook gives of something that is read from the client. */
export interface Snapshot<T> {
  /** `ready` from the first time that it was read; `failed` if it never was. */
  readonly status: "loading" | "ready" | "failed";
  readonly data: T;
  /** Why the last reading failed; null if it did not. */
  readonly error: SealpostError | null;
}

type Change<T> = (data: T) => T;

export interface Source<T> {
  /** What is shown until it is read. */
  readonly initial: T;
  load(): Promise<T>;
  /** Calls `change` with what an event does to the data, and `reload` when it is to be read anew. */
  listen(change: (change: Change<T>) => void, reload: () => void): readonly Unsubscribe[];
}

/** How long something is kept up to date that was read and is not shown yet, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Something that is read once and kept up to date by events, while a component shows it. In the shape that `useSyncExternalStore` wants. */
export class Resource<T> {
  readonly #source: Source<T>;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot<T>;
  #ends: readonly Unsubscribe[] | null = null;
  #loading: Promise<void> | null = null;
  /** What events did while it was being read, which it may not have in it. */
  #meanwhile: Change<T>[] = [];

  constructor(source: Source<T>) {
    this.#source = source;
    this.#snapshot = { status: "loading", data: source.initial, error: null };
  }

  readonly get = (): Snapshot<T> => this.#snapshot;

  readonly subscribe = (listener: () => void): Unsubscribe => {
    this.#listeners.add(listener);
    this.#begin();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  };

  /** Begins to read, for a component that waits before it subscribes. */
  readonly ready = (): Promise<void> => {
    if (this.#ends === null) {
      setTimeout(() => {
        if (this.#listeners.size === 0) this.#end();
      }, PATIENCE_MS);
    }
    this.#begin();
    return this.#loading ?? Promise.resolve();
  };

  change(change: Change<T>): void {
    if (this.#loading !== null) this.#meanwhile.push(change);
    const data = change(this.#snapshot.data);
    if (data !== this.#snapshot.data) this.#set({ ...this.#snapshot, data });
  }

  #begin(): void {
    if (this.#ends !== null) return;
    const reload = (): void => void this.#load();
    this.#ends = this.#source.listen((change) => this.change(change), reload);
    reload();
  }

  #end(): void {
    this.#ends?.forEach((end) => end());
    this.#ends = null;
  }

  #load(): Promise<void> {
    this.#meanwhile = [];
    const loading = this.#read().then((snapshot) => {
      // Another reading may have begun since.
      if (this.#loading !== loading) return;
      this.#loading = null;
      this.#set(snapshot);
    });
    this.#loading = loading;
    return loading;
  }

  async #read(): Promise<Snapshot<T>> {
    try {
      const data = await this.#source.load();
      return { status: "ready", data: this.#meanwhile.reduce<T>((known, change) => change(known), data), error: null };
    } catch (thrown) {
      const { data, status } = this.#snapshot;
      return { status: status === "ready" ? "ready" : "failed", data, error: SealpostError.from(thrown) };
    }
  }

  #set(snapshot: Snapshot<T>): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }
}
