import { useId, useState, type SubmitEvent } from "react";
import type { Conversation } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { groupNameProblem } from "../../lib/limits.ts";
import { useSession } from "../../state/hooks.ts";
import { Button } from "../ui/button.tsx";
import { Modal } from "../ui/modal.tsx";

interface RenameDialogProps {
  open: boolean;
  onClose: () => void;
  conversation: Conversation;
}

export function RenameDialog({ open, onClose, conversation }: RenameDialogProps) {
  return (
    <Modal open={open} onClose={onClose} title="Rename group" description="Everybody in the group sees the name; the relay does not.">
      <RenameForm conversation={conversation} onDone={onClose} />
    </Modal>
  );
}

function RenameForm({ conversation, onDone }: { conversation: Conversation; onDone: () => void }) {
  const session = useSession();
  const [name, setName] = useState(conversation.name);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    if (name.trim() === conversation.name) {
      onDone();
      return;
    }
    const broken = groupNameProblem(name);
    setProblem(broken);
    if (broken !== null) return;
    setBusy(true);
    try {
      session.keepConversation(await session.client.conversations.update(conversation.id, { name: name.trim() }));
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div className="dialog-body field-form">
        <label className="field-label" htmlFor={id}>
          Group name
        </label>
        <input
          id={id}
          className="field"
          autoComplete="off"
          dir="auto"
          value={name}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-problem`}
          onChange={(event) => {
            setName(event.target.value);
            setProblem(groupNameProblem(event.target.value));
          }}
        />
        <p className="field-error" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy}>
          Save
        </Button>
      </footer>
    </form>
  );
}
