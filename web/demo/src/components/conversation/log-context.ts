import { createContext, use } from "react";
import type { ConversationId, MessageId, TextMessage } from "sealpost";
import type { Utterance } from "../../lib/messages.ts";

/** What a message needs of the log around it. It changes rarely, for every message renders again when it does. */
export interface LogContextValue {
  readonly conversationId: ConversationId;
  /** Whether this person can still write in the conversation. */
  readonly active: boolean;
  onReply: (message: TextMessage) => void;
  /** Scrolls to a message, loading older ones up to it. */
  jumpTo: (id: MessageId) => void;
  openMenu: (message: Utterance, anchor: HTMLElement) => void;
  openPicker: (message: Utterance, anchor: HTMLElement) => void;
  react: (message: Utterance, emoji: string, on: boolean) => void;
  copy: (message: TextMessage) => void;
  endEdit: (id: MessageId) => void;
}

export const LogContext = createContext<LogContextValue | null>(null);

export function useLog(): LogContextValue {
  const value = use(LogContext);
  if (value === null) throw new Error("useLog is for components inside the message log");
  return value;
}
