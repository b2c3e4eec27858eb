import { SealpostError } from "../../errors.js";
import type { Topic } from "../../forum-types.js";
import type { Shared } from "./shared.js";

/** After at most so long, in milliseconds, an owner's device founds the next group: not all of them at once. */
const DELAY_MS = 3_000;
/** Devices that are brought in by one commit. */
const HEIRS = 100;

/** Whether a topic waits for its next group, because nobody can apply the newest commit. */
export const isBroken = (topic: Topic | null): boolean => topic?.error?.code === "commit-broken";

/** Founds a topic's next group where that is an owner's to do, and brings in who was in the one before. */
export class Succession {
  readonly #id: string;
  readonly #shared: Shared;
  #cancel: (() => void) | null = null;

  constructor(id: string, shared: Shared) {
    this.#id = id;
    this.#shared = shared;
  }

  stop(): void {
    this.#cancel?.();
  }

  /** The commit cannot be applied. Whether this device is the one to do something, the engine knows. */
  begin(broken: Uint8Array): void {
    const { engine, environment, publish, kick, report } = this.#shared;
    this.#cancel ??= environment.timer(() => {
      this.#cancel = null;
      void (async () => {
        try {
          if (publish(await engine.succeedTopic(this.#id, broken, environment.now()))) kick();
        } catch (error) {
          report(SealpostError.from(error));
        }
      })();
    }, environment.random() * DELAY_MS);
  }

  /** Who was in the group before comes in, a commit at a time; begun again where a page was closed. */
  async bringIn(): Promise<void> {
    const { engine, relay, environment, publish, kick } = this.#shared;
    for (;;) {
      const asked = await engine.topicHeirs(this.#id, HEIRS);
      if (asked.length === 0) return;
      const keyPackages = await relay.keyPackages(asked);
      publish(await engine.readmit(this.#id, asked, keyPackages, environment.now()));
      kick();
    }
  }
}
