import { Ban, UserMinus } from "lucide-react";
import { useId, useState } from "react";
import type { Topic, TopicMember, TopicRole, UserId } from "sealpost";
import { canOwn, canRemove } from "../../../lib/topic-rights.ts";
import { ROLES } from "../../../lib/topic-words.ts";
import { useMyId, useSession, useTopicMembers } from "../../../state/hooks.ts";
import { navigateUp } from "../../../state/route.ts";
import { showError, showNotice } from "../../../state/toasts.ts";
import { ContactDetails } from "../../details/contact-details.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";

/** One member: who they are, their safety number, their role, and what this person may do about them. */
export function MemberDetails({ topic, userId }: { topic: Topic; userId: UserId }) {
  const me = useMyId();
  const member = useTopicMembers(topic.id).find((candidate) => candidate.userId === userId);
  return (
    <>
      <ContactDetails userId={userId} writable={userId !== me} />
      {member !== undefined && userId !== me && canOwn(topic) && <Role topic={topic} member={member} />}
      {member !== undefined && canRemove(topic, member, me) && <Removal topic={topic} member={member} />}
    </>
  );
}

function Role({ topic, member: { userId, username, role } }: { topic: Topic; member: TopicMember }) {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const id = useId();
  const change = async (wanted: TopicRole) => {
    setBusy(true);
    try {
      await client.forums.setRole(topic.id, userId, wanted);
      showNotice(`${username}’s role is changed`);
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="details-section">
      <label className="section-title" htmlFor={id}>
        Role
      </label>
      <select
        id={id}
        className="field"
        value={role}
        disabled={busy}
        aria-describedby={`${id}-meaning`}
        onChange={(event) => void change(event.target.value as TopicRole)}
      >
        {ROLES.map(({ value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <p className="safety-help" id={`${id}-meaning`}>
        {ROLES.find(({ value }) => value === role)?.meaning}
      </p>
    </section>
  );
}

function Removal({ topic, member: { userId, username } }: { topic: Topic; member: TopicMember }) {
  const { client } = useSession();
  const [asked, setAsked] = useState<"remove" | "ban" | null>(null);
  const done = () => {
    setAsked(null);
  };
  const remove = (ban: boolean) => async () => {
    await client.forums.remove(topic.id, userId, { ban });
    showNotice(ban ? `${username} is banned` : `${username} is removed`);
    navigateUp({ topicId: topic.id, topicPanel: { kind: "topic" } });
  };
  return (
    <section className="details-section" aria-label="Moderation">
      <Button kind="danger" className="wide" onClick={() => { setAsked("remove"); }}>
        <UserMinus aria-hidden="true" />
        Remove from topic
      </Button>
      <Button kind="danger" className="wide" onClick={() => { setAsked("ban"); }}>
        <Ban aria-hidden="true" />
        Remove and ban
      </Button>
      <Confirm open={asked === "remove"} onClose={done} title={`Remove ${username}?`} action="Remove" danger onConfirm={remove(false)}>
        {username} keeps what they could read so far and reads nothing that is written from now on. All invitation links made until now
        end; {username} can come back with a new one.
      </Confirm>
      <Confirm open={asked === "ban"} onClose={done} title={`Remove and ban ${username}?`} action="Ban" danger onConfirm={remove(true)}>
        {username} keeps what they could read so far, reads nothing that is written from now on, and cannot come back until an owner
        lifts the ban. All invitation links made until now end.
      </Confirm>
    </section>
  );
}
