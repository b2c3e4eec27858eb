import type { Post, Topic, TopicMember, TopicRole, UserId } from "sealpost";

const RANK: Readonly<Record<TopicRole, number>> = { member: 0, moderator: 1, owner: 2 };

/** Whether this person can still do anything in the topic. */
export function isActive({ state }: Topic): boolean {
  return state === "active";
}

function atLeast(topic: Topic, role: TopicRole): boolean {
  return isActive(topic) && RANK[topic.role] >= RANK[role];
}

/** Moderators and owners: adding people, the title, pinned posts, other people's posts. */
export function canModerate(topic: Topic): boolean {
  return atLeast(topic, "moderator");
}

/** Owners: roles, policy, lifting bans. */
export function canOwn(topic: Topic): boolean {
  return atLeast(topic, "owner");
}

/** Links let people in by themselves: nobody into a closed topic, and into an open one everybody anyway, so that anybody may make them. */
export function canMakeLink(topic: Topic): boolean {
  if (!isActive(topic) || topic.visibility === "closed") return false;
  return topic.visibility === "open" || topic.inviters === "members" || canModerate(topic);
}

/** Moderators remove members, owners everybody; nobody removes themselves. */
export function canRemove(topic: Topic, member: TopicMember, me: UserId): boolean {
  if (member.userId === me || member.banned) return false;
  return canOwn(topic) || (canModerate(topic) && member.role === "member");
}

/** What one can do with a post. */
export interface PostRights {
  readonly reply: boolean;
  readonly react: boolean;
  readonly edit: boolean;
  readonly pin: boolean;
  readonly delete: boolean;
}

const NONE: PostRights = { reply: false, react: false, edit: false, pin: false, delete: false };

export function postRights(topic: Topic, post: Post): PostRights {
  if (!isActive(topic) || post.deleted !== null) return NONE;
  const settled = post.state === "sent" || post.state === "received";
  const readable = settled && post.type === "text";
  return {
    reply: readable && post.parentId === null,
    react: readable,
    edit: readable && post.outgoing,
    pin: readable && canModerate(topic),
    delete: settled && (post.outgoing || canModerate(topic)),
  };
}

/** Whether an owner may go: somebody has to remain who can change the policy. */
export function isLastOwner(members: readonly TopicMember[], me: UserId): boolean {
  const owners = members.filter(({ role, banned }) => role === "owner" && !banned);
  return owners.length === 1 && owners[0]?.userId === me;
}
