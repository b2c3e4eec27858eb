import { Laptop, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Device, Sealpost } from "sealpost";
import { formatExact } from "../../lib/time.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";

interface DeviceListProps {
  client: Sealpost;
  devices: readonly Device[];
  onLink: () => void;
  onRename: (device: Device) => void;
}

export function DeviceList({ client, devices, onLink, onRename }: DeviceListProps) {
  const [revoking, setRevoking] = useState<Device | null>(null);
  const isFull = devices.some(({ current, kind }) => current && kind === "full");
  return (
    <>
      <div className="dialog-body">
        <ul className="vault-methods" aria-label="Devices">
          {devices.map((device) => (
            <li key={device.id} className="vault-method" data-device={device.id} data-current={device.current || undefined}>
              <Laptop aria-hidden="true" />
              <div>
                <p className="vault-method-name">{deviceName(device)}</p>
                <p className="vault-note">{describe(device)}</p>
              </div>
              <IconButton label={`Rename ${deviceName(device)}`} icon={Pencil} onClick={() => { onRename(device); }} />
              {isFull && !device.current && <IconButton label={`Revoke ${deviceName(device)}`} icon={Trash2} onClick={() => { setRevoking(device); }} />}
            </li>
          ))}
        </ul>
      </div>
      <footer className="dialog-actions">
        {!isFull && <p className="vault-note">This is a companion: link and revoke devices on one that is not.</p>}
        <Button kind="primary" disabled={!isFull} onClick={onLink}>
          Link a device
        </Button>
      </footer>
      <Confirm
        open={revoking !== null}
        onClose={() => { setRevoking(null); }}
        title={revoking === null ? "" : `Revoke “${deviceName(revoking)}”?`}
        action="Revoke"
        danger
        onConfirm={async () => {
          if (revoking !== null) await client.devices.revoke(revoking.id);
        }}
      >
        <p>It gets nothing more, and what it writes is refused. What it has stays on it.</p>
        {revoking?.kind !== "companion" && (
          <p>It holds your account key. Somebody who has the device and opens it can link devices again: if it was stolen, start over with a new account and tell people.</p>
        )}
      </Confirm>
    </>
  );
}

/** What a device is called. */
function deviceName({ name, current }: Device): string {
  if (name !== "") return name;
  return current ? "This device" : "Device without a name";
}

function describe({ kind, addedAt, current }: Device): string {
  const words = [
    current ? "This device" : null,
    kind === null ? "Linked by another device" : kind === "full" ? "Full device" : "Companion",
    addedAt === null ? null : `Added ${formatExact(addedAt)}`,
  ];
  return words.filter((word) => word !== null).join(" · ");
}
