import type { Forum, OpenTopic, Post, Topic } from "sealpost";
import { oneLine } from "./text.ts";

/** A category with what is in it for this person. */
export interface Category {
  readonly forum: Forum;
  readonly topics: readonly Topic[];
  /** What could be joined. */
  readonly open: readonly OpenTopic[];
}

/** For topics whose category the relay does not list, or not yet. */
const UNLISTED = "Topics";

/** Categories in the relay's order, topics by name; what one has joined is not offered again. */
export function categories(
  forums: readonly Forum[],
  topics: ReadonlyMap<string, Topic>,
  open: ReadonlyMap<string, readonly OpenTopic[]>,
): readonly Category[] {
  const listed = forums.map((forum) => ({
    forum,
    topics: [...topics.values()].filter((topic) => topic.forumId === forum.id).sort(byTitle),
    open: (open.get(forum.id) ?? []).filter((topic) => offered(topic, topics)).sort(byOpenTitle),
  }));
  const lost = [...topics.values()].filter((topic) => !forums.some(({ id }) => id === topic.forumId)).sort(byTitle);
  if (lost.length === 0) return listed;
  return [...listed, { forum: { id: "", name: UNLISTED, createdAt: 0 }, topics: lost, open: [] }];
}

function offered(topic: OpenTopic, joined: ReadonlyMap<string, Topic>): boolean {
  const known = joined.get(topic.id);
  return topic.visibility === "open" && (known === undefined || known.state === "left" || known.state === "removed" || known.state === "failed");
}

function byTitle(a: Topic, b: Topic): number {
  return topicTitle(a).localeCompare(topicTitle(b));
}

function byOpenTitle(a: OpenTopic, b: OpenTopic): number {
  return openTitle(a).localeCompare(openTitle(b));
}

/** The name to show; it is unknown until the first member has sent it. */
export function topicTitle({ title }: Pick<Topic, "title">): string {
  return title === "" ? "Topic without a title yet" : title;
}

export function openTitle({ title }: OpenTopic): string {
  return title ?? "Untitled";
}

/** A post in a few words, for lists. */
export function postPreview(post: Post): string {
  if (post.deleted !== null) return "Deleted post";
  return post.type === "unreadable" ? "A post that could not be opened" : oneLine(post.text);
}

export function replyCount(count: number): string {
  return count === 1 ? "1 reply" : `${String(count)} replies`;
}
