import { SealpostError } from "./errors.js";

/** How long the application may take to give a token, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** What can stand in an `Authorization` header, in the relay's length. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

/** What the application gives a client so that it can ask for tokens. */
export type HostToken = () => string | Promise<string>;

/** The application's token, or null if it gave none, or nothing that could be one. */
export async function askHost(hostToken: HostToken): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, null);
  });
  try {
    const token: unknown = await Promise.race([hostToken(), timeout]);
    return typeof token === "string" && TOKEN.test(token) ? token : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

interface Pending {
  readonly resolve: (token: string) => void;
  readonly reject: (error: SealpostError) => void;
}

/** The worker's side: asks the page each time, and keeps no token. */
export class HostTokens {
  readonly #ask: (id: number) => void;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  /** `ask` has the page give a token under this id, sooner or later. */
  constructor(ask: (id: number) => void) {
    this.#ask = ask;
  }

  /** A token; rejects with `host-token`. */
  token(): Promise<string> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#ask(id);
    });
  }

  /** What the page says under that id. */
  answer(id: number, token: string | null): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (token === null) pending?.reject(new SealpostError("host-token", "the application gave no token"));
    else pending?.resolve(token);
  }
}
