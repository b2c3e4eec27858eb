import { Fingerprint, Laptop, LockKeyhole, TextCursorInput, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import type { UnlockMethod, Vault, VaultState } from "sealpost";
import { formatExact } from "../../lib/time.ts";
import { showError } from "../../state/toasts.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";

const NAMES = { device: "This browser", passphrase: "Passphrase", passkey: "Passkey" } as const;
const ICONS = { device: Laptop, passphrase: TextCursorInput, passkey: Fingerprint } as const;
const MINUTES = [1, 5, 15, 60] as const;

interface MethodListProps {
  vault: Vault;
  state: VaultState;
  onAdd: (what: "passphrase" | "passkey") => void;
}

export function MethodList({ vault, state, onAdd }: MethodListProps) {
  const [removing, setRemoving] = useState<UnlockMethod | null>(null);
  const { methods } = state;
  const has = (type: UnlockMethod["type"]) => methods.some((method) => method.type === type);
  const lock = () => {
    vault.lock().catch(showError);
  };
  return (
    <>
      <div className="dialog-body vault-settings">
        <ul className="vault-methods" aria-label="Unlock methods">
          {methods.map((method) => (
            <Method key={method.id} method={method} isLast={methods.length === 1} onRemove={() => { setRemoving(method); }} />
          ))}
        </ul>
        <div className="vault-actions">
          <Button onClick={() => { onAdd("passphrase"); }}>{has("passphrase") ? "Change passphrase" : "Add a passphrase"}</Button>
          <Button onClick={() => { onAdd("passkey"); }}>Add a passkey</Button>
          {!has("device") && <Button onClick={() => { vault.addDevice().catch(showError); }}>Open in this browser without asking</Button>}
        </div>
        <LockAfter vault={vault} state={state} disabled={has("device")} />
      </div>
      <footer className="dialog-actions">
        {has("device") && <p className="vault-note">As long as this browser opens the profile by itself, it cannot be locked.</p>}
        <Button kind="primary" disabled={has("device")} onClick={lock}>
          <LockKeyhole aria-hidden="true" />
          Lock now
        </Button>
      </footer>
      <Confirm
        open={removing !== null}
        onClose={() => { setRemoving(null); }}
        title={removing === null ? "" : `Remove “${nameOf(removing)}”?`}
        action="Remove"
        danger
        onConfirm={async () => {
          if (removing !== null) await vault.remove(removing.id);
        }}
      >
        <p>{removing?.type === "device" ? "Sealpost will ask before it opens this profile." : "It will not open this profile any more."}</p>
      </Confirm>
    </>
  );
}

function Method({ method, isLast, onRemove }: { method: UnlockMethod; isLast: boolean; onRemove: () => void }) {
  const Icon = ICONS[method.type];
  return (
    <li className="vault-method" data-type={method.type}>
      <Icon aria-hidden="true" />
      <div>
        <p className="vault-method-name">{nameOf(method)}</p>
        <p className="vault-note">{method.createdAt === null ? "Opens without asking anybody" : `Since ${formatExact(method.createdAt)}`}</p>
      </div>
      {!isLast && <IconButton label={`Remove ${nameOf(method)}`} icon={Trash2} onClick={onRemove} />}
    </li>
  );
}

function nameOf({ type, name }: UnlockMethod): string {
  return name === "" ? NAMES[type] : name;
}

function LockAfter({ vault, state, disabled }: { vault: Vault; state: VaultState; disabled: boolean }) {
  const id = useId();
  const choices = state.lockAfter === null || MINUTES.some((minutes) => minutes === state.lockAfter) ? MINUTES : [...MINUTES, state.lockAfter];
  return (
    <div className="vault-idle">
      <label className="field-label" htmlFor={id}>
        Lock when nobody is there
      </label>
      <select
        id={id}
        className="field"
        disabled={disabled}
        value={state.lockAfter ?? 0}
        onChange={(event) => {
          const minutes = Number(event.target.value);
          vault.setLockAfter(minutes === 0 ? null : minutes).catch(showError);
        }}
      >
        <option value={0}>Never</option>
        {choices.map((minutes) => (
          <option key={minutes} value={minutes}>
            {minutes === 1 ? "After a minute" : minutes === 60 ? "After an hour" : `After ${String(minutes)} minutes`}
          </option>
        ))}
      </select>
    </div>
  );
}
