import { useEffect, useRef } from "react";
import type { ConversationId } from "sealpost";
import { byActivity, isShown } from "../../lib/conversation.ts";
import { NARROW, useMediaQuery, useMyId, useNow, useSession } from "../../state/hooks.ts";
import { route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { Button } from "../ui/button.tsx";
import { ConversationRow } from "./conversation-row.tsx";
import { moveFocus } from "./move-focus.ts";

const MINUTE = 60_000;

export function ConversationList({ onNew }: { onNew: () => void }) {
  const conversations = useStore(useSession().conversations);
  const { conversationId } = useStore(route);
  const list = useRef<HTMLUListElement>(null);
  const now = useNow(MINUTE);
  const me = useMyId();
  useReturningFocus(list, conversationId);

  if (conversations.size === 0) return <NoConversations onNew={onNew} />;
  const sorted = [...conversations.values()].filter((one) => isShown(one, conversations, me)).sort(byActivity);
  // One stop for Tab; the arrows go on from there.
  const stop = sorted.find(({ id }) => id === conversationId)?.id ?? sorted[0]?.id;
  return (
    <ul ref={list} className="conversation-list" aria-label="Conversations" onKeyDown={moveFocus}>
      {sorted.map((conversation) => (
        <ConversationRow
          key={conversation.id}
          conversation={conversation}
          current={conversation.id === conversationId}
          tabStop={conversation.id === stop}
          now={now}
        />
      ))}
    </ul>
  );
}

/** On narrow screens, focus returns to the conversation one comes back from. */
function useReturningFocus(list: React.RefObject<HTMLUListElement | null>, open: ConversationId | null) {
  const narrow = useMediaQuery(NARROW);
  const last = useRef<ConversationId | null>(open);
  useEffect(() => {
    if (open === null && last.current !== null && narrow) {
      list.current?.querySelector<HTMLElement>(`[data-conversation-id="${CSS.escape(last.current)}"]`)?.focus();
    }
    last.current = open;
  }, [list, narrow, open]);
}

function NoConversations({ onNew }: { onNew: () => void }) {
  return (
    <div className="list-empty">
      <h2>No conversations yet</h2>
      <p>Find somebody by their username to write the first message.</p>
      <Button kind="primary" onClick={onNew}>
        Start a conversation
      </Button>
    </div>
  );
}
