import { SealpostError } from "../errors.js";
import type { Me } from "../types.js";
import type { Engine, Registration } from "./engine.js";
import type { Environment } from "./environment.js";
import { isTemporary } from "./http.js";
import { Loop, Mutex } from "./loop.js";
import type { Relay } from "./relay.js";

export interface RegistrarOptions {
  engine: Engine;
  relay: Relay;
  environment: Environment;
  onRegistered: (me: Me) => void;
  /** A pending registration could not be finished; `retryAt` is null when only another call can go on. */
  onFailure: (error: SealpostError, retryAt: number | null) => void;
}

/**
 * Registers the account. A registration whose outcome is unknown is repeated with the same bytes before anything else, for the
 * relay may have carried it out; only one that the relay refused may get another name.
 */
export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #mutex = new Mutex();
  readonly #repeat: Loop;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#repeat = new Loop(options.environment, () => this.#mutex.run(() => this.#finishPending()), {
      onFailure: (error, retryAt) => {
        const isOver = !isTemporary(error);
        if (isOver) this.#repeat.stop();
        options.onFailure(error, isOver ? null : retryAt);
      },
    });
  }

  /** Finishes a registration that an earlier run left pending, in the background. */
  resume(): void {
    this.#repeat.kick();
  }

  stop(): void {
    this.#repeat.stop();
  }

  register(username: string): Promise<Me> {
    return this.#mutex.run(() => this.#register(username));
  }

  async #register(username: string): Promise<Me> {
    const { engine, environment } = this.#options;
    const { me, registration } = await engine.status();
    if (me !== null) throw new SealpostError("already-registered");
    if (registration !== null && registration.username !== username) {
      const earlier = await this.#settle(registration);
      if (earlier !== null) throw new SealpostError("already-registered", `this profile is registered as ${earlier.username}`);
    }
    return this.#submit(await engine.beginRegistration(username, environment.now()));
  }

  async #finishPending(): Promise<void> {
    const { me, registration } = await this.#options.engine.status();
    if (me === null && registration !== null) await this.#submit(registration);
  }

  /** Null if the name was taken, so that nothing is registered. */
  async #settle(registration: Registration): Promise<Me | null> {
    try {
      return await this.#submit(registration);
    } catch (error) {
      if (error instanceof SealpostError && error.code === "username-taken") return null;
      throw error;
    }
  }

  async #submit(registration: Registration): Promise<Me> {
    const { engine, relay, onRegistered } = this.#options;
    await relay.register(registration);
    const me = await engine.registrationAccepted();
    onRegistered(me);
    return me;
  }
}
