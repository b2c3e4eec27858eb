import type { NoticeMessage } from "./conversation.ts";
import { membershipNotice, type NoticeContext } from "./membership-notice.ts";
import { timerNotice } from "./timer.ts";

/** What tells of the conversation itself, in a sentence. */
export function noticeWords(message: NoticeMessage, context: NoticeContext): string {
  return message.type === "timer" ? timerNotice(message, context.me, context.nameOf) : membershipNotice(message, context);
}
