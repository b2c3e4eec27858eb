import { Fingerprint } from "lucide-react";
import { useEffect, useId, useRef, useState, type SubmitEvent } from "react";
import type { Sealpost } from "sealpost";
import { asSealpostError, explainThrown } from "../../lib/errors.ts";
import { useNow } from "../../state/hooks.ts";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { ThemeButton } from "../ui/theme-button.tsx";
import { explainPasskey } from "./passkey-form.tsx";

/** Somebody has to unlock the profile. */
export function LockedScreen({ client }: { client: Sealpost }) {
  const [vault, setVault] = useState(client.vault.state);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<"passphrase" | "passkey" | null>(null);
  useEffect(() => client.on("vault", setVault), [client]);
  const has = (type: "passphrase" | "passkey") => vault.methods.some((method) => method.type === type);

  const withPasskey = async () => {
    if (busy !== null) return;
    setBusy("passkey");
    setProblem(null);
    try {
      await client.vault.unlock({ passkey: true });
    } catch (thrown) {
      setProblem(explainPasskey(thrown));
      setBusy(null);
    }
  };

  return (
    <main className="boot locked" data-testid="locked">
      <div className="welcome-corner">
        <ThemeButton />
      </div>
      <Seal className="boot-seal" />
      <h1>This profile is locked</h1>
      <p>Your messages on this device are encrypted. Unlock the profile to read and write; until then nothing is received either.</p>
      <div className="locked-panel">
        {(has("passphrase") || !vault.known) && (
          <PassphraseUnlock client={client} retryAt={vault.retryAt} problem={problem} onProblem={setProblem} busy={busy !== null} onBusy={setBusy} />
        )}
        {!has("passphrase") && vault.known && (
          <p className="field-error" role="alert">
            {problem}
          </p>
        )}
        {has("passkey") && (
          <Button kind={has("passphrase") ? "secondary" : "primary"} busy={busy === "passkey"} onClick={() => void withPasskey()}>
            <Fingerprint aria-hidden="true" />
            Unlock with a passkey
          </Button>
        )}
      </div>
    </main>
  );
}

interface PassphraseUnlockProps {
  client: Sealpost;
  retryAt: number | null;
  problem: string | null;
  onProblem: (problem: string | null) => void;
  busy: boolean;
  onBusy: (busy: "passphrase" | null) => void;
}

function PassphraseUnlock({ client, retryAt, problem, onProblem, busy, onBusy }: PassphraseUnlockProps) {
  const [passphrase, setPassphrase] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const seconds = Math.ceil(((retryAt ?? 0) - useNow(250)) / 1000);
  const waits = seconds > 0;
  useEffect(() => {
    input.current?.focus();
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || waits || passphrase === "") return;
    onBusy("passphrase");
    onProblem(null);
    try {
      await client.vault.unlock({ passphrase });
    } catch (thrown) {
      // The line below says how long.
      onProblem(asSealpostError(thrown).code === "unlock-delayed" ? null : explainThrown(thrown));
      setPassphrase("");
      onBusy(null);
      input.current?.focus();
    }
  };

  return (
    <form className="field-form" onSubmit={(event) => void submit(event)} noValidate>
      <label className="field-label" htmlFor={id}>
        Passphrase
      </label>
      <input
        ref={input}
        id={id}
        className="field"
        type="password"
        autoComplete="current-password"
        value={passphrase}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem ${id}-wait`}
        onChange={(event) => {
          setPassphrase(event.target.value);
          onProblem(null);
        }}
      />
      <p className="field-error" id={`${id}-problem`} role="alert">
        {problem}
      </p>
      {/* Said when the wait begins and when it ends, not every second. */}
      <p className="visually-hidden" role="status">
        {waits ? "After several wrong passphrases the next try has to wait." : ""}
      </p>
      <p className="field-hint" id={`${id}-wait`} data-testid="unlock-wait">
        {waits ? `The next try is possible in ${duration(seconds)}.` : ""}
      </p>
      <Button kind="primary" type="submit" busy={busy} disabled={waits}>
        {busy ? "Unlocking…" : "Unlock"}
      </Button>
    </form>
  );
}

function duration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${String(seconds)} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "1 minute" : `${String(minutes)} minutes`;
}
