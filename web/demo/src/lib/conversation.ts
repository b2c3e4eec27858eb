import type { Conversation, ConversationId, Member, MembershipMessage, Message, TimerMessage, UserId } from "sealpost";
import { oneLine } from "./text.ts";

/** Everybody but this user. */
export function others(conversation: Conversation, me: UserId): readonly Member[] {
  return conversation.members.filter((member) => member.userId !== me);
}

/** The person at the other end of a direct conversation. */
export function peer(conversation: Conversation, me: UserId): Member | null {
  return conversation.kind === "direct" ? (others(conversation, me)[0] ?? null) : null;
}

/**
 * Where a direct conversation goes on if it is not the only one with that person. Two people who begin at once have two; both sides go
 * on in the one with the smaller id, which is also the one that the package gives back.
 */
export function continuation(
  conversation: Conversation,
  all: ReadonlyMap<ConversationId, Conversation>,
  me: UserId,
): Conversation | null {
  const other = peer(conversation, me)?.userId;
  if (other === undefined) return null;
  let first = conversation;
  for (const candidate of all.values()) {
    if (candidate.id < first.id && peer(candidate, me)?.userId === other) first = candidate;
  }
  return first === conversation ? null : first;
}

/** Whether a conversation is worth a line in the list: not if it goes on elsewhere before anything was said in it. */
export function isShown(conversation: Conversation, all: ReadonlyMap<ConversationId, Conversation>, me: UserId): boolean {
  return hasWords(conversation) || continuation(conversation, all, me) === null;
}

/** Whether anything was said in it. */
export function hasWords({ unread, lastMessage }: Conversation): boolean {
  return unread > 0 || (lastMessage !== null && lastMessage.type !== "membership");
}

/** The name in lists and headings. */
export function titleOf(conversation: Conversation, me: UserId): string {
  if (conversation.name !== "") return conversation.name;
  const names = others(conversation, me).map((member) => member.username);
  if (names.length > 0) return names.join(", ");
  return conversation.kind === "direct" ? "Conversation" : "Empty group";
}

/** Members whose account key is not the pinned one; nothing is sent until the person decides. */
export function changedMembers(conversation: Conversation): readonly Member[] {
  return conversation.members.filter((member) => member.keyState === "changed");
}

/** The moment that places a conversation in the list. */
export function activeAt(conversation: Conversation): number {
  return Math.max(conversation.createdAt, conversation.lastMessage?.sentAt ?? 0);
}

export function byActivity(a: Conversation, b: Conversation): number {
  return activeAt(b) - activeAt(a);
}

/** What tells of the conversation itself. */
export type NoticeMessage = MembershipMessage | TimerMessage;

export const isNotice = (message: Message): message is NoticeMessage => message.type === "membership" || message.type === "timer";

/** The last message in a line of the list. `notice` puts what is nobody's words into words. */
export function preview(message: Message | null, notice: (message: NoticeMessage) => string): string {
  if (message === null) return "No messages";
  if (isNotice(message)) return notice(message);
  if (message.type === "deleted") return "Message deleted";
  if (message.type === "undecryptable") return "A message could not be opened";
  if (message.type === "file") return oneLine(message.name);
  return oneLine(message.text);
}

export function memberCount(count: number): string {
  return count === 1 ? "1 member" : `${String(count)} members`;
}
