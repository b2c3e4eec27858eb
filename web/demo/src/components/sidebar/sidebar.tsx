import { CirclePlus, SquarePen } from "lucide-react";
import { useState } from "react";
import { route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { CreateTopicDialog } from "../forum/create/create-topic-dialog.tsx";
import { NewConversationDialog } from "../new-conversation/new-conversation-dialog.tsx";
import { IconButton } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { AccountBar } from "./account-bar.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { ForumList } from "./forum-list.tsx";
import { Sections } from "./sections.tsx";
import { UnknownDevice } from "./unknown-device.tsx";

export function Sidebar() {
  const { section } = useStore(route);
  const [beginning, setBeginning] = useState<"conversation" | "topic" | null>(null);
  const end = () => {
    setBeginning(null);
  };
  const startConversation = () => {
    setBeginning("conversation");
  };
  const startTopic = () => {
    setBeginning("topic");
  };
  return (
    <nav className="sidebar" aria-label="Conversations and account">
      <header className="sidebar-header">
        <p className="sidebar-brand">
          <Seal />
          Sealpost
        </p>
        {section === "forums" ? (
          <IconButton label="New topic" icon={CirclePlus} onClick={startTopic} />
        ) : (
          <IconButton label="New conversation" icon={SquarePen} onClick={startConversation} />
        )}
      </header>
      <Sections />
      {section === "forums" ? <ForumList onNew={startTopic} /> : <ConversationList onNew={startConversation} />}
      <UnknownDevice />
      <AccountBar />
      <NewConversationDialog open={beginning === "conversation"} onClose={end} />
      <CreateTopicDialog open={beginning === "topic"} onClose={end} />
    </nav>
  );
}
