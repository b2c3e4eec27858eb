import type { DeletedMessage, FileMessage, MembershipMessage, Message, MessageId, TextMessage, UndecryptableMessage, UserId } from "sealpost";
import { isNotice, type NoticeMessage } from "./conversation.ts";
import { dayOf } from "./time.ts";

/** What somebody said, readable or not. */
export type Said = TextMessage | FileMessage | DeletedMessage | UndecryptableMessage;

/** A line or a block of lines in the conversation view. */
export type Entry =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "unread"; readonly key: string }
  | {
      readonly kind: "notice";
      readonly key: string;
      readonly message: NoticeMessage;
      /** The membership before this one, as far as it is loaded. */
      readonly previous: MembershipMessage | null;
    }
  | { readonly kind: "run"; readonly key: string; readonly senderId: UserId; readonly outgoing: boolean; readonly messages: readonly Said[] };

/** Messages of one sender stay together if no more than this lies between two of them. */
const RUN_GAP = 5 * 60_000;

/** Groups messages by day and by sender. A day is headed once: late arrivals with an earlier date stay where they arrived. */
export function timelineEntries(items: readonly Message[], unreadFrom: MessageId | null): readonly Entry[] {
  const entries: Entry[] = [];
  let day = Number.NEGATIVE_INFINITY;
  let membership: MembershipMessage | null = null;
  let run: Said[] = [];
  for (const message of items) {
    const broken = dayOf(message.sentAt) > day || message.id === unreadFrom;
    if (dayOf(message.sentAt) > day) {
      day = dayOf(message.sentAt);
      entries.push({ kind: "day", key: `day-${String(day)}`, at: day });
    }
    if (message.id === unreadFrom) entries.push({ kind: "unread", key: "unread" });
    if (isNotice(message)) {
      entries.push({ kind: "notice", key: message.id, message, previous: membership });
      if (message.type === "membership") membership = message;
      run = [];
    } else if (!broken && continues(run, message)) {
      run.push(message);
    } else {
      run = [message];
      const { id: key, senderId, outgoing } = message;
      entries.push({ kind: "run", key, senderId, outgoing, messages: run });
    }
  }
  return entries;
}

function continues(run: readonly Said[], message: Said): boolean {
  const last = run.at(-1);
  return last?.senderId === message.senderId && Math.abs(message.sentAt - last.sentAt) <= RUN_GAP;
}
