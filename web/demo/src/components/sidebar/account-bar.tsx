import { useMyId, useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";
import { Avatar } from "../ui/avatar.tsx";
import { ThemeButton } from "../ui/theme-button.tsx";
import { ConnectionStatus } from "../ui/connection-status.tsx";
import { SettingsMenu } from "./settings-menu.tsx";

/** Who this is, and how the line is. */
export function AccountBar() {
  const username = useStore(useSession().me)?.username ?? "";
  return (
    <footer className="account-bar">
      <Avatar id={useMyId()} name={username} />
      <div className="account-text">
        <p className="account-name" data-testid="my-username">
          {username}
        </p>
        <ConnectionStatus />
      </div>
      <div className="account-actions">
        <SettingsMenu />
        <ThemeButton />
      </div>
    </footer>
  );
}
