import { BadgeCheck, ShieldAlert } from "lucide-react";
import type { Topic, TopicMember } from "sealpost";
import { byRole, roleName } from "../../../lib/topic-words.ts";
import { useMyId } from "../../../state/hooks.ts";
import { navigate } from "../../../state/route.ts";
import { Avatar } from "../../ui/avatar.tsx";

/** Everybody in the topic, owners first; a press shows what one may do about somebody. */
export function TopicMembers({ topic, members }: { topic: Topic; members: readonly TopicMember[] }) {
  const me = useMyId();
  return (
    <ul className="members" aria-label="Members">
      {[...members].sort(byRole).map((member) => (
        <li key={member.userId} className="member" data-user-id={member.userId} data-role={member.role}>
          <Person topic={topic} member={member} me={member.userId === me} />
        </li>
      ))}
    </ul>
  );
}

function Person({ topic, member, me }: { topic: Topic; member: TopicMember; me: boolean }) {
  const { userId, username, role, verified, keyState } = member;
  const content = (
    <>
      <Avatar id={userId} name={username} size="small" />
      <span className="person-name">
        <bdi>{username}</bdi>
        {me && <span className="person-note">you</span>}
        {verified && keyState === "pinned" && <BadgeCheck className="verified" role="img" aria-label="Verified" />}
        {keyState === "changed" && <ShieldAlert className="row-warning" role="img" aria-label="Key changed" />}
        {role !== "member" && <span className="role-tag">{roleName(role)}</span>}
      </span>
    </>
  );
  if (me) return <span className="person">{content}</span>;
  return (
    <button
      type="button"
      className="person"
      onClick={() => {
        navigate({ topicId: topic.id, topicPanel: { kind: "member", userId } });
      }}
    >
      {content}
    </button>
  );
}
