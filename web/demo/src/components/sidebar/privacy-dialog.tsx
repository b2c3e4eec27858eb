import { useEffect, useState } from "react";
import { useSession } from "../../state/hooks.ts";
import { setTellsTyping, tellsTyping } from "../../state/privacy.ts";
import { useStore } from "../../state/store.ts";
import { showError } from "../../state/toasts.ts";
import { Modal } from "../ui/modal.tsx";
import { Switch } from "../ui/switch.tsx";

/** What others hear of this person without a word being written. */
export function PrivacyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} onClose={onClose} title="Privacy" description="Only people whom you have written to, or accepted, hear any of this, and all of it is encrypted.">
      {open && <Settings />}
    </Modal>
  );
}

function Settings() {
  const { client } = useSession();
  const typing = useStore(tellsTyping);
  const [receipts, setReceipts] = useState<boolean | null>(null);
  useEffect(() => {
    client.conversations.readReceipts().then(setReceipts, showError);
  }, [client]);
  const change = (on: boolean) => {
    setReceipts(on);
    client.conversations.setReadReceipts(on).catch((thrown: unknown) => {
      setReceipts(!on);
      showError(thrown);
    });
  };
  return (
    <div className="dialog-body settings">
      <Switch name="Read receipts" meaning="Others see when you have read their messages. That something was delivered they see in any case." on={receipts ?? true} disabled={receipts === null} onChange={change} />
      <Switch name="Typing notices" meaning="Others see when you are writing." on={typing} onChange={setTellsTyping} />
    </div>
  );
}
