import type { Post, PostId, UserId } from "sealpost";
import { dayOf } from "./time.ts";

/** A line or a block of lines in a topic or a thread. */
export type PostEntry =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "unread"; readonly key: string }
  /** Where this person joined: what stands above was written before. */
  | { readonly kind: "joined"; readonly key: string }
  | { readonly kind: "run"; readonly key: string; readonly authorId: UserId; readonly posts: readonly Post[] };

/** Posts of one author stay together if no more than this lies between two of them. */
const RUN_GAP = 5 * 60_000;

/** Groups posts by day and by author. A day is headed once: late arrivals with an earlier date stay where they arrived. */
export function postEntries(items: readonly Post[], unreadFrom: PostId | null): readonly PostEntry[] {
  const entries: PostEntry[] = [];
  let day = Number.NEGATIVE_INFINITY;
  let run: Post[] = [];
  let before = false;
  for (const post of items) {
    let broken = false;
    if (before && !post.beforeJoin) {
      entries.push({ kind: "joined", key: "joined" });
      broken = true;
    }
    before = post.beforeJoin;
    if (dayOf(post.sentAt) > day) {
      day = dayOf(post.sentAt);
      entries.push({ kind: "day", key: `day-${String(day)}`, at: day });
      broken = true;
    }
    if (post.id === unreadFrom) {
      entries.push({ kind: "unread", key: "unread" });
      broken = true;
    }
    if (!broken && continues(run, post)) {
      run.push(post);
    } else {
      run = [post];
      entries.push({ kind: "run", key: post.id, authorId: post.authorId, posts: run });
    }
  }
  // Nothing was written since: the mark ends the list.
  if (before) entries.push({ kind: "joined", key: "joined" });
  return entries;
}

function continues(run: readonly Post[], post: Post): boolean {
  const last = run.at(-1);
  return last?.authorId === post.authorId && Math.abs(post.sentAt - last.sentAt) <= RUN_GAP;
}
