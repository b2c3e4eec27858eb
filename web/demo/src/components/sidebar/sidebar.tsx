import { SquarePen } from "lucide-react";
import { useState } from "react";
import { NewConversationDialog } from "../new-conversation/new-conversation-dialog.tsx";
import { IconButton } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { AccountBar } from "./account-bar.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { UnknownDevice } from "./unknown-device.tsx";

export function Sidebar() {
  const [composing, setComposing] = useState(false);
  const startComposing = () => {
    setComposing(true);
  };
  return (
    <nav className="sidebar" aria-label="Conversations and account">
      <header className="sidebar-header">
        <p className="sidebar-brand">
          <Seal />
          Sealpost
        </p>
        <IconButton label="New conversation" icon={SquarePen} onClick={startComposing} />
      </header>
      <ConversationList onNew={startComposing} />
      <UnknownDevice />
      <AccountBar />
      <NewConversationDialog
        open={composing}
        onClose={() => {
          setComposing(false);
        }}
      />
    </nav>
  );
}
