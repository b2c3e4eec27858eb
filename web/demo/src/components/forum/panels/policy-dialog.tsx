import { useState, type SubmitEvent } from "react";
import type { HistoryPolicy, Inviters, Topic, Visibility } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { daysFrom } from "../../../lib/limits.ts";
import { INVITERS, VISIBILITIES } from "../../../lib/topic-words.ts";
import { useSession } from "../../../state/hooks.ts";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Modal } from "../../ui/modal.tsx";
import { HistoryField } from "../create/history-field.tsx";
import { PolicyWords } from "./policy-words.tsx";

interface PolicyDialogProps {
  open: boolean;
  onClose: () => void;
  topic: Topic;
}

export function PolicyDialog({ open, onClose, topic }: PolicyDialogProps) {
  return (
    <Modal open={open} onClose={onClose} title="Change the policy" description="It holds from now on; what people have read already stays read.">
      <PolicyForm topic={topic} onDone={onClose} />
    </Modal>
  );
}

function PolicyForm({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const { client } = useSession();
  const [visibility, setVisibility] = useState<Visibility>(topic.visibility);
  const [inviters, setInviters] = useState<Inviters>(topic.inviters);
  const [history, setHistory] = useState<HistoryPolicy>(topic.history);
  const [days, setDays] = useState(String(topic.historyDays ?? 30));
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const historyDays = daysFrom(days);
  const daysProblem = history === "last-days" && historyDays === null ? "A number of days, 1 to 3650." : null;
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || daysProblem !== null) return;
    setBusy(true);
    try {
      await client.forums.setPolicy(topic.id, {
        visibility,
        inviters,
        history,
        ...(history === "last-days" && historyDays !== null ? { historyDays } : {}),
      });
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <div className="dialog-body">
        <Choices legend="Who gets in" choices={VISIBILITIES} value={visibility} onChange={setVisibility} />
        {visibility === "invite" && <Choices legend="Who invites" choices={INVITERS} value={inviters} onChange={setInviters} />}
        <HistoryField history={history} onHistory={setHistory} days={days} onDays={setDays} problem={daysProblem} />
        <section className="policy-summary" aria-label="Who can read what" aria-live="polite">
          <PolicyWords policy={{ visibility, history, historyDays }} />
        </section>
        {problem !== null && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy} disabled={daysProblem !== null}>
          Save
        </Button>
      </footer>
    </form>
  );
}
