import type { EngineEvent } from "./engine.js";
import type { Environment, TabPort } from "./environment.js";
import type { ForumPublicEvent } from "./forums/part.js";

/** What one tab's engines committed. */
export type TabEvent = EngineEvent | ForumPublicEvent;

/** What tabs of one profile tell each other. */
type TabMessage = { readonly type: "events"; readonly events: readonly TabEvent[] } | { readonly type: "registered" } | { readonly type: "progress" };

export interface TabListener {
  onEvents(events: readonly TabEvent[]): void;
  onRegistered(): void;
  /** What waited to be sent there may wait no longer; not every entry has an event. */
  onProgress(): void;
}

/** Lets other tabs of the same profile show what this one committed. */
export class Tabs {
  readonly #port: TabPort | null;

  constructor(environment: Environment, profile: string, listener: TabListener) {
    this.#port = environment.openTabPort(`sealpost:${profile}`);
    if (this.#port === null) return;
    this.#port.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.type === "events") listener.onEvents(data.events);
      else if (data.type === "registered") listener.onRegistered();
      else listener.onProgress();
    };
  }

  events(events: readonly TabEvent[]): void {
    if (events.length > 0) this.#post({ type: "events", events });
  }

  registered(): void {
    this.#post({ type: "registered" });
  }

  progress(): void {
    this.#post({ type: "progress" });
  }

  close(): void {
    this.#port?.close();
  }

  #post(message: TabMessage): void {
    this.#port?.postMessage(message);
  }
}
