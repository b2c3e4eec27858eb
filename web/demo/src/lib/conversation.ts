import type { Conversation, Member, Message, UserId } from "sealpost";
import { oneLine } from "./text.ts";

/** Everybody but this user. */
export function others(conversation: Conversation, me: UserId): readonly Member[] {
  return conversation.members.filter((member) => member.userId !== me);
}

/** The person at the other end of a direct conversation. */
export function peer(conversation: Conversation, me: UserId): Member | null {
  return conversation.kind === "direct" ? (others(conversation, me)[0] ?? null) : null;
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

/** The last message in a line of the list. `notice` puts membership messages into words. */
export function preview(message: Message | null, notice: (message: Message & { type: "membership" }) => string): string {
  if (message === null) return "No messages yet";
  if (message.type === "membership") return notice(message);
  if (message.type === "undecryptable") return "A message could not be opened";
  return oneLine(message.text);
}

export function memberCount(count: number): string {
  return count === 1 ? "1 member" : `${String(count)} members`;
}
