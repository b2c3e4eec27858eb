import { Bell, EyeOff, HardDrive, KeyRound, MonitorSmartphone, Settings } from "lucide-react";
import { useState } from "react";
import { DevicesDialog } from "../devices/devices-dialog.tsx";
import { StorageDialog } from "../storage/storage-dialog.tsx";
import { AnchoredPopover } from "../ui/anchored-popover.tsx";
import { IconButton } from "../ui/button.tsx";
import { MenuItem } from "../ui/menu-item.tsx";
import { NotificationsDialog } from "./notifications-dialog.tsx";
import { PrivacyDialog } from "./privacy-dialog.tsx";
import { UnlockMethodsDialog } from "../vault/unlock-methods-dialog.tsx";

type Dialog = "devices" | "notifications" | "privacy" | "storage" | "unlock";

/** What is set for this profile and account. */
export function SettingsMenu() {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [open, setOpen] = useState<Dialog | null>(null);
  const choose = (what: Dialog) => {
    setAnchor(null);
    setOpen(what);
  };
  const close = () => {
    setOpen(null);
  };
  return (
    <>
      <IconButton label="Settings" icon={Settings} onClick={(event) => { setAnchor(event.currentTarget); }} />
      {anchor !== null && (
        <AnchoredPopover anchor={anchor} label="Settings" onClose={() => { setAnchor(null); }}>
          <MenuItem icon={MonitorSmartphone} name="Devices" onClick={() => { choose("devices"); }} />
          <MenuItem icon={Bell} name="Notifications" onClick={() => { choose("notifications"); }} />
          <MenuItem icon={EyeOff} name="Privacy" onClick={() => { choose("privacy"); }} />
          <MenuItem icon={KeyRound} name="Unlock methods" onClick={() => { choose("unlock"); }} />
          <MenuItem icon={HardDrive} name="Storage and diagnostics" onClick={() => { choose("storage"); }} />
        </AnchoredPopover>
      )}
      <DevicesDialog open={open === "devices"} onClose={close} />
      <NotificationsDialog open={open === "notifications"} onClose={close} />
      <PrivacyDialog open={open === "privacy"} onClose={close} />
      <StorageDialog open={open === "storage"} onClose={close} />
      <UnlockMethodsDialog open={open === "unlock"} onClose={close} />
    </>
  );
}
