import { useEffect, useState } from "react";
import type { Device, Sealpost } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";
import { Modal } from "../ui/modal.tsx";
import { DeviceList } from "./device-list.tsx";
import { LinkDevice } from "./link-device.tsx";
import { RenameDevice } from "./rename-device.tsx";

type Step = { readonly type: "list" | "link" } | { readonly type: "rename"; readonly device: Device };

const TITLES: Record<Step["type"], string> = { list: "Devices", link: "Link a device", rename: "Rename device" };
const DESCRIPTIONS: Record<Step["type"], string> = {
  list: "Each of them reads and writes as you. What you see here is signed by your account.",
  link: "A new device gets your account from this one, encrypted; the relay reads nothing of it.",
  rename: "Only your own devices see the name.",
};

/** The account's devices. */
export function DevicesDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { client } = useSession();
  const [step, setStep] = useState<Step>({ type: "list" });
  const back = () => {
    setStep({ type: "list" });
  };
  const close = () => {
    back();
    onClose();
  };
  return (
    <Modal open={open} onClose={close} title={TITLES[step.type]} description={DESCRIPTIONS[step.type]}>
      {step.type === "link" && <LinkDevice onDone={back} />}
      {step.type === "rename" && <RenameDevice device={step.device} onDone={back} />}
      {step.type === "list" && (
        <Devices client={client} onLink={() => { setStep({ type: "link" }); }} onRename={(device) => { setStep({ type: "rename", device }); }} />
      )}
    </Modal>
  );
}

/** Exists only while the list shows: then it is read. */
function Devices({ client, onLink, onRename }: { client: Sealpost; onLink: () => void; onRename: (device: Device) => void }) {
  const [devices, setDevices] = useState<readonly Device[] | null>(null);
  useEffect(() => {
    const stop = client.on("devices", setDevices);
    client.devices.list().then(setDevices, showError);
    return stop;
  }, [client]);
  if (devices === null) return <p className="dialog-body vault-loading">Reading…</p>;
  return <DeviceList client={client} devices={devices} onLink={onLink} onRename={onRename} />;
}
