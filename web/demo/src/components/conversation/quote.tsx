import type { Message, MessageId } from "sealpost";
import { oneLine } from "../../lib/text.ts";
import { useMyId, useNames, useSession } from "../../state/hooks.ts";
import { useSelected } from "../../state/store.ts";
import { useLog } from "./log-context.ts";

/** The message that is answered; a click goes there. */
export function Quote({ id }: { id: MessageId }) {
  const { conversationId, jumpTo } = useLog();
  const { timelines } = useSession();
  const me = useMyId();
  const nameOf = useNames();
  const quoted = useSelected(timelines.all, (all) => all.get(conversationId)?.items.find((item) => item.id === id) ?? null);
  const author = quoted === null ? null : quoted.senderId === me ? "You" : nameOf(quoted.senderId);
  return (
    <button
      type="button"
      className="quote"
      data-action
      tabIndex={-1}
      onClick={() => {
        jumpTo(id);
      }}
    >
      {author !== null && <span className="quote-author">{author}</span>}
      <span className="quote-text" dir="auto">
        {quotedText(quoted)}
      </span>
    </button>
  );
}

function quotedText(message: Message | null): string {
  if (message === null) return "An earlier message";
  if (message.type === "deleted") return "A deleted message";
  if (message.type === "file") return oneLine(message.name);
  return message.type === "text" ? oneLine(message.text) : "A message that could not be opened";
}
