import { CirclePlus, FolderPlus, SquarePen } from "lucide-react";
import { useState } from "react";
import { useSession } from "../../state/hooks.ts";
import { route } from "../../state/route.ts";
import { useSelected, useStore } from "../../state/store.ts";
import { CreateCategoryDialog } from "../forum/create/create-category-dialog.tsx";
import { CreateTopicDialog } from "../forum/create/create-topic-dialog.tsx";
import { NewConversationDialog } from "../new-conversation/new-conversation-dialog.tsx";
import { IconButton } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { AccountBar } from "./account-bar.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { ForumList } from "./forum-list.tsx";
import { SearchField } from "./search-field.tsx";
import { SearchResults } from "./search-results.tsx";
import { Sections } from "./sections.tsx";
import { UnknownDevice } from "./unknown-device.tsx";

export function Sidebar() {
  const { section } = useStore(route);
  const session = useSession();
  const mayCreate = useStore(session.forums.mayCreate);
  const hasConversations = useSelected(session.conversations, (all) => all.size > 0);
  const [query, setQuery] = useState("");
  const [beginning, setBeginning] = useState<"conversation" | "topic" | "category" | null>(null);
  const end = () => {
    setBeginning(null);
  };
  const startConversation = () => {
    setBeginning("conversation");
  };
  const startTopic = () => {
    setBeginning("topic");
  };
  const startCategory = () => {
    setBeginning("category");
  };
  return (
    <nav className="sidebar" aria-label="Conversations and account">
      <header className="sidebar-header">
        <p className="sidebar-brand">
          <Seal />
          Sealpost
        </p>
        {section === "forums" ? (
          <div className="sidebar-actions">
            {mayCreate && <IconButton label="New category" icon={FolderPlus} onClick={startCategory} />}
            <IconButton label="New topic" icon={CirclePlus} onClick={startTopic} />
          </div>
        ) : (
          <IconButton label="New conversation" icon={SquarePen} onClick={startConversation} />
        )}
      </header>
      <Sections />
      {section === "forums" ? (
        <ForumList onNew={startTopic} onNewCategory={startCategory} />
      ) : (
        <>
          {hasConversations && <SearchField query={query} onQuery={setQuery} />}
          {query.trim() === "" ? <ConversationList onNew={startConversation} /> : <SearchResults query={query} />}
        </>
      )}
      <UnknownDevice />
      <AccountBar />
      <NewConversationDialog open={beginning === "conversation"} onClose={end} />
      <CreateCategoryDialog open={beginning === "category"} onClose={end} />
      <CreateTopicDialog open={beginning === "topic"} onClose={end} />
    </nav>
  );
}
