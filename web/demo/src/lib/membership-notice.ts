import type { ConversationKind, MembershipMessage, UserId } from "sealpost";

export interface NoticeContext {
  readonly kind: ConversationKind;
  readonly me: UserId;
  readonly nameOf: (userId: UserId) => string;
  readonly previous: MembershipMessage | null;
}

const list = new Intl.ListFormat("en", { type: "conjunction" });

/** What a membership message did, in a sentence. */
export function membershipNotice(message: MembershipMessage, context: NoticeContext): string {
  const name = (userId: UserId) => (userId === context.me ? "you" : context.nameOf(userId));
  const people = (ids: readonly UserId[]) => list.format(ids.map(name));
  const actor = message.senderId === context.me ? "You" : context.nameOf(message.senderId);
  if (message.revision === 0) return created(actor, message, context.kind);
  // Who else came is counted from the membership that this person knew last, if any, which need not be the one before.
  if (message.added.includes(context.me)) return `${actor} added you${message.name === "" ? "" : ` to the group “${message.name}”`}`;

  const added = message.added.filter((id) => id !== message.senderId);
  const removed = message.removed.filter((id) => id !== message.senderId);
  const deeds: string[] = [];
  if (message.removed.includes(message.senderId)) deeds.push("left");
  if (added.length > 0) deeds.push(`added ${people(added)}`);
  if (removed.length > 0) deeds.push(`removed ${people(removed)}`);
  if (renamed(message, context.previous)) {
    deeds.push(message.name === "" ? "removed the group’s name" : `named the group “${message.name}”`);
  }
  return `${actor} ${deeds.length === 0 ? "updated the conversation" : list.format(deeds)}`;
}

function created(actor: string, message: MembershipMessage, kind: ConversationKind): string {
  if (kind === "direct") return `${actor} started the conversation`;
  return message.name === "" ? `${actor} created the group` : `${actor} created the group “${message.name}”`;
}

/** Compared with the membership before; if that is not loaded, a message without changes of people can only be about the name. */
function renamed(message: MembershipMessage, previous: MembershipMessage | null): boolean {
  if (previous !== null) return previous.name !== message.name;
  return message.added.length === 0 && message.removed.length === 0;
}
