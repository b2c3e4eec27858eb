import type { ConversationKind, MembershipMessage } from "sealpost";
import type { NoticeMessage } from "../../lib/conversation.ts";
import { noticeWords } from "../../lib/notice-words.ts";
import { formatExact } from "../../lib/time.ts";
import { useMyId, useNames } from "../../state/hooks.ts";

interface NoticeProps {
  message: NoticeMessage;
  previous: MembershipMessage | null;
  kind: ConversationKind;
}

/** A line that tells of the conversation itself. */
export function Notice({ message, previous, kind }: NoticeProps) {
  const me = useMyId();
  const nameOf = useNames();
  return (
    <p
      className="notice"
      title={formatExact(message.sentAt)}
      data-message-id={message.id}
      data-state={message.state}
      data-type={message.type}
      tabIndex={-1}
    >
      <bdi>{noticeWords(message, { kind, me, nameOf, previous })}</bdi>
    </p>
  );
}
