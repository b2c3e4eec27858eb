import { ArrowDown, LoaderCircle } from "lucide-react";
import { useCallback, useEffect } from "react";
import type { Conversation, MessageId, TextMessage } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";
import type { Timeline } from "../../state/timelines.ts";
import { Button } from "../ui/button.tsx";
import { Beginning } from "./beginning.tsx";
import { MessageEntries } from "./message-entries.tsx";
import { useLogScroll } from "./use-log-scroll.ts";
import { useRovingMessages } from "./use-roving-messages.ts";

const MOST_PAGES_TO_QUOTED = 20;

interface MessageLogProps {
  conversation: Conversation;
  timeline: Timeline;
  onReply: (message: TextMessage) => void;
  onBottomChange: (atBottom: boolean) => void;
}

export function MessageLog({ conversation, timeline, onReply, onBottomChange }: MessageLogProps) {
  const { timelines, jump: jumpTarget } = useSession();
  const { id } = conversation;
  const { items, status, unreadFrom } = timeline;
  const loadOlder = useCallback(() => timelines.loadOlder(id), [timelines, id]);
  const requestOlder = useCallback(() => void loadOlder(), [loadOlder]);
  const { log, atBottom, onScroll, jumpToNewest, reveal } = useLogScroll(timeline, requestOlder);
  const roving = useRovingMessages(log, items);

  useEffect(() => {
    onBottomChange(atBottom);
  }, [atBottom, onBottomChange]);

  const jumpTo = useCallback(
    async (messageId: MessageId) => {
      for (let pages = 0; pages < MOST_PAGES_TO_QUOTED; pages += 1) {
        const known = timelines.get(id);
        if (known.items.some((item) => item.id === messageId) || known.next === null) break;
        await loadOlder();
      }
      requestAnimationFrame(() => {
        const target = log.current?.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(messageId)}"]`) ?? null;
        if (target === null) return;
        reveal(target);
        target.focus({ preventScroll: true });
      });
    },
    [timelines, id, loadOlder, log, reveal],
  );
  const target = useStore(jumpTarget);
  const isTarget = target?.conversationId === id && status === "ready";
  useEffect(() => {
    if (!isTarget) return;
    jumpTarget.set(null);
    void timelines.loadDownTo(id, target.order).then(() => jumpTo(target.messageId));
  }, [isTarget, target, jumpTarget, timelines, id, jumpTo]);
  const jump = useCallback((wanted: MessageId) => void jumpTo(wanted), [jumpTo]);

  return (
    <div className="log-frame">
      <div ref={log} className="log" role="log" aria-live="off" aria-label="Messages" aria-busy={status === "loading"} onScroll={onScroll} {...roving}>
        <div className="log-content">
          <Top conversation={conversation} timeline={timeline} onLoadOlder={requestOlder} onRetry={() => void timelines.open(id, 0)} />
          <MessageEntries conversation={conversation} items={items} unreadFrom={unreadFrom} onReply={onReply} jumpTo={jump} />
        </div>
      </div>
      {!atBottom && status !== "loading" && (
        <button type="button" className="jump" aria-label="Jump to newest" onClick={jumpToNewest}>
          <ArrowDown aria-hidden="true" />
          {conversation.unread > 0 && <span className="badge" aria-hidden="true">{conversation.unread}</span>}
        </button>
      )}
    </div>
  );
}

interface TopProps {
  conversation: Conversation;
  timeline: Timeline;
  onLoadOlder: () => void;
  onRetry: () => void;
}

function Top({ conversation, timeline, onLoadOlder, onRetry }: TopProps) {
  const { status, next } = timeline;
  if (status === "failed") {
    return (
      <div className="log-top">
        <p>The messages could not be read.</p>
        <Button onClick={onRetry}>Try again</Button>
      </div>
    );
  }
  if (status === "loading") return <Waiting words="Loading messages…" />;
  if (status === "loading-older") return <Waiting words="Loading older messages…" />;
  if (next === null) return <Beginning conversation={conversation} />;
  return (
    <div className="log-top">
      <Button kind="quiet" onClick={onLoadOlder}>
        Load older messages
      </Button>
    </div>
  );
}

function Waiting({ words }: { words: string }) {
  return (
    <div className="log-top">
      <LoaderCircle className="spinner" aria-hidden="true" />
      <span className="visually-hidden">{words}</span>
    </div>
  );
}
