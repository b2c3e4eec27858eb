import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import type { HistoryPolicy, Inviters, Visibility } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { daysFrom, descriptionProblem, titleProblem } from "../../../lib/limits.ts";
import { isBlank } from "../../../lib/text.ts";
import { INVITERS, VISIBILITIES, visibilityName } from "../../../lib/topic-words.ts";
import { useSession, useTopic } from "../../../state/hooks.ts";
import { navigate, route } from "../../../state/route.ts";
import { useStore } from "../../../state/store.ts";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Modal } from "../../ui/modal.tsx";
import { TextField } from "../../ui/text-field.tsx";
import { PolicyWords } from "../panels/policy-words.tsx";
import { HistoryField } from "./history-field.tsx";

export function CreateTopicDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title="New topic" description="You will be its owner. Posts are encrypted for its members.">
      <CreateTopic onDone={onClose} />
    </Modal>
  );
}

interface Draft {
  readonly forumId: string;
  readonly title: string;
  readonly description: string;
  readonly visibility: Visibility;
  readonly history: HistoryPolicy;
  /** As typed. */
  readonly days: string;
  readonly inviters: Inviters;
}

const BLANK: Draft = { forumId: "", title: "", description: "", visibility: "invite", history: "everything", days: "30", inviters: "moderators" };

function CreateTopic({ onDone }: { onDone: () => void }) {
  const categories = useStore(useSession().forums.forums);
  const here = useTopic(useStore(route).topicId ?? "");
  const [draft, setDraft] = useState<Draft>(() => ({ ...BLANK, forumId: here?.forumId ?? categories[0]?.id ?? "" }));
  const [step, setStep] = useState<"choose" | "confirm">("choose");
  if (step === "confirm") {
    return (
      <Confirmation
        draft={draft}
        onDone={onDone}
        onBack={() => {
          setStep("choose");
        }}
      />
    );
  }
  return (
    <Choosing
      draft={draft}
      onChange={(change) => {
        setDraft({ ...draft, ...change });
      }}
      onCancel={onDone}
      onNext={() => {
        setStep("confirm");
      }}
    />
  );
}

interface ChoosingProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  onCancel: () => void;
  onNext: () => void;
}

function Choosing({ draft, onChange, onCancel, onNext }: ChoosingProps) {
  const categories = useStore(useSession().forums.forums);
  const categoryId = useId();
  const { forumId, title, description, visibility, history, days, inviters } = draft;
  const daysProblem = history === "last-days" && daysFrom(days) === null ? "A number of days, 1 to 3650." : null;
  const ready = forumId !== "" && !isBlank(title) && daysProblem === null && titleProblem(title) === null && descriptionProblem(description) === null;
  const next = (event: SubmitEvent) => {
    event.preventDefault();
    if (ready) onNext();
  };
  return (
    <form onSubmit={next} noValidate>
      <div className="dialog-body">
        <TextField label="Title" value={title} onChange={(typed) => { onChange({ title: typed }); }} problem={titleProblem(title)} />
        <TextField
          label="Description"
          value={description}
          onChange={(typed) => { onChange({ description: typed }); }}
          problem={descriptionProblem(description)}
          placeholder="Optional"
          long
        />
        {categories.length > 1 && (
          <div className="field-form">
            <label className="field-label" htmlFor={categoryId}>
              Category
            </label>
            <select id={categoryId} className="field" value={forumId} onChange={(event) => { onChange({ forumId: event.target.value }); }}>
              {categories.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        )}
        <Choices legend="Who gets in" choices={VISIBILITIES} value={visibility} onChange={(value) => { onChange({ visibility: value }); }} />
        {visibility === "invite" && (
          <Choices legend="Who invites" choices={INVITERS} value={inviters} onChange={(value) => { onChange({ inviters: value }); }} />
        )}
        <HistoryField
          history={history}
          onHistory={(value) => { onChange({ history: value }); }}
          days={days}
          onDays={(typed) => { onChange({ days: typed }); }}
          problem={daysProblem}
        />
        {categories.length === 0 && (
          <p className="field-error" role="alert">
            The categories of this relay are not known yet. Check your connection and try again.
          </p>
        )}
      </div>
      <footer className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={!ready}>
          Continue
        </Button>
      </footer>
    </form>
  );
}

interface ConfirmationProps {
  draft: Draft;
  onDone: () => void;
  onBack: () => void;
}

/** Says who will be able to read what, before there is anything to read. */
function Confirmation({ draft, onDone, onBack }: ConfirmationProps) {
  const { client, forums } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const { forumId, title, description, visibility, history, inviters } = draft;
  const historyDays = history === "last-days" ? daysFrom(draft.days) : null;
  useEffect(() => {
    heading.current?.focus();
  }, []);

  const create = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const topic = await client.forums.createTopic({
        forumId,
        title: title.trim(),
        description: description.trim(),
        visibility,
        history,
        inviters,
        ...(historyDays === null ? {} : { historyDays }),
      });
      forums.keepTopic(topic);
      onDone();
      navigate({ topicId: topic.id });
    } catch (thrown) {
      setProblem(explainThrown(thrown));
      setBusy(false);
    }
  };

  return (
    <>
      <div className="dialog-body">
        <div>
          <p className="invitation-title">
            <bdi>{title.trim()}</bdi>
          </p>
          <p className="person-note">{visibilityName(visibility)}</p>
        </div>
        <section className="policy-summary" aria-labelledby="policy-summary">
          <h3 className="section-title" id="policy-summary" ref={heading} tabIndex={-1}>
            Who can read what
          </h3>
          <PolicyWords policy={{ visibility, history, historyDays }} />
        </section>
        <p className="field-error" role="alert">
          {problem}
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onBack}>Back</Button>
        <Button kind="primary" busy={busy} onClick={() => void create()}>
          Create topic
        </Button>
      </footer>
    </>
  );
}
