import type { ConversationKind, MembershipMessage } from "sealpost";
import type { NoticeMessage } from "../../lib/conversation.ts";
import { membershipNotice } from "../../lib/membership-notice.ts";
import { formatExact } from "../../lib/time.ts";
import { timerNotice } from "../../lib/timer.ts";
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
      <bdi>{message.type === "timer" ? timerNotice(message, me, nameOf) : membershipNotice(message, { kind, me, nameOf, previous })}</bdi>
    </p>
  );
}
