import type { SealpostError } from "../../errors.js";
import type { ForumRequest } from "../forum-engine.js";
import { isTemporary } from "../http.js";
import { Loop } from "../loop.js";
import { isLocal } from "../users.js";
import { refusalOf } from "./relay.js";
import type { Shared } from "./shared.js";

export interface ForumOutboxListener {
  /** Brings a topic to the relay's epoch. */
  readonly catchUp: (topicId: string) => Promise<void>;
  /** Nothing is left that could be sent now. */
  readonly onIdle: () => Promise<void>;
  /** The relay cannot be asked now. */
  readonly onUnreachable: (error: SealpostError) => void;
}

/** Sends what the engine's forum outbox has, topic by topic in order, until nothing is left that could be sent now. */
export class ForumOutbox {
  readonly #shared: Shared;
  readonly #loop: Loop;
  readonly #catchUp: ForumOutboxListener["catchUp"];
  readonly #onIdle: ForumOutboxListener["onIdle"];

  constructor(shared: Shared, { catchUp, onIdle, onUnreachable }: ForumOutboxListener) {
    this.#shared = shared;
    this.#catchUp = catchUp;
    this.#onIdle = onIdle;
    this.#loop = new Loop(shared.environment, () => this.#run(), {
      onFailure: (error) => {
        if (!isTemporary(error)) shared.report(error);
        else if (!isLocal(error)) onUnreachable(error);
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
    const { engine, environment, profile, publish } = this.#shared;
    await environment.exclusive(`sealpost-forum-outbox:${profile}`, async () => {
      for (;;) {
        const step = publish(await engine.forumStep(environment.now()));
        if (step.type === "idle") return this.#onIdle();
        await this.#execute(step.request);
      }
    });
  }

  /** Whoever lost a race for an epoch catches up and tries again: the engine makes the same anew. */
  async #execute(request: ForumRequest): Promise<void> {
    const { engine, relay, environment, publish } = this.#shared;
    let answer: { seq?: number };
    try {
      answer = await relay.execute(request);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      publish(await engine.forumRefused(request.entry, refusal));
      if (refusal.code === "epoch-conflict" || refusal.code === "not-found") await this.#catchUp(request.topicId);
      return;
    }
    publish(await engine.forumAccepted(request.entry, answer, environment.now()));
    // Those who were in the group before are waiting.
    if (request.path.endsWith("/generations")) await this.#catchUp(request.topicId);
  }
}
