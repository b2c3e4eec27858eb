import { SealpostError } from "../errors.js";
import type { Address, Engine, OutboxRequest, OutboxStep, Refusal } from "./engine.js";
import type { Environment } from "./environment.js";
import { isTemporary, RelayError } from "./http.js";
import { Loop } from "./loop.js";
import type { Mailbox } from "./mailbox.js";
import type { Relay } from "./relay.js";
import type { Bundle } from "./shapes.js";
import type { Publish, Users } from "./users.js";

/** Preparations (users, bundles) that the engine may ask for between two requests. */
const MAX_PREPARATIONS = 20;

export interface OutboxOptions {
  engine: Engine;
  relay: Relay;
  users: Users;
  mailbox: Pick<Mailbox, "drain">;
  environment: Environment;
  /** Names the lock that keeps two tabs from doing the same work. */
  profile: string;
  publish: Publish;
  report: (error: SealpostError) => void;
  /** An entry is done. */
  onProgress: () => void;
  /** Nothing waits: this tab or another one has done it. */
  onIdle: () => void;
}

/** Does what the engine's outbox asks for, first in first out, until it is empty; begins again when kicked. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #loop: Loop;
  #preparations = 0;
  /** The entry that was refused last because of who takes part in its conversation. */
  #notParticipant: string | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#loop = new Loop(options.environment, () => this.#run(), {
      onFailure: (error) => {
        if (!isTemporary(error)) options.report(error);
      },
    });
  }

  kick(): void {
    this.#loop.kick();
  }

  stop(): void {
    this.#loop.stop();
  }

  async #run(): Promise<void> {
    const { environment, profile } = this.#options;
    this.#preparations = 0;
    await environment.exclusive(`sealpost-outbox:${profile}`, async () => {
      while (await this.#step());
    });
  }

  /** False when there is nothing left to do. */
  async #step(): Promise<boolean> {
    const { engine, environment, publish, users, onProgress, onIdle } = this.#options;
    const step: OutboxStep = publish(await engine.outboxStep(environment.now()));
    switch (step.type) {
      case "idle":
        onIdle();
        return false;
      case "users":
        this.#prepare();
        await users.resolve(step.userIds);
        return true;
      case "bundles":
        this.#prepare();
        await this.#fetchBundles(step.addresses);
        return true;
      case "request":
        await this.#execute(step.request);
        this.#preparations = 0;
        onProgress();
        return true;
    }
  }

  #prepare(): void {
    this.#preparations += 1;
    if (this.#preparations > MAX_PREPARATIONS) {
      throw new SealpostError("internal", "the outbox asks for the same things again and again");
    }
  }

  async #execute(request: OutboxRequest): Promise<void> {
    const { engine, environment, relay, publish } = this.#options;
    try {
      await relay.execute(request);
    } catch (error) {
      if (!(error instanceof RelayError) || error.problem === null || !error.isFinal) throw error;
      await this.#refused(request.entry, error.problem);
      return;
    }
    publish(await engine.outboxAccepted(request.entry, environment.now()));
  }

  /**
   * A recipient who takes part no more was removed by somebody, who says so in a message that waits in the mailbox or is about to be
   * stored there: it is fetched first, so that the engine knows whom to leave out, and waited for if it is not there yet.
   */
  async #refused(entry: string, problem: Refusal): Promise<void> {
    const { engine, mailbox, publish } = this.#options;
    const isAgain = this.#notParticipant === entry;
    this.#notParticipant = problem.code === "not-participant" ? entry : null;
    if (this.#notParticipant !== null) await mailbox.drain();
    publish(await engine.outboxRefused(entry, problem));
    if (isAgain && this.#notParticipant !== null) {
      throw new SealpostError("relay", "a recipient takes no part in the conversation", { retryable: true });
    }
  }

  /** The engine hears of every address it asked for, as a bundle or as missing. */
  async #fetchBundles(addresses: readonly Address[]): Promise<void> {
    const answer = await this.#options.relay.bundles(addresses);
    const bundles = addresses.flatMap((address) => answer.bundles.find((bundle) => isSame(bundle, address)) ?? []);
    const missing = addresses.filter((address) => !bundles.some((bundle) => isSame(bundle, address)));
    if (await this.#addBundles(bundles, missing)) return;
    // One of them is bad: the others must not suffer.
    for (const bundle of bundles) {
      if (!(await this.#addBundles([bundle], []))) {
        await this.#addBundles([], [{ userId: bundle.userId, deviceId: bundle.deviceId }]);
      }
    }
    if (missing.length > 0) await this.#addBundles([], missing);
  }

  /** False if the engine refuses what the relay gave. */
  async #addBundles(bundles: Bundle[], missing: Address[]): Promise<boolean> {
    const { engine, environment, publish, report } = this.#options;
    try {
      publish(await engine.addBundles(bundles, missing, environment.now()));
      return true;
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      if (bundles.length === 0 || error.code.startsWith("storage") || error.code === "internal" || error.code === "locked") throw error;
      if (bundles.length === 1) report(error);
      return false;
    }
  }
}

function isSame(a: Address, b: Address): boolean {
  return a.userId === b.userId && a.deviceId === b.deviceId;
}
