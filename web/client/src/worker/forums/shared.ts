import type { ForumEngine, ForumOutcome } from "../forum-engine.js";
import type { ForumParts } from "./part.js";
import type { ForumRelay } from "./relay.js";

/** What the pieces of the forums' part share. */
export interface Shared extends Omit<ForumParts, "publish"> {
  readonly engine: ForumEngine;
  readonly relay: ForumRelay;
  /** Tells listeners, here and in other tabs, and hands on the value. `isNew`: its posts were just written. */
  readonly publish: <T>(outcome: ForumOutcome<T>, isNew?: boolean) => T;
  /** Something waits in the outbox. */
  readonly kick: () => void;
}
