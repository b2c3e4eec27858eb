import type { Message, MessageId, TextMessage } from "sealpost";

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

/** What this person may do with a text; `active`: whether they are in its conversation. Changing includes taking it back. */
export function messageRights(message: TextMessage, active: boolean): { readonly react: boolean; readonly edit: boolean } {
  const settled = active && message.state !== "failed";
  return { react: settled, edit: settled && message.outgoing };
}
