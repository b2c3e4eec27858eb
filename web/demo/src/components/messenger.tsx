import { useEffect } from "react";
import { useConversation, useMyId, useSession } from "../state/hooks.ts";
import { route } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { titleOf } from "../lib/conversation.ts";
import { ConversationView } from "./conversation/conversation-view.tsx";
import { NothingOpen } from "./conversation/nothing-open.tsx";
import { DetailsPanel } from "./details/details-panel.tsx";
import { Sidebar } from "./sidebar/sidebar.tsx";
import { Announcer } from "./ui/announcer.tsx";

/** The registered person's app: the list, the conversation, its details; one at a time on narrow screens. */
export function Messenger() {
  const { conversationId, panel } = useStore(route);
  const conversation = useConversation(conversationId ?? "");
  usePageTitle();
  const pane = conversationId === null ? "list" : panel === null ? "conversation" : "details";
  return (
    <main className="messenger" data-pane={pane}>
      <h1 className="visually-hidden">Sealpost</h1>
      <Sidebar />
      <div className="stage">
        {conversation === null ? (
          <NothingOpen wanted={conversationId} />
        ) : (
          <ConversationView key={conversation.id} conversation={conversation} />
        )}
      </div>
      {conversation !== null && panel !== null && <DetailsPanel conversation={conversation} panel={panel} />}
      <Announcer />
    </main>
  );
}

function usePageTitle() {
  const session = useSession();
  const conversations = useStore(session.conversations);
  const { conversationId } = useStore(route);
  const me = useMyId();
  let unread = 0;
  for (const conversation of conversations.values()) unread += conversation.unread;
  const open = conversations.get(conversationId ?? "");
  const name = open === undefined ? "Sealpost" : `${titleOf(open, me)} · Sealpost`;
  const title = unread > 0 ? `(${String(unread)}) ${name}` : name;
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = "Sealpost";
    };
  }, [title]);
}
