import type { ConversationKind, MembershipMessage } from "sealpost";
import { membershipNotice } from "../../lib/membership-notice.ts";
import { formatExact } from "../../lib/time.ts";
import { useMyId, useNames } from "../../state/hooks.ts";

interface MembershipNoticeProps {
  message: MembershipMessage;
  previous: MembershipMessage | null;
  kind: ConversationKind;
}

export function MembershipNotice({ message, previous, kind }: MembershipNoticeProps) {
  const me = useMyId();
  const nameOf = useNames();
  return (
    <p
      className="notice"
      title={formatExact(message.sentAt)}
      data-message-id={message.id}
      data-state={message.state}
      data-type="membership"
      tabIndex={-1}
    >
      <bdi>{membershipNotice(message, { kind, me, nameOf, previous })}</bdi>
    </p>
  );
}
