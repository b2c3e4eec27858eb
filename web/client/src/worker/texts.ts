import { SealpostError } from "../errors.js";
import type { TextMessage } from "../types.js";
import type { OutgoingText } from "./engine.js";

/** At most so many texts go into one commit, so that what is sent meanwhile waits no longer than that. */
const MAX_BATCH = 100;

interface Waiting {
  readonly text: OutgoingText;
  readonly resolve: (message: TextMessage) => void;
  readonly reject: (error: unknown) => void;
}

/** Stores texts in the order of the calls, one commit after another: what gathers while one is under way shares the next. */
export class Texts {
  /** All of them or none. */
  readonly #store: (texts: readonly OutgoingText[]) => Promise<readonly TextMessage[]>;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(store: (texts: readonly OutgoingText[]) => Promise<readonly TextMessage[]>) {
    this.#store = store;
  }

  /** Resolves when the text is on disk. */
  send(text: OutgoingText): Promise<TextMessage> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MAX_BATCH));
    this.#isRunning = false;
  }

  /** One that is refused must not stop the others, so each is tried by itself then; where the disk failed, all have failed. */
  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const messages = await this.#store(batch.map(({ text }) => text));
      for (const [place, { resolve }] of batch.entries()) resolve(messages[place] as TextMessage);
    } catch (error) {
      if (batch.length > 1 && !SealpostError.from(error).code.startsWith("storage")) {
        for (const one of batch) await this.#commit([one]);
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}
