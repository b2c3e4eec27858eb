import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import type { Vault } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { ENOUGH, loadJudge, type Strength } from "../../lib/passphrase-strength.ts";
import { Button } from "../ui/button.tsx";
import { PassphraseStrength } from "./passphrase-strength.tsx";

interface PassphraseFormProps {
  vault: Vault;
  /** There is one, which this one replaces. */
  replaces: boolean;
  onDone: () => void;
}

/** Sets a passphrase: typed twice, judged while it is typed. */
export function PassphraseForm({ vault, replaces, onDone }: PassphraseFormProps) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [always, setAlways] = useState(!replaces);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const strength = useStrength(passphrase);
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  const opensByItself = vault.state.methods.find(({ type }) => type === "device");
  useEffect(() => {
    first.current?.focus();
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      const judged = passphrase === "" ? null : (await loadJudge())(passphrase);
      if (judged === null || judged.score < ENOUGH) throw new Error("This passphrase is too easy to guess. Make it longer.");
      if (passphrase !== again) throw new Error("The two are not the same. Type the passphrase again.");
      await vault.setPassphrase(passphrase);
      if (always && opensByItself !== undefined) await vault.remove(opensByItself.id);
      onDone();
    } catch (thrown) {
      setProblem(thrown instanceof Error && !("code" in thrown) ? thrown.message : explainThrown(thrown));
      setBusy(false);
    }
  };

  const field = (label: string, value: string, onChange: (value: string) => void, suffix: string) => (
    <>
      <label className="field-label" htmlFor={`${id}-${suffix}`}>
        {label}
      </label>
      <input
        ref={suffix === "new" ? first : undefined}
        id={`${id}-${suffix}`}
        className="field"
        type="password"
        autoComplete="new-password"
        value={value}
        aria-invalid={problem !== null}
        aria-describedby={suffix === "new" ? `${id}-strength` : `${id}-problem`}
        onChange={(event) => {
          onChange(event.target.value);
          setProblem(null);
        }}
      />
    </>
  );

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <div className="dialog-body field-form">
        {field("New passphrase", passphrase, setPassphrase, "new")}
        <PassphraseStrength id={`${id}-strength`} strength={strength} />
        {field("New passphrase again", again, setAgain, "again")}
        <p className="field-error" id={`${id}-problem`} role="alert">
          {problem}
        </p>
        {opensByItself !== undefined && (
          <div className="choice vault-always">
            <input
              type="checkbox"
              id={`${id}-always`}
              checked={always}
              aria-describedby={`${id}-meaning`}
              onChange={(event) => { setAlways(event.target.checked); }}
            />
            <label htmlFor={`${id}-always`}>Ask for it whenever Sealpost opens</label>
            <p className="choice-meaning" id={`${id}-meaning`}>
              Otherwise this browser goes on opening your profile without asking, and it cannot be locked.
            </p>
          </div>
        )}
        <p className="field-hint">Nobody can reset it: without it, and without another unlock method, your messages here are lost.</p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" busy={busy}>
          {replaces ? "Change passphrase" : "Set passphrase"}
        </Button>
      </footer>
    </form>
  );
}

/** Null before anything is typed, and until the dictionaries are there. */
function useStrength(passphrase: string): Strength | null {
  const [strength, setStrength] = useState<Strength | null>(null);
  useEffect(() => {
    let outdated = false;
    loadJudge().then(
      (judge) => {
        if (!outdated) setStrength(passphrase === "" ? null : judge(passphrase));
      },
      // Setting it says why, if it still fails then.
      () => undefined,
    );
    return () => {
      outdated = true;
    };
  }, [passphrase]);
  return strength;
}
