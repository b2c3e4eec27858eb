import type { Message } from "sealpost";

/** How far a message of one's own has come with the others, as far as they tell. */
export type Reach = "sent" | "delivered" | "read";

/** Delivered, or read, when everybody has it or has read it; `others` is how many they are. */
export function reachOf(message: Message, others: number): Reach {
  const { receipts } = message;
  if (others === 0 || receipts.length < others) return "sent";
  return receipts.filter(({ readAt }) => readAt !== null).length >= others ? "read" : "delivered";
}

/** The same in words. In a group it counts. */
export function reachWords(message: Message, others: number): string {
  const reach = reachOf(message, others);
  if (others > 1) {
    const read = message.receipts.filter(({ readAt }) => readAt !== null).length;
    if (read > 0 && read < others) return `Read by ${String(read)} of ${String(others)}`;
  }
  return { sent: "Sent", delivered: "Delivered", read: "Read" }[reach];
}
