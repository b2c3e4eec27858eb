import { useId, useState, type SubmitEvent } from "react";
import type { Vault } from "sealpost";
import { asSealpostError, explainThrown } from "../../lib/errors.ts";
import { Button } from "../ui/button.tsx";

/** Names a passkey; the browser does the rest. */
export function PasskeyForm({ vault, onDone }: { vault: Vault; onDone: () => void }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await vault.addPasskey({ name: name.trim() === "" ? "Passkey" : name.trim() });
      onDone();
    } catch (thrown) {
      setProblem(explainPasskey(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div className="dialog-body field-form">
        <label className="field-label" htmlFor={id}>
          Name
        </label>
        <input
          id={id}
          className="field"
          autoComplete="off"
          maxLength={64}
          placeholder="Security key"
          value={name}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-problem ${id}-hint`}
          onChange={(event) => { setName(event.target.value); }}
        />
        <p className="field-error" id={`${id}-problem`} role="alert">
          {problem}
        </p>
        <p className="field-hint" id={`${id}-hint`}>
          For yourself, to tell it from others.
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy}>
          Add passkey
        </Button>
      </footer>
    </form>
  );
}

/** What went wrong with a passkey. */
export function explainPasskey(thrown: unknown): string {
  const { code } = asSealpostError(thrown);
  if (code === "unsupported") return "This browser, or this passkey, cannot do that. Another passkey or a passphrase will do.";
  if (code === "aborted") return "The passkey was not used.";
  if (code === "invalid-argument") return "This passkey is among your unlock methods already.";
  return explainThrown(thrown);
}
