import { useState, type SubmitEvent } from "react";
import { explainCategory } from "../../../lib/errors.ts";
import { categoryProblem } from "../../../lib/limits.ts";
import { isBlank } from "../../../lib/text.ts";
import { useSession } from "../../../state/hooks.ts";
import { useStore } from "../../../state/store.ts";
import { Button } from "../../ui/button.tsx";
import { Modal } from "../../ui/modal.tsx";
import { TextField } from "../../ui/text-field.tsx";

/** For administrators of the relay. */
export function CreateCategoryDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title="New category" description="Everybody on this relay sees its name, and can start topics in it. It cannot be renamed or deleted.">
      <CreateCategory onDone={onClose} />
    </Modal>
  );
}

function CreateCategory({ onDone }: { onDone: () => void }) {
  const session = useSession();
  const { forums } = session;
  const known = useStore(forums.forums).map((forum) => forum.name);
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // While it is being created, and listed before the answer is here, its own name is not taken.
  const problem = busy ? null : (categoryProblem(name, known) ?? failure);
  const ready = !isBlank(name) && categoryProblem(name, known) === null;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    setFailure(null);
    try {
      if (await forums.createCategory(name.trim())) {
        session.announce(`The category ${name.trim()} was created`);
        onDone();
        return;
      }
    } catch (thrown) {
      setFailure(explainCategory(thrown));
    }
    setBusy(false);
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <div className="dialog-body">
        <TextField
          label="Name"
          value={name}
          onChange={(typed) => {
            setName(typed);
            setFailure(null);
          }}
          problem={problem}
        />
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={!ready && !busy}>
          Create category
        </Button>
      </footer>
    </form>
  );
}
