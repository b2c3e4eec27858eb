import { Laptop, LockKeyhole } from "lucide-react";
import { useId, useRef, useState, type SubmitEvent } from "react";
import { explainThrown } from "../../lib/errors.ts";
import { normaliseUsername, usernameProblem } from "../../lib/username.ts";
import { useSession } from "../../state/hooks.ts";
import { JoinAccount } from "../devices/join-account.tsx";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { ThemeButton } from "../ui/theme-button.tsx";
import { Lost } from "./lost.tsx";

/** The first screen of a new browser. */
export function Registration() {
  const { client } = useSession();
  const [isJoining, setJoining] = useState(false);
  const [lost, setLost] = useState(client.lost);
  const startAnew = () => {
    client.forgetLost();
    setLost(null);
  };
  const join = () => { setJoining(true); };
  return (
    <div className="welcome">
      <aside className="welcome-brand" aria-hidden="true">
        <Seal className="welcome-seal" />
        <p className="welcome-motto">
          <span>Written here.</span> <span>Read there.</span> <span>Nowhere in between.</span>
        </p>
      </aside>
      <main className="welcome-main">
        <div className="welcome-corner">
          <ThemeButton />
        </div>
        <div className="welcome-panel">
          <p className="welcome-name">
            <Seal />
            Sealpost
          </p>
          {isJoining && <Joining onBack={() => { setJoining(false); }} />}
          {!isJoining && lost !== null && <Lost lost={lost} onJoin={join} onAnew={startAnew} />}
          {!isJoining && lost === null && <Beginning onJoin={join} />}
          <ul className="welcome-facts">
            <li>
              <LockKeyhole aria-hidden="true" />
              <p>Messages, group names and replies are encrypted in this browser; the relay sees who writes to whom, and when.</p>
            </li>
            <li>
              <Laptop aria-hidden="true" />
              <p>Your account and its keys live on your devices alone. As long as this is the only one, clearing its site data deletes them for good.</p>
            </li>
          </ul>
        </div>
      </main>
    </div>
  );
}

function Beginning({ onJoin }: { onJoin: () => void }) {
  return (
    <>
      <h1>Choose a username</h1>
      <p className="welcome-lead">It is how people find you, so tell it to those who should.</p>
      <UsernameForm />
      <p className="welcome-other">
        <Button kind="quiet" onClick={onJoin}>
          Add this device to an account
        </Button>
      </p>
    </>
  );
}

function Joining({ onBack }: { onBack: () => void }) {
  return (
    <>
      <h1>Add this device to an account</h1>
      <p className="welcome-lead">A device that has the account hands it over.</p>
      <JoinAccount onBack={onBack} />
    </>
  );
}

function UsernameForm() {
  const session = useSession();
  const [username, setUsername] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const hintId = useId();
  const errorId = useId();

  const refuse = (problem: string) => {
    setError(problem);
    input.current?.focus();
  };

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const wanted = normaliseUsername(username);
    const problem = usernameProblem(wanted);
    if (problem !== null) {
      refuse(problem);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await session.register(wanted);
    } catch (thrown) {
      refuse(explainThrown(thrown));
      setBusy(false);
    }
  };

  return (
    <form className="field-form" onSubmit={(event) => void submit(event)} noValidate>
      <label className="field-label" htmlFor={`${hintId}-input`}>
        Username
      </label>
      <input
        ref={input}
        id={`${hintId}-input`}
        className="field"
        name="username"
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        autoFocus
        value={username}
        aria-invalid={error !== null}
        aria-describedby={error === null ? hintId : `${errorId} ${hintId}`}
        onChange={(event) => {
          const typed = event.target.value.toLowerCase();
          setUsername(typed);
          const wanted = normaliseUsername(typed);
          // Too short is not yet an error while typing.
          setError(wanted.length >= 2 ? usernameProblem(wanted) : null);
        }}
      />
      <p className="field-error" id={errorId} role="alert">
        {error}
      </p>
      <p className="field-hint" id={hintId}>
        2–32 characters: a–z, 0–9, dot, underscore, hyphen; a letter or digit first.
      </p>
      <Button kind="primary" type="submit" busy={busy}>
        {busy ? "Creating account…" : "Create account"}
      </Button>
    </form>
  );
}
