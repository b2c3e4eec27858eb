import { useState } from "react";
import type { UserId } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { Button } from "../ui/button.tsx";
import { PeopleField } from "./people-field.tsx";
import { usePeoplePicker } from "./use-people-picker.ts";

interface AddPeopleFormProps {
  /** Ids of those who are in. */
  already: readonly UserId[];
  /** What to know before. */
  hint?: string;
  /** The button's words. */
  label: string;
  add: (userIds: UserId[]) => Promise<void>;
  onDone: () => void;
}

/** Picks people and adds them to what exists already. */
export function AddPeopleForm({ already, hint, label, add, onDone }: AddPeopleFormProps) {
  const picker = usePeoplePicker(already);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await add(picker.picked.map(({ userId }) => userId));
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <>
      <div className="dialog-body">
        {hint !== undefined && <p className="field-hint">{hint}</p>}
        <PeopleField picker={picker} already={already} />
        {problem !== null && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" busy={busy} disabled={picker.picked.length === 0} onClick={() => void submit()}>
          {label}
        </Button>
      </footer>
    </>
  );
}
