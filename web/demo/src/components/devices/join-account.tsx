import { Copy } from "lucide-react";
import { useState, type SubmitEvent } from "react";
import { useSession } from "../../state/hooks.ts";
import { showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";
import { Compare, Progress } from "./encounter-steps.tsx";
import { QrCode } from "./qr-code.tsx";
import { useEncounter } from "./use-encounter.ts";

/** On a new device: shows a code, for a device that has the account. */
export function JoinAccount({ onBack }: { onBack: () => void }) {
  const session = useSession();
  const { stage, problem, begin, answer, cancel } = useEncounter();
  const [name, setName] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void begin((hooks) => session.join({ ...hooks, name: name.trim() }));
  };
  if (stage.type === "compare") return <Compare shown={stage.shown} onAnswer={answer} />;
  if (stage.type === "idle") {
    return (
      <form className="field-form" onSubmit={submit} noValidate>
        <TextField
          label="Name of this device"
          value={name}
          onChange={setName}
          problem={problem}
          placeholder="Laptop"
          hint="For yourself, to tell it from your others."
        />
        <Button kind="primary" type="submit">
          Show a code
        </Button>
        <Button onClick={onBack}>Create a new account instead</Button>
      </form>
    );
  }
  return (
    <>
      {stage.type === "waiting" && stage.code !== null && <Code code={stage.code} />}
      <Progress stage={stage} waitingFor="Waiting for the other device…" />
      {stage.type !== "transfer" && <Button onClick={cancel}>Cancel</Button>}
    </>
  );
}

function Code({ code }: { code: string }) {
  const copy = () => {
    navigator.clipboard.writeText(code).then(
      () => { showNotice("Copied"); },
      () => { showNotice("The browser did not let it be copied"); },
    );
  };
  return (
    <div className="join-code">
      <p>On a device that has your account, open Settings, Devices, “Link a device”, and enter this code. It is good for ten minutes; show it to nobody else.</p>
      <QrCode text={code} label="The code as a picture" />
      <p className="join-code-text" data-testid="link-code">
        {code}
      </p>
      <Button onClick={copy}>
        <Copy aria-hidden="true" />
        Copy code
      </Button>
    </div>
  );
}
