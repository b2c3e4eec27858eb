import { Copy } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Topic } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { invitationUrl } from "../../../lib/invitation-link.ts";
import { useSession } from "../../../state/hooks.ts";
import { showError, showNotice } from "../../../state/toasts.ts";
import { Button } from "../../ui/button.tsx";

const USES = [1, 5, 10, 25, 100] as const;

/** Makes an invitation link and offers it for copying. */
export function MakeLink({ topic, onDone }: { topic: Topic; onDone: () => void }) {
  const { client } = useSession();
  const id = useId();
  const readable = topic.history !== "since-joining";
  const [uses, setUses] = useState(1);
  const [withHistory, setWithHistory] = useState(readable);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const make = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setLink(invitationUrl(await client.forums.createLink(topic.id, { uses, withHistory: readable && withHistory }), location));
    } catch (thrown) {
      setProblem(explainThrown(thrown));
    } finally {
      setBusy(false);
    }
  };
  if (link !== null) return <Made link={link} onDone={onDone} />;
  return (
    <>
      <div className="dialog-body">
        {topic.visibility === "open" ? <p className="field-hint">Everybody on this relay can join the topic; a link leads there.</p> : <Uses uses={uses} onUses={setUses} />}
        {readable ? (
          <div className="choice">
            <input
              type="checkbox"
              id={`${id}-history`}
              checked={withHistory}
              aria-describedby={`${id}-history-meaning`}
              onChange={(event) => {
                setWithHistory(event.target.checked);
              }}
            />
            <label htmlFor={`${id}-history`}>The link opens earlier posts</label>
            <p className="choice-meaning" id={`${id}-history-meaning`}>
              Whoever joins can read them at once, even when nobody else is online. Without it they wait until a member is.
            </p>
          </div>
        ) : (
          <p className="field-hint">Whoever joins reads what is written from then on: that is this topic’s policy.</p>
        )}
        <p className="field-error" role="alert">
          {problem}
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" busy={busy} onClick={() => void make()}>
          Make link
        </Button>
      </footer>
    </>
  );
}

function Made({ link, onDone }: { link: string; onDone: () => void }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const copy = () => {
    navigator.clipboard.writeText(link).then(() => {
      showNotice("Link copied");
    }, showError);
  };
  return (
    <>
      <div className="dialog-body">
        <div className="field-form">
          <label className="field-label" htmlFor={id}>
            Invitation link
          </label>
          <div className="field-row">
            <input ref={field} id={id} className="field" readOnly value={link} aria-describedby={`${id}-hint`} />
            <Button onClick={copy}>
              <Copy aria-hidden="true" />
              Copy
            </Button>
          </div>
          <p className="field-hint" id={`${id}-hint`}>
            Whoever has this link can join. Send it only where nobody else reads along, and not through this relay’s operator.
          </p>
        </div>
      </div>
      <footer className="dialog-actions">
        <Button kind="primary" onClick={onDone}>
          Done
        </Button>
      </footer>
    </>
  );
}

function Uses({ uses, onUses }: { uses: number; onUses: (uses: number) => void }) {
  const id = useId();
  return (
    <div className="field-form">
      <label className="field-label" htmlFor={`${id}-uses`}>
        People it lets in
      </label>
      <select id={`${id}-uses`} className="field" aria-describedby={`${id}-uses-hint`} value={uses} onChange={(event) => { onUses(Number(event.target.value)); }}>
        {USES.map((count) => (
          <option key={count} value={count}>
            {count === 1 ? "1 person" : `up to ${String(count)} people`}
          </option>
        ))}
      </select>
      <p className="field-hint" id={`${id}-uses-hint`}>
        Every change of who is in the topic counts as a use. All links end when somebody is removed.
      </p>
    </div>
  );
}
