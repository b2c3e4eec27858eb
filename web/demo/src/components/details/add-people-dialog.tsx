import { useState } from "react";
import type { Conversation } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { useSession } from "../../state/hooks.ts";
import { PeopleField } from "../new-conversation/people-field.tsx";
import { usePeoplePicker } from "../new-conversation/use-people-picker.ts";
import { Button } from "../ui/button.tsx";
import { Modal } from "../ui/modal.tsx";

interface AddPeopleDialogProps {
  open: boolean;
  onClose: () => void;
  conversation: Conversation;
}

export function AddPeopleDialog({ open, onClose, conversation }: AddPeopleDialogProps) {
  return (
    <Modal open={open} onClose={onClose} title="Add people" description="They see what is written from now on, not what came before.">
      <AddPeople conversation={conversation} onDone={onClose} />
    </Modal>
  );
}

function AddPeople({ conversation, onDone }: { conversation: Conversation; onDone: () => void }) {
  const session = useSession();
  const already = conversation.members.map(({ userId }) => userId);
  const picker = usePeoplePicker(already);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    try {
      const people = picker.picked.map(({ userId }) => userId);
      session.keepConversation(await session.client.conversations.update(conversation.id, { add: people }));
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <>
      <div className="dialog-body">
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
          Add to group
        </Button>
      </footer>
    </>
  );
}
