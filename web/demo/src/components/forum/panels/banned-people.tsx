import { useState } from "react";
import type { Topic, TopicMember } from "sealpost";
import { canOwn } from "../../../lib/topic-rights.ts";
import { useSession } from "../../../state/hooks.ts";
import { showError, showNotice } from "../../../state/toasts.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";

/** People who cannot come back; owners can let them. */
export function BannedPeople({ topic, members }: { topic: Topic; members: readonly TopicMember[] }) {
  const banned = members.filter((member) => member.banned);
  if (banned.length === 0) return null;
  return (
    <section className="details-section">
      <h3 className="section-title">Banned</h3>
      <ul className="members" aria-label="Banned">
        {banned.map((member) => (
          <li key={member.userId} className="member" data-user-id={member.userId}>
            <span className="person">
              <Avatar id={member.userId} name={member.username} size="small" />
              <span className="person-name">
                <bdi>{member.username}</bdi>
              </span>
            </span>
            {canOwn(topic) && <Unban topic={topic} member={member} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Unban({ topic, member: { userId, username } }: { topic: Topic; member: TopicMember }) {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const lift = async () => {
    setBusy(true);
    try {
      await client.forums.unban(topic.id, userId);
      showNotice(`${username} may come back`);
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button kind="quiet" busy={busy} aria-label={`Lift the ban of ${username}`} onClick={() => void lift()}>
      Lift ban
    </Button>
  );
}
