import type { Post, PostId, Sealpost, TopicId } from "sealpost";
import { firstUnreadPost, mergePosts, roots } from "../lib/posts.ts";
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
  /** Null once the beginning of what this person may read is loaded. */
  readonly next: "older" | null;
  readonly status: "loading" | "loading-older" | "ready" | "failed";
  /** The first post that was unread when the topic was opened. */
  readonly unreadFrom: PostId | null;
}

const EMPTY: PostTimeline = { items: [], next: "older", status: "loading", unreadFrom: null };

/** Timelines of the topics opened so far. */
export class PostTimelines {
  readonly all = new Store<ReadonlyMap<TopicId, PostTimeline>>(new Map());
  readonly #client: Sealpost;
  /** Where reading back has come to, by topic. */
  readonly #older = new Map<TopicId, AsyncIterator<Post>>();

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
        return { items, next: "older", status: "ready", unreadFrom: firstUnreadPost(items, unread) };
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
      const { found, ended } = await this.#readBack(id);
      this.#change(id, (timeline) => ({
        ...timeline,
        items: mergePosts(found, timeline.items),
        next: ended ? null : "older",
        status: "ready",
      }));
    } catch (thrown) {
      this.#older.delete(id);
      this.#change(id, (timeline) => ({ ...timeline, status: "ready" }));
      showError(thrown);
    }
  }

  /** Reads what is older than anything loaded, until there is something to show for it. */
  async #readBack(id: TopicId): Promise<{ found: readonly Post[]; ended: boolean }> {
    const known = new Set(this.get(id).items.map((post) => post.id));
    const older = this.#older.get(id) ?? this.#client.posts.history(id);
    this.#older.set(id, older);
    const found: Post[] = [];
    while (found.length < PAGE || roots(found).length < ENOUGH_ROOTS) {
      const { value, done } = (await older.next()) as IteratorResult<Post, undefined>;
      if (done === true) return { found, ended: true };
      if (!known.has(value.id)) found.push(value);
    }
    return { found, ended: false };
  }

  /** A new or changed post. What the reader has not `seen` begins the unread part, if there is none yet. */
  keep(post: Post, { seen = true }: { seen?: boolean } = {}): void {
    if (!this.all.get().has(post.topicId)) return;
    this.#change(post.topicId, (timeline) => {
      const known = timeline.items.some((item) => item.id === post.id);
      const unreadFrom = post.outgoing ? null : (timeline.unreadFrom ?? (seen ? null : post.id));
      return {
        ...timeline,
        items: mergePosts(timeline.items, [post]),
        unreadFrom: known ? timeline.unreadFrom : unreadFrom,
      };
    });
  }

  /** Lets go of a topic that is gone. */
  forget(id: TopicId): void {
    this.#older.delete(id);
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
