import type { ConversationId, Message, MessageId, MessagePage, Sealpost } from "sealpost";
import { firstUnread, merge } from "../lib/messages.ts";
import { Store } from "./store.ts";
import { showError } from "./toasts.ts";

const PAGE = 50;
const LARGEST_PAGE = 200;
/** Opening a conversation loads its unread messages, so that reading begins at the first of them; up to so many. */
const MOST_UNREAD = 1_000;

/** The loaded part of a conversation's messages: the newest ones, without gaps. */
export interface Timeline {
  /** Oldest first. */
  readonly items: readonly Message[];
  /** Where older messages begin; null at the beginning of the conversation. */
  readonly next: number | null;
  readonly status: "loading" | "loading-older" | "ready" | "failed";
  /** The first message that was unread when the conversation was opened. */
  readonly unreadFrom: MessageId | null;
}

const EMPTY: Timeline = { items: [], next: null, status: "loading", unreadFrom: null };

/** Timelines of the conversations opened so far. */
export class Timelines {
  readonly all = new Store<ReadonlyMap<ConversationId, Timeline>>(new Map());
  readonly #client: Sealpost;

  constructor(client: Sealpost) {
    this.#client = client;
  }

  get(id: ConversationId): Timeline {
    return this.all.get().get(id) ?? EMPTY;
  }

  /** Called when the conversation comes on screen with that many unread messages. */
  async open(id: ConversationId, unread: number): Promise<void> {
    const known = this.all.get().get(id);
    if (known !== undefined && known.status !== "failed") {
      this.#change(id, (timeline) => ({ ...timeline, unreadFrom: firstUnread(timeline.items, unread) }));
      return;
    }
    this.#change(id, (timeline) => ({ ...timeline, status: "loading" }));
    try {
      const { items: read, next } = await this.#readNewest(id, Math.max(PAGE, Math.min(unread, MOST_UNREAD) + 10));
      this.#change(id, (timeline) => {
        const items = merge(read, timeline.items);
        return { items, next, status: "ready", unreadFrom: firstUnread(items, unread) };
      });
    } catch (thrown) {
      this.#change(id, (timeline) => ({ ...timeline, status: "failed" }));
      showError(thrown);
    }
  }

  async #readNewest(id: ConversationId, count: number): Promise<MessagePage> {
    let page = await this.#client.messages.list(id, { limit: Math.min(count, LARGEST_PAGE) });
    while (page.next !== null && page.items.length < count) {
      const older = await this.#client.messages.list(id, { before: page.next, limit: LARGEST_PAGE });
      page = { items: [...older.items, ...page.items], next: older.next };
    }
    return page;
  }

  async loadOlder(id: ConversationId): Promise<void> {
    const { next, status } = this.get(id);
    if (next === null || status !== "ready") return;
    this.#change(id, (timeline) => ({ ...timeline, status: "loading-older" }));
    try {
      const page = await this.#client.messages.list(id, { before: next, limit: PAGE });
      this.#change(id, (timeline) => ({
        ...timeline,
        items: merge(page.items, timeline.items),
        next: page.next,
        status: "ready",
      }));
    } catch (thrown) {
      this.#change(id, (timeline) => ({ ...timeline, status: "ready" }));
      showError(thrown);
    }
  }

  /** Loads what is missing down to the message of that order. */
  async loadDownTo(id: ConversationId, order: number): Promise<void> {
    const { next, status } = this.get(id);
    if (next === null || next <= order || status !== "ready") return;
    this.#change(id, (timeline) => ({ ...timeline, status: "loading-older" }));
    const read: Message[] = [];
    let before: number | null = next;
    try {
      while (before !== null && before > order) {
        const page: MessagePage = await this.#client.messages.list(id, { before, limit: LARGEST_PAGE });
        read.push(...page.items);
        before = page.next;
      }
    } catch (thrown) {
      showError(thrown);
    }
    this.#change(id, (timeline) => ({ ...timeline, items: merge(read, timeline.items), next: before, status: "ready" }));
  }

  /** A new or changed message. What the reader has not `seen` begins the unread part, if there is none yet. */
  keep(message: Message, { seen = true }: { seen?: boolean } = {}): void {
    if (!this.all.get().has(message.conversationId)) return;
    this.#change(message.conversationId, (timeline) => {
      const unreadFrom = message.outgoing ? null : (timeline.unreadFrom ?? (seen ? null : message.id));
      const known = timeline.items.some((item) => item.id === message.id);
      return {
        ...timeline,
        items: merge(timeline.items, [message]),
        unreadFrom: known ? timeline.unreadFrom : unreadFrom,
      };
    });
  }

  /** A message that is gone. */
  drop({ conversationId, id: gone }: { conversationId: ConversationId; id: MessageId }): void {
    if (!this.all.get().has(conversationId)) return;
    this.#change(conversationId, (timeline) => ({ ...timeline, items: timeline.items.filter(({ id }) => id !== gone) }));
  }

  #change(id: ConversationId, change: (timeline: Timeline) => Timeline): void {
    this.all.update((all) => new Map(all).set(id, change(all.get(id) ?? EMPTY)));
  }
}
