import { useEffect } from "react";
import { useConversation, useMyId, useSession, useTopic } from "../state/hooks.ts";
import { route } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { titleOf } from "../lib/conversation.ts";
import { topicTitle } from "../lib/topics.ts";
import { ConversationView } from "./conversation/conversation-view.tsx";
import { NothingOpen } from "./conversation/nothing-open.tsx";
import { DetailsPanel } from "./details/details-panel.tsx";
import { InvitationDialog } from "./forum/join/invitation-dialog.tsx";
import { TopicPanels } from "./forum/panels/topic-panels.tsx";
import { TopicStage } from "./forum/topic-stage.tsx";
import { Sidebar } from "./sidebar/sidebar.tsx";
import { Announcer } from "./ui/announcer.tsx";

/** The registered person's app: the list, what is open of it, its details; one at a time on narrow screens. */
export function Messenger() {
  const { section, conversationId, panel, topicId, topicPanel } = useStore(route);
  const conversation = useConversation(conversationId ?? "");
  const topic = useTopic(topicId ?? "");
  usePageTitle();
  useInterrupted();
  const nothing = conversationId === null && topicId === null;
  const pane = nothing ? "list" : panel === null && topicPanel === null ? "conversation" : "details";
  return (
    <main className="messenger" data-pane={pane} data-section={section}>
      <h1 className="visually-hidden">Sealpost</h1>
      <Sidebar />
      <div className="stage">
        {section === "forums" ? (
          <TopicStage wanted={topicId} topic={topic} />
        ) : conversation === null ? (
          <NothingOpen wanted={conversationId} />
        ) : (
          <ConversationView key={conversation.id} conversation={conversation} />
        )}
      </div>
      {conversation !== null && panel !== null && <DetailsPanel conversation={conversation} panel={panel} />}
      {topic !== null && topicPanel !== null && <TopicPanels topic={topic} panel={topicPanel} />}
      <InvitationDialog />
      <Announcer />
    </main>
  );
}

/** Says which files the page before this one did not send. After all effects of this rendering: what shows notices listens by then. */
function useInterrupted() {
  const { uploads } = useSession();
  useEffect(() => {
    const timer = setTimeout(() => {
      uploads.tellInterrupted();
    });
    return () => {
      clearTimeout(timer);
    };
  }, [uploads]);
}

/** Unread messages and mentions count; the rest of what is written in topics does not call for anybody. */
function usePageTitle() {
  const session = useSession();
  const conversations = useStore(session.conversations);
  const topics = useStore(session.forums.topics);
  const { conversationId, topicId } = useStore(route);
  const me = useMyId();
  let unread = 0;
  for (const conversation of conversations.values()) unread += conversation.unread;
  for (const topic of topics.values()) unread += topic.mentions;
  const conversation = conversations.get(conversationId ?? "");
  const topic = topics.get(topicId ?? "");
  const open = topic === undefined ? (conversation === undefined ? null : titleOf(conversation, me)) : topicTitle(topic);
  const name = open === null ? "Sealpost" : `${open} · Sealpost`;
  const title = unread > 0 ? `(${String(unread)}) ${name}` : name;
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = "Sealpost";
    };
  }, [title]);
}
