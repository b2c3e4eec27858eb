import { SealpostError } from "../errors.js";
import type { Contact } from "../types.js";
import type { Engine, Outcome, UserDocument } from "./engine.js";
import type { Environment } from "./environment.js";
import { isTemporary } from "./http.js";
import { Loop } from "./loop.js";
import type { Relay } from "./relay.js";
import { readUuid } from "./shapes.js";

/** Publishes an outcome's events and hands on its value. */
export type Publish = <T>(outcome: Outcome<T>) => T;

/** At most so many users wait to be fetched again; a relay that announces more has no reason to. */
const MAX_CHANGED = 1_000;
const PARALLEL = 4;

/** This device failed, not what the relay said. */
function isLocal(error: SealpostError): boolean {
  return error.code.startsWith("storage") || error.code === "locked" || error.code === "internal";
}

export interface UsersOptions {
  engine: Engine;
  relay: Relay;
  environment: Environment;
  publish: Publish;
  report: (error: SealpostError) => void;
  /** After users announced as changed were learnt. */
  onChanged: () => void;
}

/** Fetches user documents and gives them to the engine. */
export class Users {
  readonly #options: UsersOptions;
  readonly #changed = new Set<string>();
  readonly #refresh: Loop;

  constructor(options: UsersOptions) {
    this.#options = options;
    this.#refresh = new Loop(options.environment, () => this.#refreshChanged());
  }

  stop(): void {
    this.#refresh.stop();
  }

  async learn(user: UserDocument): Promise<Contact> {
    const { engine, environment, publish } = this.#options;
    return publish(await engine.learnUser(user, environment.now()));
  }

  /**
   * Learns the newest documents of users that the engine asked for. Afterwards it has heard of each of them: a document that it
   * refuses is reported and counts as none, so that one user cannot hold up everybody. Throws if the relay cannot be asked.
   */
  async resolve(userIds: readonly string[]): Promise<void> {
    await this.#each(userIds, async (userId) => {
      const { engine, publish } = this.#options;
      if (!(await this.#fetch(userId))) publish(await engine.userMissing(userId));
    });
  }

  /** The relay says that a user's devices changed. */
  changed(userId: unknown): void {
    try {
      if (this.#changed.size < MAX_CHANGED) this.#changed.add(readUuid(userId, "user id"));
      this.#refresh.kick();
    } catch (error) {
      this.#options.report(SealpostError.from(error));
    }
  }

  async #refreshChanged(): Promise<void> {
    await this.#each([...this.#changed], async (userId) => {
      await this.#fetch(userId);
      this.#changed.delete(userId);
    });
    this.#options.onChanged();
  }

  /** False if the relay knows no such user or its document was refused. */
  async #fetch(userId: string): Promise<boolean> {
    const { relay, report } = this.#options;
    try {
      const user = await relay.userById(userId);
      if (user !== null) await this.learn(user);
      return user !== null;
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (isTemporary(error) || isLocal(error)) throw error;
      report(error);
      return false;
    }
  }

  async #each(userIds: readonly string[], task: (userId: string) => Promise<void>): Promise<void> {
    const rest = [...new Set(userIds)];
    const worker = async (): Promise<void> => {
      for (let userId = rest.shift(); userId !== undefined; userId = rest.shift()) await task(userId);
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, rest.length) }, worker));
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
    }
  }
}
