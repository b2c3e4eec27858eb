import { globals } from "./globals.js";

/**
 * What the page remembers beside the database: that the profile had an account here. A browser that runs out of room deletes databases first, and a person who finds an empty
 * profile must not believe that it was always so.
 */
export class Mark {
  readonly #key: string;

  constructor(profile: string) {
    this.#key = `sealpost:${profile}`;
  }

  /** The account's name; empty for a profile that has to be unlocked, and null if there was none. */
  read(): string | null {
    return use((storage) => storage.getItem(this.#key)) ?? null;
  }

  write(name: string): void {
    use((storage) => storage.setItem(this.#key, name));
  }

  clear(): void {
    use((storage) => storage.removeItem(this.#key));
  }
}

/** Browsers may forbid it, or have no room; then there is no mark. */
function use<T>(task: (storage: Storage) => T): T | undefined {
  try {
    return globals.localStorage && task(globals.localStorage);
  } catch {
    return undefined;
  }
}

/** Asks the browser to keep what this origin stores. It may say no. */
export function askToPersist(): void {
  void globals.navigator?.storage?.persist?.().catch(() => {});
}
