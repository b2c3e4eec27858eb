import { BadgeCheck, ShieldAlert, UserMinus } from "lucide-react";
import type { Conversation, Member } from "sealpost";
import { isVerified } from "../../lib/safety-number.ts";
import { useContact, useMyId } from "../../state/hooks.ts";
import { navigate } from "../../state/route.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/button.tsx";

interface MemberListProps {
  conversation: Conversation;
  onRemove: (member: Member) => void;
}

export function MemberList({ conversation, onRemove }: MemberListProps) {
  const me = useMyId();
  const sorted = [...conversation.members].sort(
    (a, b) => Number(b.userId === me) - Number(a.userId === me) || a.username.localeCompare(b.username),
  );
  return (
    <ul className="members" aria-label="Members">
      {sorted.map((member) => (
        <li key={member.userId} className="member" data-user-id={member.userId}>
          {member.userId === me ? <Me member={member} /> : <Other member={member} conversation={conversation} onRemove={onRemove} />}
        </li>
      ))}
    </ul>
  );
}

function Me({ member }: { member: Member }) {
  return (
    <span className="person">
      <Avatar id={member.userId} name={member.username} size="small" />
      <span className="person-name">
        {member.username} <span className="person-note">you</span>
      </span>
    </span>
  );
}

function Other({ member, conversation, onRemove }: MemberListProps & { member: Member }) {
  const { userId, username } = member;
  const verified = isVerified(useContact(userId));
  return (
    <>
      <button
        type="button"
        className="person"
        onClick={() => {
          navigate({ conversationId: conversation.id, panel: { kind: "contact", userId } });
        }}
      >
        <Avatar id={userId} name={username} size="small" />
        <span className="person-name">
          {username}
          {verified && <BadgeCheck className="verified" role="img" aria-label="Verified" />}
          {member.keyState === "changed" && <ShieldAlert className="row-warning" role="img" aria-label="Key changed" />}
        </span>
      </button>
      {conversation.active && (
        <IconButton
          label={`Remove ${username}`}
          icon={UserMinus}
          onClick={() => {
            onRemove(member);
          }}
        />
      )}
    </>
  );
}
