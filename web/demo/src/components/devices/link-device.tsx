import { useId, useState, type ChangeEvent, type SubmitEvent } from "react";
import type { LinkDeviceOptions } from "sealpost";
import type { Choice } from "../../lib/topic-words.ts";
import { canReadPictures, codeInPicture } from "../../lib/pictures.ts";
import { useSession } from "../../state/hooks.ts";
import { showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { Choices } from "../ui/choices.tsx";
import { TextField } from "../ui/text-field.tsx";
import { Compare, Progress } from "./encounter-steps.tsx";
import { useEncounter } from "./use-encounter.ts";

type Kind = NonNullable<LinkDeviceOptions["kind"]>;

const KINDS: readonly Choice<Kind>[] = [
  { value: "full", name: "Full device", meaning: "It can link and revoke devices, too. Choose this for a device of yours that you keep." },
  { value: "companion", name: "Companion", meaning: "It reads and writes, and no more. If it is lost, revoking it is enough." },
];
const HISTORIES: readonly { value: string; words: string; history: LinkDeviceOptions["history"] }[] = [
  { value: "all", words: "All messages", history: "all" },
  { value: "30", words: "Those of the last 30 days", history: { days: 30 } },
  { value: "none", words: "None", history: "none" },
];

/** On a device that has the account: takes the code of a new one. */
export function LinkDevice({ onDone }: { onDone: () => void }) {
  const { client } = useSession();
  const { stage, problem, begin, answer } = useEncounter();
  const [code, setCode] = useState("");
  const [kind, setKind] = useState<Kind>("full");
  const [history, setHistory] = useState("all");
  const id = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const chosen = HISTORIES.find(({ value }) => value === history)?.history ?? "all";
    const linked = await begin((hooks) => client.devices.link(code.trim(), { ...hooks, kind, history: chosen }));
    if (linked === null) return;
    showNotice("The device is linked");
    onDone();
  };
  if (stage.type === "compare") return <Compare shown={stage.shown} onAnswer={answer} />;
  if (stage.type !== "idle") return <Progress stage={stage} waitingFor="Looking for the device…" />;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <div className="dialog-body vault-settings">
        <TextField
          label="Code of the new device"
          value={code}
          onChange={setCode}
          problem={problem}
          hint="Open Sealpost there, and choose “Add this device to an account”."
        />
        {canReadPictures() && <Picture onCode={setCode} />}
        <Choices legend="What it may do" choices={KINDS} value={kind} onChange={setKind} />
        <div className="field-form">
          <label className="field-label" htmlFor={id}>
            What comes along
          </label>
          <select id={id} className="field" value={history} onChange={(event) => { setHistory(event.target.value); }}>
            {HISTORIES.map(({ value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </div>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={code.trim() === ""}>
          Link device
        </Button>
      </footer>
    </form>
  );
}

/** Reads the code from a picture of it, where the browser can. */
function Picture({ onCode }: { onCode: (code: string) => void }) {
  const id = useId();
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file === undefined) return;
    const found = await codeInPicture(file);
    if (found === null) showNotice("There is no code in this picture");
    else onCode(found);
  };
  return (
    <div className="field-form">
      <label className="field-label" htmlFor={id}>
        Or a picture of it
      </label>
      <input id={id} type="file" accept="image/*" onChange={(event) => void read(event)} />
    </div>
  );
}
