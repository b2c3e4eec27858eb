import { useCallback, useMemo, useState } from "react";
import type { Conversation, Message, MessageId, TextMessage } from "sealpost";
import type { Utterance } from "../../lib/messages.ts";
import { timelineEntries, type Entry } from "../../lib/timeline-entries.ts";
import { formatDay } from "../../lib/time.ts";
import { useNow, useSession } from "../../state/hooks.ts";
import { showError, showNotice } from "../../state/toasts.ts";
import type { Chosen } from "../ui/anchored-popover.tsx";
import { EmojiPicker } from "../ui/emoji-picker.tsx";
import { DeleteMessage } from "./delete-message.tsx";
import { LogContext, type LogContextValue } from "./log-context.ts";
import { MessageMenu } from "./message-menu.tsx";
import { MessageRun } from "./message-run.tsx";
import { Notice } from "./notice.tsx";

interface MessageEntriesProps {
  conversation: Conversation;
  items: readonly Message[];
  unreadFrom: MessageId | null;
  onReply: (message: TextMessage) => void;
  jumpTo: (id: MessageId) => void;
}

/** Messages by day and sender, and what can be done with one of them: one menu for all, since a conversation holds thousands. */
export function MessageEntries({ conversation, items, unreadFrom, onReply, jumpTo }: MessageEntriesProps) {
  const { client, timelines } = useSession();
  const { id, active } = conversation;
  const entries = useMemo(() => timelineEntries(items, unreadFrom), [items, unreadFrom]);
  const [menu, setMenu] = useState<Chosen<Utterance> | null>(null);
  const [picker, setPicker] = useState<Chosen<Utterance> | null>(null);
  const [editing, setEditing] = useState<MessageId | null>(null);
  const [deleting, setDeleting] = useState<Utterance | null>(null);

  const endEdit = useCallback((messageId: MessageId) => {
    setEditing(null);
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(messageId)}"]`)?.focus({ preventScroll: true });
    });
  }, []);
  const context = useMemo<LogContextValue>(
    () => ({
      conversationId: id,
      active,
      onReply,
      jumpTo,
      endEdit,
      openMenu: (message, anchor) => {
        setMenu({ of: message, anchor });
      },
      openPicker: (message, anchor) => {
        setPicker({ of: message, anchor });
      },
      react: (message, emoji, on) => {
        client.messages.react(id, message.id, emoji, on).then((updated) => {
          timelines.keep(updated);
        }, showError);
      },
      copy: (message) => {
        navigator.clipboard.writeText(message.text).then(() => {
          showNotice("Message copied");
        }, showError);
      },
    }),
    [client, timelines, id, active, onReply, jumpTo, endEdit],
  );

  return (
    <LogContext value={context}>
      {entries.map((entry) => (
        <LogEntry key={entry.key} entry={entry} kind={conversation.kind} others={conversation.members.length - 1} editing={editing} />
      ))}
      <MessageMenu
        chosen={menu}
        onClose={() => {
          setMenu(null);
        }}
        onEdit={(message) => {
          setEditing(message.id);
        }}
        onDelete={setDeleting}
      />
      {picker !== null && (
        <EmojiPicker
          anchor={picker.anchor}
          reactions={picker.of.reactions}
          onReact={(emoji, on) => {
            context.react(picker.of, emoji, on);
          }}
          onClose={() => {
            setPicker(null);
          }}
        />
      )}
      <DeleteMessage
        message={deleting}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </LogContext>
  );
}

interface LogEntryProps {
  entry: Entry;
  kind: Conversation["kind"];
  /** How many people are there beside this one. */
  others: number;
  editing: MessageId | null;
}

function LogEntry({ entry, kind, others, editing }: LogEntryProps) {
  switch (entry.kind) {
    case "day":
      return <DayHeading at={entry.at} />;
    case "unread":
      return (
        <p className="unread-marker" data-unread-marker>
          <span>New messages</span>
        </p>
      );
    case "notice":
      return <Notice message={entry.message} previous={entry.previous} kind={kind} />;
    case "run":
      return <MessageRun senderId={entry.senderId} outgoing={entry.outgoing} messages={entry.messages} group={kind === "group"} others={others} editing={editing} />;
  }
}

function DayHeading({ at }: { at: number }) {
  const now = useNow(60_000);
  return (
    <h3 className="day">
      <span>{formatDay(at, now)}</span>
    </h3>
  );
}
