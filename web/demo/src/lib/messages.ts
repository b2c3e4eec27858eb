import type { FileMessage, Message, MessageId, TextMessage } from "sealpost";

/** By id, the later list wins; in the order of the conversation. */
export function merge(earlier: readonly Message[], later: readonly Message[]): readonly Message[] {
  const byId = new Map([...earlier, ...later].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.order - b.order);
}

/** The message where the last `unread` incoming ones begin. */
export function firstUnread(items: readonly Message[], unread: number): MessageId | null {
  if (unread <= 0) return null;
  const incoming = items.filter((message) => !message.outgoing);
  return incoming.at(-unread)?.id ?? incoming[0]?.id ?? null;
}

/** What people react to and take back. */
export type Utterance = TextMessage | FileMessage;

/** What this person may do with one; `active`: whether they are in its conversation. Taking it back goes with being its author. */
export function messageRights(message: Utterance, active: boolean): { readonly react: boolean; readonly edit: boolean; readonly delete: boolean } {
  const settled = active && message.state !== "failed";
  const own = settled && message.outgoing;
  return { react: settled, edit: own && message.type === "text", delete: own };
}
