import { LogOut, Pencil, SlidersHorizontal, UserPlus } from "lucide-react";
import { useState } from "react";
import type { Topic } from "sealpost";
import { memberCount } from "../../../lib/conversation.ts";
import { canMakeLink, canModerate, canOwn, isActive, isLastOwner } from "../../../lib/topic-rights.ts";
import { roleName, visibilityName } from "../../../lib/topic-words.ts";
import { topicTitle } from "../../../lib/topics.ts";
import { useMyId, useSession, useTopicMembers } from "../../../state/hooks.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { InviteDialog } from "../join/invite-dialog.tsx";
import { TopicIcon } from "../topic-icon.tsx";
import { BannedPeople } from "./banned-people.tsx";
import { EditTopicDialog } from "./edit-topic-dialog.tsx";
import { PolicyDialog } from "./policy-dialog.tsx";
import { PolicyWords } from "./policy-words.tsx";
import { TopicMembers } from "./topic-members.tsx";

type Asked = "edit" | "policy" | "invite" | "leave" | null;

/** What the topic is, who can read it, who is in it, and what one may do about it. */
export function TopicDetails({ topic }: { topic: Topic }) {
  const { client } = useSession();
  const me = useMyId();
  const members = useTopicMembers(topic.id);
  const [asked, setAsked] = useState<Asked>(null);
  const done = () => {
    setAsked(null);
  };
  const active = isActive(topic);
  const stuck = isLastOwner(members, me) && topic.members > 1;
  return (
    <>
      <div className="identity">
        <span className="topic-beginning-icon">
          <TopicIcon visibility={topic.visibility} />
        </span>
        <p className="identity-name">
          <bdi>{topicTitle(topic)}</bdi>
          {canModerate(topic) && <IconButton label="Edit title and description" icon={Pencil} onClick={() => { setAsked("edit"); }} />}
        </p>
        {topic.description !== "" && (
          <p className="topic-description" dir="auto">
            {topic.description}
          </p>
        )}
        <p className="identity-note">
          {visibilityName(topic.visibility)} · {memberCount(topic.members)}
          {active && ` · You: ${roleName(topic.role)}`}
        </p>
      </div>
      <section className="details-section" aria-labelledby="who-can-read">
        <h3 className="section-title" id="who-can-read">
          Who can read what
        </h3>
        <PolicyWords policy={topic} />
        {canOwn(topic) && (
          <Button className="wide" onClick={() => { setAsked("policy"); }}>
            <SlidersHorizontal aria-hidden="true" />
            Change the policy
          </Button>
        )}
      </section>
      <section className="details-section">
        <h3 className="section-title">Members</h3>
        <TopicMembers topic={topic} members={members.filter(({ banned }) => !banned)} />
        {(canMakeLink(topic) || canModerate(topic)) && (
          <Button className="wide" onClick={() => { setAsked("invite"); }}>
            <UserPlus aria-hidden="true" />
            Invite people
          </Button>
        )}
      </section>
      <BannedPeople topic={topic} members={members} />
      {active && (
        <section className="details-section">
          {stuck && <p className="safety-help">You are the only owner. Make somebody else an owner before you leave.</p>}
          <Button kind="danger" className="wide" disabled={stuck} onClick={() => { setAsked("leave"); }}>
            <LogOut aria-hidden="true" />
            Leave topic
          </Button>
        </section>
      )}
      <EditTopicDialog open={asked === "edit"} onClose={done} topic={topic} />
      <PolicyDialog open={asked === "policy"} onClose={done} topic={topic} />
      <InviteDialog open={asked === "invite"} onClose={done} topic={topic} />
      <Confirm open={asked === "leave"} onClose={done} title="Leave this topic?" action="Leave" danger onConfirm={() => client.forums.leave(topic.id)}>
        You keep what you have read so far and get nothing new. To come back you need {comeBack(topic)}.
      </Confirm>
    </>
  );
}

function comeBack({ visibility }: Topic): string {
  return { invite: "an invitation", closed: "a moderator or owner to add you", open: "only to join again" }[visibility];
}
