import type { Post, PostId, PostPage, Sealpost, TopicId } from "sealpost";
import { firstUnreadPost, isFresh, mergePosts, roots } from "../lib/posts.ts";
import { Store } from "./store.ts";
import { showError } from "./toasts.ts";

const PAGE = 50;
const LARGEST_PAGE = 200;
/** So many posts outside of threads make loading older ones worth a wait. */
const ENOUGH_ROOTS = 25;

/** The loaded part of a topic's posts, threads included: the newest ones, without gaps. */
export interface PostTimeline {
  /** Oldest first. */
  readonly items: readonly Post[];
  /** Where older posts begin; null once the beginning of what this person may read is loaded. */
  readonly next: number | null;
  readonly status: "loading" | "loading-older" | "ready" | "failed";
  /** The first post that was unread when the topic was opened. */
  readonly unreadFrom: PostId | null;
}

const EMPTY: PostTimeline = { items: [], next: null, status: "loading", unreadFrom: null };

/** Timelines of the topics opened so far. */
export class PostTimelines {
  readonly all = new Store<ReadonlyMap<TopicId, PostTimeline>>(new Map());
  readonly #client: Sealpost;

  constructor(client: Sealpost) {
    this.#client = client;
  }

  get(id: TopicId): PostTimeline {
    return this.all.get().get(id) ?? EMPTY;
  }

  /** Called when the topic comes on screen with that many unread posts. */
  async open(id: TopicId, unread: number): Promise<void> {
    const known = this.all.get().get(id);
    if (known !== undefined && known.status !== "failed") {
      this.#change(id, (timeline) => ({ ...timeline, unreadFrom: firstUnreadPost(timeline.items, unread) }));
      return;
    }
    this.#change(id, (timeline) => ({ ...timeline, status: "loading" }));
    try {
      const page = await this.#client.posts.list(id, { limit: Math.min(LARGEST_PAGE, Math.max(PAGE, unread + 10)) });
      this.#change(id, (timeline) => {
        const items = mergePosts(page.items, timeline.items);
        return { items, next: page.next, status: "ready", unreadFrom: firstUnreadPost(items, unread) };
      });
    } catch (thrown) {
      this.#change(id, (timeline) => ({ ...timeline, status: "failed" }));
      showError(thrown);
    }
  }

  /** Reads on towards the beginning: from this device's disk, then from the relay. */
  async loadOlder(id: TopicId): Promise<void> {
    const { next, status } = this.get(id);
    if (next === null || status !== "ready") return;
    this.#change(id, (timeline) => ({ ...timeline, status: "loading-older" }));
    try {
      const page = await this.#readBack(id, next);
      this.#change(id, (timeline) => ({
        ...timeline,
        // What events have said meanwhile is newer.
        items: mergePosts(page.items, timeline.items),
        next: page.next,
        status: "ready",
      }));
    } catch (thrown) {
      this.#change(id, (timeline) => ({ ...timeline, status: "ready" }));
      showError(thrown);
    }
  }

  /** Reads back until there is something to show for it outside of threads. */
  async #readBack(id: TopicId, before: number): Promise<PostPage> {
    let page = await this.#client.posts.list(id, { before, limit: PAGE });
    while (page.next !== null && roots(page.items).length < ENOUGH_ROOTS) {
      const older = await this.#client.posts.list(id, { before: page.next, limit: LARGEST_PAGE });
      page = { items: [...older.items, ...page.items], next: older.next };
    }
    return page;
  }

  /**
   * Takes in a post that is new here or changed, and tells whether it was written after all that is loaded. One that the reader has not
   * `seen` then begins the unread part, if there is none yet.
   */
  keep(post: Post, { seen = true }: { seen?: boolean } = {}): boolean {
    const timeline = this.all.get().get(post.topicId);
    if (timeline === undefined || isBeyond(timeline, post)) return false;
    const fresh = isFresh(timeline.items, post);
    this.#change(post.topicId, (known) => ({
      ...known,
      items: mergePosts(known.items, [post]),
      unreadFrom: fresh ? unreadAfter(known.unreadFrom, post, seen) : known.unreadFrom,
    }));
    return fresh;
  }

  /** Takes a line out that turned out to be none. */
  drop(topicId: TopicId, id: PostId): void {
    if (!this.all.get().has(topicId)) return;
    this.#change(topicId, (known) => ({ ...known, items: known.items.filter((post) => post.id !== id) }));
  }

  /** Lets go of a topic that is gone. */
  forget(id: TopicId): void {
    this.all.update((all) => {
      const next = new Map(all);
      next.delete(id);
      return next;
    });
  }

  #change(id: TopicId, change: (timeline: PostTimeline) => PostTimeline): void {
    this.all.update((all) => new Map(all).set(id, change(all.get(id) ?? EMPTY)));
  }
}

/** Whether it is from before the loaded part: it comes with the page that it is on, or there would be a gap. */
function isBeyond({ items, next }: PostTimeline, post: Post): boolean {
  const first = items[0];
  return next !== null && first !== undefined && post.order < first.order;
}

function unreadAfter(unreadFrom: PostId | null, post: Post, seen: boolean): PostId | null {
  if (post.outgoing) return null;
  return unreadFrom ?? (seen ? null : post.id);
}
