import { useEffect, useState } from "react";
import type { Sealpost, VaultState } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";
import { Modal } from "../ui/modal.tsx";
import { MethodList } from "./method-list.tsx";
import { PassphraseForm } from "./passphrase-form.tsx";
import { PasskeyForm } from "./passkey-form.tsx";

type Step = "list" | "passphrase" | "passkey";

const TITLES: Record<Step, string> = { list: "Unlock methods", passphrase: "Passphrase", passkey: "Passkey" };
const DESCRIPTIONS: Record<Step, string> = {
  list: "What opens this profile on this device. Your messages are encrypted here, and each of these opens them.",
  passphrase: "Somebody who gets hold of this device, or of a copy of it, has to guess it to read your messages.",
  passkey: "Your fingerprint, face, phone or security key opens this profile on this device.",
};

/** How this profile is opened, and locking it. */
export function UnlockMethodsDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { client } = useSession();
  const [step, setStep] = useState<Step>("list");
  const close = () => {
    setStep("list");
    onClose();
  };
  const back = () => {
    setStep("list");
  };
  return (
    <Modal open={open} onClose={close} title={TITLES[step]} description={DESCRIPTIONS[step]}>
      <Content client={client} step={step} onStep={setStep} onBack={back} />
    </Modal>
  );
}

interface ContentProps {
  client: Sealpost;
  step: Step;
  onStep: (step: Step) => void;
  onBack: () => void;
}

/** Exists only while the dialog is open: then the vault is read. */
function Content({ client, step, onStep, onBack }: ContentProps) {
  const state = useVault(client);
  if (!state.known) return <p className="dialog-body vault-loading">Reading…</p>;
  if (step === "passkey") return <PasskeyForm vault={client.vault} onDone={onBack} />;
  if (step === "passphrase") {
    return <PassphraseForm vault={client.vault} replaces={state.methods.some(({ type }) => type === "passphrase")} onDone={onBack} />;
  }
  return <MethodList vault={client.vault} state={state} onAdd={onStep} />;
}

function useVault(client: Sealpost): VaultState {
  const [state, setState] = useState(client.vault.state);
  useEffect(() => {
    const stop = client.on("vault", setState);
    client.vault.read().then(setState, showError);
    return stop;
  }, [client]);
  return state;
}
