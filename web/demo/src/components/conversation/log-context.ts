import { createContext, use } from "react";
import type { Conversation, Message, MessageId, TextMessage } from "sealpost";

/** What a message needs of the log around it. */
export interface LogContextValue {
  readonly conversation: Conversation;
  /** A message among the loaded ones. */
  find: (id: MessageId) => Message | null;
  onReply: (message: TextMessage) => void;
  /** Scrolls to a message, loading older ones up to it. */
  jumpTo: (id: MessageId) => void;
}

export const LogContext = createContext<LogContextValue | null>(null);

export function useLog(): LogContextValue {
  const value = use(LogContext);
  if (value === null) throw new Error("useLog is for components inside the message log");
  return value;
}
