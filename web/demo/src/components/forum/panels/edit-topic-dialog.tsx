import { useState, type SubmitEvent } from "react";
import type { Topic } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { descriptionProblem, titleProblem } from "../../../lib/limits.ts";
import { isBlank } from "../../../lib/text.ts";
import { useSession } from "../../../state/hooks.ts";
import { Button } from "../../ui/button.tsx";
import { Modal } from "../../ui/modal.tsx";
import { TextField } from "../../ui/text-field.tsx";

interface EditTopicDialogProps {
  open: boolean;
  onClose: () => void;
  topic: Topic;
}

export function EditTopicDialog({ open, onClose, topic }: EditTopicDialogProps) {
  const who = topic.visibility === "open" ? "Everybody on the relay sees the title." : "Only members see them; the relay does not.";
  return (
    <Modal open={open} onClose={onClose} title="Title and description" description={who}>
      <EditTopic topic={topic} onDone={onClose} />
    </Modal>
  );
}

function EditTopic({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const { client } = useSession();
  const [title, setTitle] = useState(topic.title);
  const [description, setDescription] = useState(topic.description);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const ready = !isBlank(title) && titleProblem(title) === null && descriptionProblem(description) === null;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    try {
      await client.forums.setInfo(topic.id, { title: title.trim(), description: description.trim() });
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <div className="dialog-body">
        <TextField label="Title" value={title} onChange={setTitle} problem={titleProblem(title)} />
        <TextField label="Description" value={description} onChange={setDescription} problem={descriptionProblem(description)} long />
        {problem !== null && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={!ready}>
          Save
        </Button>
      </footer>
    </form>
  );
}
