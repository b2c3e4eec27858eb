import { useState } from "react";
import type { Topic } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { joinerReads } from "../../../lib/topic-words.ts";
import { useSession, useTopicMembers } from "../../../state/hooks.ts";
import { PeopleField } from "../../new-conversation/people-field.tsx";
import { usePeoplePicker } from "../../new-conversation/use-people-picker.ts";
import { Button } from "../../ui/button.tsx";

/** Adds people without asking them. */
export function AddMembers({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const { client } = useSession();
  const already = useTopicMembers(topic.id).flatMap(({ userId, banned }) => (banned ? [] : [userId]));
  const picker = usePeoplePicker(already);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await client.forums.invite(topic.id, picker.picked.map(({ userId }) => userId));
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <>
      <div className="dialog-body">
        <p className="field-hint">They are in at once, on all their devices. {joinerReads("they", topic)}</p>
        <PeopleField picker={picker} already={already} />
        {problem !== null && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" busy={busy} disabled={picker.picked.length === 0} onClick={() => void add()}>
          Add to topic
        </Button>
      </footer>
    </>
  );
}
