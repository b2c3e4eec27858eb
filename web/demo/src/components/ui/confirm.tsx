import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useRef, useState, type ReactNode } from "react";
import { showError } from "../../state/toasts.ts";
import { Button } from "./button.tsx";

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** What the button that does it says. */
  action: string;
  danger?: boolean;
  /** False while something that the question is about is not there yet. */
  ready?: boolean;
  onConfirm: () => Promise<unknown>;
}

/** Asks before something that cannot be undone. Stays open if it fails. */
export function Confirm({ open, onClose, title, children, action, danger = false, ready = true, onConfirm }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const done = useRef(false);
  const confirm = async () => {
    done.current = false;
    setBusy(true);
    try {
      await onConfirm();
      done.current = true;
      onClose();
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small" finalFocus={() => (done.current ? place() : true)}>
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-description" render={<div />}>
            {children}
          </AlertDialog.Description>
          <footer className="dialog-actions">
            <AlertDialog.Close render={<Button>Cancel</Button>} />
            <Button kind={danger ? "danger" : "primary"} busy={busy} disabled={!ready} onClick={() => void confirm()}>
              {action}
            </Button>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** The button that asked is often gone once it is done: the heading of where the person is takes the focus. */
function place(): HTMLElement | true {
  return document.querySelector<HTMLElement>(".details h2") ?? document.querySelector<HTMLElement>(".conversation-header h2") ?? true;
}
