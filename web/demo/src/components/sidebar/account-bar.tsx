import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useMyId, useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";
import { Avatar } from "../ui/avatar.tsx";
import { ThemeButton } from "../ui/theme-button.tsx";
import { IconButton } from "../ui/button.tsx";
import { UnlockMethodsDialog } from "../vault/unlock-methods-dialog.tsx";
import { ConnectionStatus } from "../ui/connection-status.tsx";

/** Who this is, and how the line is. */
export function AccountBar() {
  const username = useStore(useSession().me)?.username ?? "";
  const [isOpen, setOpen] = useState(false);
  return (
    <footer className="account-bar">
      <Avatar id={useMyId()} name={username} />
      <div className="account-text">
        <p className="account-name" data-testid="my-username">
          {username}
        </p>
        <ConnectionStatus />
      </div>
      <IconButton label="Unlock methods" icon={KeyRound} onClick={() => { setOpen(true); }} />
      <ThemeButton />
      <UnlockMethodsDialog open={isOpen} onClose={() => { setOpen(false); }} />
    </footer>
  );
}
