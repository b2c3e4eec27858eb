import type { Post } from "../../forum-types.js";
import type { ForumEngine } from "../forum-engine.js";

const NEWEST = 200;

/**
 * Own posts that this tab has shown as being sent. Whoever sends them may be another tab, which ends after it has stored that they are
 * sent and before it has told anybody.
 */
export class Unsettled {
  readonly #posts = new Map<string, string>();

  heard(events: readonly { readonly type: string; readonly data: unknown }[]): void {
    for (const { type, data } of events) {
      if (type !== "post" && type !== "post-updated") continue;
      const { id, topicId, state } = data as Post;
      if (state === "sending") this.#posts.set(id, topicId);
      else this.#posts.delete(id);
    }
  }

  /** What is stored of those that are being sent no longer, when nothing waits that this tab could send. */
  async settled(engine: ForumEngine): Promise<Post[]> {
    const settled: Post[] = [];
    for (const topicId of new Set(this.#posts.values())) {
      const { items } = await engine.posts(topicId, {}, NEWEST);
      settled.push(...items.filter(({ id, state }) => this.#posts.has(id) && state !== "sending"));
    }
    return settled;
  }
}
