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
export function isLocal(error: SealpostError): boolean {
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
  /** After documents of users were learnt. */
  onLearnt: (userIds: readonly string[]) => void;
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
   * refuses, or that is none, is reported, so that one user cannot hold up everybody. Throws if the relay cannot be asked.
   */
  async resolve(userIds: readonly string[]): Promise<void> {
    await this.#each(userIds, async (userId) => {
      const { engine, environment, publish } = this.#options;
      const user = await this.#tolerate(() => this.#options.relay.userById(userId));
      if (user === null) publish(await engine.userMissing(userId, environment.now()));
      else await this.#tolerate(() => this.learn(user));
    });
    this.#options.onLearnt(userIds);
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
    const changed = [...this.#changed];
    await this.#each(changed, async (userId) => {
      const user = await this.#tolerate(() => this.#options.relay.userById(userId));
      if (user !== null) await this.#tolerate(() => this.learn(user));
      this.#changed.delete(userId);
    });
    this.#options.onChanged();
    this.#options.onLearnt(changed);
  }

  /** Reports what is wrong with what the relay said, and gives null; other failures are thrown. */
  async #tolerate<T>(task: () => Promise<T>): Promise<T | null> {
    try {
      return await task();
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (isTemporary(error) || isLocal(error)) throw error;
      this.#options.report(error);
      return null;
    }
  }

  async #each(userIds: readonly string[], task: (userId: string) => Promise<void>): Promise<void> {
    const rest = [...userIds];
    const worker = async (): Promise<void> => {
      for (let userId = rest.shift(); userId !== undefined; userId = rest.shift()) await task(userId);
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL, rest.length) }, worker));
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
    }
  }
}
