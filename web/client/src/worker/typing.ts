import type { WorkerEvent } from "./api.js";
import { decodeBase64Url } from "./base64url.js";
import type { Engine, Outcome } from "./engine.js";
import type { Environment } from "./environment.js";
import type { HubLink } from "./hub.js";
import { readTyping } from "./shapes.js";
import type { TabEvent } from "./tabs.js";

/** A notice is not said again before that, in milliseconds. */
const AGAIN_MS = 5_000;
/** Somebody who says nothing more has ceased to write. */
const FADES_MS = 12_000;

export interface TypingOptions {
  engine: Engine;
  environment: Environment;
  /** The connection to the hub, while there is one. */
  hub: () => HubLink | null;
  publish: <T>(outcome: Outcome<T>) => T;
  emit: (event: WorkerEvent) => void;
}

/** Who is writing: told over the hub alone, and forgotten after some seconds. What fails is not worth a word: the next notice may come through. */
export class TypingNotices {
  readonly #options: TypingOptions;
  /** Conversations in which this user is writing, and when that was told. */
  readonly #told = new Map<string, number>();
  /** Others who are, and how to cancel the end of that. */
  readonly #writing = new Map<string, () => void>();

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  async tell(conversationId: string, started: boolean): Promise<void> {
    const { engine, environment, hub } = this.#options;
    const now = environment.now();
    const last = this.#told.get(conversationId);
    if (started ? last !== undefined && now - last < AGAIN_MS : last === undefined) return;
    if (started) this.#told.set(conversationId, now);
    else this.#told.delete(conversationId);
    const link = hub();
    if (link === null) return;
    const envelopes = await engine.typing(conversationId, started, now);
    if (envelopes.length === 0) return;
    const sealed = envelopes.map(({ userId, deviceId, content }) => ({ userId, deviceId, content: decodeBase64Url(content) }));
    await link.invoke("SendTyping", conversationId, sealed).catch(() => {});
  }

  /** What the relay handed on. */
  async hear(notice: unknown): Promise<void> {
    const { engine, environment, publish } = this.#options;
    try {
      const { conversationId, sender, content } = readTyping(notice);
      publish(await engine.receiveTyping(conversationId, sender, content, environment.now()));
    } catch {
      // A malformed notice, or a profile that was locked meanwhile.
    }
  }

  /** Sees every event before listeners do. Whoever sends what they wrote, or says nothing more for a while, is not writing. */
  follow(event: TabEvent): void {
    if (event.type === "message") {
      const { conversationId, senderId, outgoing } = event.data;
      if (outgoing) this.#told.delete(conversationId);
      else this.#fade(conversationId, senderId);
    } else if (event.type === "typing") {
      const { conversationId, userId, started } = event.data;
      this.#writing.get(conversationId + userId)?.();
      this.#writing.delete(conversationId + userId);
      if (!started) return;
      this.#writing.set(conversationId + userId, this.#options.environment.timer(() => this.#fade(conversationId, userId), FADES_MS));
    }
  }

  #fade(conversationId: string, userId: string): void {
    const cancel = this.#writing.get(conversationId + userId);
    if (cancel === undefined) return;
    cancel();
    this.#writing.delete(conversationId + userId);
    this.#options.emit({ type: "typing", data: { conversationId, userId, started: false } });
  }

  stop(): void {
    for (const cancel of this.#writing.values()) cancel();
  }
}
