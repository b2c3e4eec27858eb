import { SealpostError } from "../../errors.js";
import { isTemporary } from "../http.js";
import type { Shared } from "./shared.js";

/** When keys that nobody had shared are asked for again, in milliseconds; the last holds from then on. */
const DELAYS_MS = [2_000, 10_000, 60_000, 600_000] as const;

export interface KeysReader {
  /** Does something while nothing else is done to the topic. */
  readonly alone: (task: () => Promise<void>) => Promise<void>;
  /** Reads a page of older posts; false if that led nowhere. */
  readonly older: () => Promise<boolean>;
}

/** Posts of one topic that wait for their epoch's key: members who have it share it when they come by. */
export class MissingKeys {
  readonly #id: string;
  readonly #shared: Shared;
  readonly #reader: KeysReader;
  #tries = 0;
  #cancel: (() => void) | null = null;

  constructor(id: string, shared: Shared, reader: KeysReader) {
    this.#id = id;
    this.#shared = shared;
    this.#reader = reader;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Asks for the keys if any are wanted, reads what they open, and looks after the rest later. Called while alone with the topic. */
  async seek(): Promise<void> {
    const { engine, relay, publish } = this.#shared;
    const wanted = await engine.topicKeysWanted(this.#id);
    if (wanted === null) {
      this.#tries = 0;
      return;
    }
    const { oldest } = await engine.topicCursor(this.#id);
    let opens = false;
    for await (const links of relay.links(this.#id, wanted.from, wanted.to)) {
      if (publish(await engine.topicLinks(this.#id, links))) opens = true;
    }
    // Reading back has begun again above what might open now.
    while (opens && (await engine.topicCursor(this.#id)).oldest > oldest && (await this.#reader.older()));
    await this.lookLater();
  }

  /** Asks again in a while, as long as something is wanted. */
  async lookLater(): Promise<void> {
    const { engine, environment, report } = this.#shared;
    if ((await engine.topicKeysWanted(this.#id)) === null) {
      this.#tries = 0;
      return;
    }
    if (this.#cancel !== null) return;
    const delay = DELAYS_MS[Math.min(this.#tries, DELAYS_MS.length - 1)] ?? 0;
    this.#tries += 1;
    this.#cancel = environment.timer(() => {
      this.#cancel = null;
      this.#reader.alone(() => this.seek()).catch((thrown: unknown) => {
        const error = SealpostError.from(thrown);
        // While the relay is away the next contact asks.
        if (!isTemporary(error)) report(error);
      });
    }, delay);
  }
}
