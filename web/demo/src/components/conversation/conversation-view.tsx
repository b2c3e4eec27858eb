import { useEffect, useState, type DragEvent } from "react";
import type { Conversation, TextMessage } from "sealpost";
import { changedMembers, continuation, peer } from "../../lib/conversation.ts";
import { useContact, useMyId, usePageVisible, useSession, useTimeline } from "../../state/hooks.ts";
import { navigate, route } from "../../state/route.ts";
import { useSelected, useStore } from "../../state/store.ts";
import { Composer } from "./composer.tsx";
import { Continued } from "./continued.tsx";
import { ConversationHeader } from "./conversation-header.tsx";
import { KeyChangedBanner } from "./key-changed-banner.tsx";
import { MessageLog } from "./message-log.tsx";
import { BlockedBar, RequestBar } from "./request-bar.tsx";
import { TypingLine } from "./typing-line.tsx";

/** One conversation: heading, warnings, messages, composer. Mounted anew for each conversation. */
export function ConversationView({ conversation }: { conversation: Conversation }) {
  const session = useSession();
  const { id } = conversation;
  const timeline = useTimeline(id);
  const visible = usePageVisible();
  const me = useMyId();
  const { panel } = useStore(route);
  const next = useSelected(session.conversations, (all) => continuation(conversation, all, me));
  const contact = useContact(peer(conversation, me)?.userId ?? "");
  const isBlocked = contact?.standing === "blocked";
  const [replyTo, setReplyTo] = useState<TextMessage | null>(null);
  const [atBottom, setAtBottom] = useState(false);

  useEffect(() => {
    void session.timelines.open(id, session.conversations.get().get(id)?.unread ?? 0);
  }, [session, id]);

  const { dropping, drop } = useDrop(conversation.active && next === null, (files) => {
    session.uploads.send(id, files);
  });

  const attending = visible && atBottom && timeline.status === "ready";
  useEffect(() => {
    session.attend(attending ? id : null);
    return () => {
      session.attend(null);
    };
  }, [session, id, attending]);

  return (
    <section className="conversation" aria-label="Conversation" data-conversation={id} data-dropping={dropping || undefined} {...drop}>
      <ConversationHeader conversation={conversation} />
      {changedMembers(conversation).map(({ userId, username }) => (
        <KeyChangedBanner
          key={userId}
          userId={userId}
          username={username}
          comparing={panel !== null && panel.kind !== "relay" && (conversation.kind === "direct" || (panel.kind === "contact" && panel.userId === userId))}
          onCompare={() => {
            navigate({ conversationId: id, panel: { kind: "contact", userId } });
          }}
        />
      ))}
      <MessageLog conversation={conversation} timeline={timeline} onReply={setReplyTo} onBottomChange={setAtBottom} />
      {next === null && !isBlocked && <TypingLine conversationId={id} />}
      {next === null && !isBlocked && conversation.request && <RequestBar conversation={conversation} />}
      {next !== null ? (
        <Continued conversation={conversation} next={next} />
      ) : isBlocked ? (
        <BlockedBar contact={contact} />
      ) : (
        <Composer
          conversation={conversation}
          replyTo={replyTo}
          onReplyEnd={() => {
            setReplyTo(null);
          }}
        />
      )}
    </section>
  );
}

/** Files that are dragged over an element and dropped there. */
function useDrop(open: boolean, onFiles: (files: FileList) => void) {
  const [dropping, setDropping] = useState(false);
  const hasFiles = (event: DragEvent) => open && event.dataTransfer.types.includes("Files");
  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDropping(true);
    },
    onDragLeave: (event: DragEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
    },
    onDrop: (event: DragEvent) => {
      setDropping(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      onFiles(event.dataTransfer.files);
    },
  };
  return { dropping, drop };
}
