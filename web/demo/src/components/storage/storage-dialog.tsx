import { useEffect, useState } from "react";
import { formatBytes } from "../../lib/bytes.ts";
import { useSession } from "../../state/hooks.ts";
import { showError, showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { Modal } from "../ui/modal.tsx";

/** What this browser keeps, and a file about its state to send to somebody who helps. */
export function StorageDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title="Storage and diagnostics" description="Your account and messages are stored in this browser, encrypted.">
      <Content />
    </Modal>
  );
}

interface Kept {
  readonly usage: number;
  readonly persisted: boolean;
}

async function read(): Promise<Kept> {
  const { usage = 0 } = await navigator.storage.estimate();
  return { usage, persisted: await navigator.storage.persisted() };
}

/** Exists only while the dialog is open: then it is read. */
function Content() {
  const { client } = useSession();
  const [kept, setKept] = useState<Kept | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    read().then(setKept, showError);
  }, []);
  const persist = async () => {
    if (!(await navigator.storage.persist())) showNotice("The browser has declined. Using this site more often may change its mind.");
    setKept(await read());
  };
  const save = async () => {
    setBusy(true);
    try {
      const text = JSON.stringify(await client.diagnostics(), null, 2);
      const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      Object.assign(document.createElement("a"), { href: url, download: "sealpost-diagnostics.json" }).click();
      // The download has begun by then.
      setTimeout(() => { URL.revokeObjectURL(url); }, 60_000);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div className="dialog-body vault-settings">
        {kept === null && <p className="vault-loading">Reading…</p>}
        {kept !== null && (
          <div data-testid="storage" data-persisted={kept.persisted}>
            <p className="vault-method-name">{formatBytes(kept.usage)} used</p>
            <p className="vault-note">
              {kept.persisted ? "The browser keeps it until you delete it." : "The browser may delete it when it runs out of room. Another device with your account is the only copy."}
            </p>
          </div>
        )}
        {kept?.persisted === false && (
          <div className="vault-actions">
            <Button onClick={() => void persist().catch(showError)}>Ask the browser to keep it</Button>
          </div>
        )}
        <p className="vault-note">Diagnostics are counts, times and error codes of this profile: no names, no messages, no keys. The file stays on this device until you send it to somebody.</p>
      </div>
      <footer className="dialog-actions">
        <Button kind="primary" busy={busy} onClick={() => void save().catch(showError)}>
          Save diagnostics
        </Button>
      </footer>
    </>
  );
}
