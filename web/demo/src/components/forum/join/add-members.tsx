import type { Topic } from "sealpost";
import { joinerReads } from "../../../lib/topic-words.ts";
import { useSession, useTopicMembers } from "../../../state/hooks.ts";
import { AddPeopleForm } from "../../new-conversation/add-people-form.tsx";

/** Adds people without asking them. */
export function AddMembers({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const { client } = useSession();
  const already = useTopicMembers(topic.id).flatMap(({ userId, banned }) => (banned ? [] : [userId]));
  return (
    <AddPeopleForm
      already={already}
      hint={`They are in at once, on all their devices. ${joinerReads("they", topic)}`}
      label="Add to topic"
      add={(userIds) => client.forums.invite(topic.id, userIds)}
      onDone={onDone}
    />
  );
}
