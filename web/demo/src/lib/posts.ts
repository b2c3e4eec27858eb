import type { Post, PostId } from "sealpost";

/** By id, the later list wins; in the order of the topic. */
export function mergePosts(earlier: readonly Post[], later: readonly Post[]): readonly Post[] {
  const byId = new Map([...earlier, ...later].map((post) => [post.id, post]));
  return [...byId.values()].sort((a, b) => a.order - b.order);
}

/** The post where the last `unread` incoming ones begin. */
export function firstUnreadPost(items: readonly Post[], unread: number): PostId | null {
  if (unread <= 0) return null;
  const incoming = items.filter((post) => !post.outgoing);
  return incoming.at(-unread)?.id ?? incoming[0]?.id ?? null;
}

/** What is said in the topic itself, and not in a thread. */
export function roots(items: readonly Post[]): readonly Post[] {
  return items.filter((post) => post.parentId === null);
}

/** The answers to a post. */
export function repliesTo(items: readonly Post[], postId: PostId): readonly Post[] {
  return items.filter((post) => post.parentId === postId);
}

/** The first of `shown` that is not older than `unreadFrom`, which itself need not be among them. */
export function unreadAmong(shown: readonly Post[], items: readonly Post[], unreadFrom: PostId | null): PostId | null {
  const order = items.find((post) => post.id === unreadFrom)?.order;
  if (order === undefined) return null;
  return shown.find((post) => post.order >= order)?.id ?? null;
}

/** Whether a post is new and later than all that the relay has placed; what is being sent is above them all. */
export function isFresh(items: readonly Post[], post: Post): boolean {
  if (items.some((item) => item.id === post.id)) return false;
  const newest = items.findLast(({ state }) => state === "received" || state === "sent");
  return !post.beforeJoin && (newest === undefined || post.order > newest.order);
}
