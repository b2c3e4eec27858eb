import { useId, useState } from "react";
import { explainThrown } from "../../lib/errors.ts";
import { groupNameProblem } from "../../lib/limits.ts";
import { useSession } from "../../state/hooks.ts";
import { navigate } from "../../state/route.ts";
import { Button } from "../ui/button.tsx";
import { Modal } from "../ui/modal.tsx";
import { PeopleField } from "./people-field.tsx";
import { usePeoplePicker } from "./use-people-picker.ts";

export function NewConversationDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title="New conversation" description="One person for a conversation, several for a group.">
      <NewConversation onDone={onClose} />
    </Modal>
  );
}

function NewConversation({ onDone }: { onDone: () => void }) {
  const session = useSession();
  const picker = usePeoplePicker();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const nameId = useId();
  const group = picker.picked.length > 1;
  const nameProblem = group ? groupNameProblem(name) : null;

  const create = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const members = picker.picked.map(({ userId }) => userId);
      const groupName = name.trim();
      const conversation = await session.client.conversations.create(
        group && groupName !== "" ? { members, name: groupName } : { members },
      );
      session.keepConversation(conversation);
      onDone();
      navigate({ conversationId: conversation.id });
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };

  return (
    <>
      <div className="dialog-body">
        <PeopleField picker={picker} />
        {group && (
          <div className="field-form">
            <label className="field-label" htmlFor={nameId}>
              Group name
            </label>
            <input
              id={nameId}
              className="field"
              autoComplete="off"
              dir="auto"
              aria-invalid={nameProblem !== null}
              aria-describedby={`${nameId}-problem`}
              placeholder="Optional"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
            <p className="field-error" id={`${nameId}-problem`} role="alert">
              {nameProblem}
            </p>
          </div>
        )}
        {problem !== null && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" busy={busy} disabled={picker.picked.length === 0 || nameProblem !== null} onClick={() => void create()}>
          {group ? "Create group" : "Start conversation"}
        </Button>
      </footer>
    </>
  );
}
