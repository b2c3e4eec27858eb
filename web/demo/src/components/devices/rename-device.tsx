import { useState, type SubmitEvent } from "react";
import type { Device } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { useSession } from "../../state/hooks.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/text-field.tsx";

export function RenameDevice({ device, onDone }: { device: Device; onDone: () => void }) {
  const { client } = useSession();
  const [name, setName] = useState(device.name);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (new TextEncoder().encode(name.trim()).length > 64) {
      setProblem("This name is too long.");
      return;
    }
    try {
      await client.devices.rename(device.id, name.trim());
      onDone();
    } catch (thrown) {
      setProblem(explainThrown(thrown));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <div className="dialog-body">
        <TextField label="Device name" value={name} onChange={setName} problem={problem} placeholder="Laptop" />
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" type="submit">
          Save
        </Button>
      </footer>
    </form>
  );
}
