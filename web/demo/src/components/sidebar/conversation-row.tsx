import { CircleAlert, Clock3, ShieldAlert } from "lucide-react";
import type { MouseEvent } from "react";
import type { Conversation } from "sealpost";
import { activeAt, changedMembers, isNotice, peer, preview, titleOf } from "../../lib/conversation.ts";
import { noticeWords } from "../../lib/notice-words.ts";
import { oneLine } from "../../lib/text.ts";
import { formatExact, formatRelative } from "../../lib/time.ts";
import { useMyId, useNames, useSession } from "../../state/hooks.ts";
import { formatRoute, navigate } from "../../state/route.ts";
import { useSelected } from "../../state/store.ts";
import { Avatar } from "../ui/avatar.tsx";

interface RowProps {
  conversation: Conversation;
  current: boolean;
  tabStop: boolean;
  now: number;
}

export function ConversationRow({ conversation, current, tabStop, now }: RowProps) {
  const me = useMyId();
  const title = titleOf(conversation, me);
  const { id, unread } = conversation;
  const at = activeAt(conversation);
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate({ conversationId: id });
  };
  return (
    <li>
      <a
        className="row"
        href={formatRoute({ conversationId: id })}
        aria-current={current ? "page" : undefined}
        tabIndex={tabStop ? 0 : -1}
        data-conversation-id={id}
        data-unread={unread}
        onClick={follow}
      >
        <Avatar id={peer(conversation, me)?.userId ?? id} name={title} group={conversation.kind === "group"} />
        <span className="row-title">
          <bdi>{title}</bdi>
          {changedMembers(conversation).length > 0 && <ShieldAlert className="row-warning" aria-label="Key changed" role="img" />}
        </span>
        <time className="row-time" dateTime={new Date(at).toISOString()} title={formatExact(at)}>
          {formatRelative(at, now)}
        </time>
        <RowPreview conversation={conversation} current={current} />
        {unread > 0 && (
          <span className="badge">
            <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
            <span className="visually-hidden">{unread} unread</span>
          </span>
        )}
      </a>
    </li>
  );
}

function RowPreview({ conversation, current }: { conversation: Conversation; current: boolean }) {
  const session = useSession();
  const me = useMyId();
  const nameOf = useNames();
  const draft = useSelected(session.drafts, (drafts) => drafts.get(conversation.id) ?? "");
  const { kind, lastMessage } = conversation;
  if (draft !== "" && !current) {
    return (
      <span className="row-preview">
        <span className="row-draft">Draft:</span> <bdi>{oneLine(draft)}</bdi>
      </span>
    );
  }
  if (conversation.request) {
    return (
      <span className="row-preview">
        <span className="row-draft">Message request</span>
      </span>
    );
  }
  const text = preview(lastMessage, (message) => noticeWords(message, { kind, me, nameOf, previous: null }));
  const author = lastMessage === null || isNotice(lastMessage) ? "" : authorPrefix();
  return (
    <span className="row-preview">
      {lastMessage?.state === "sending" && <Clock3 className="row-state" role="img" aria-label="Sending" />}
      {lastMessage?.state === "failed" && <CircleAlert className="row-state row-failed" role="img" aria-label="Not sent" />}
      {author}
      <bdi>{text}</bdi>
    </span>
  );

  function authorPrefix(): string {
    if (lastMessage?.outgoing === true) return "You: ";
    return kind === "group" && lastMessage !== null ? `${nameOf(lastMessage.senderId)}: ` : "";
  }
}
