import { Copy, Ellipsis, Reply, SmilePlus } from "lucide-react";
import { messageRights, type Utterance } from "../../lib/messages.ts";
import { useLog } from "./log-context.ts";

/** Answering, reactions, and everything else in a menu. Shown for the message under the pointer or with the focus. */
export function MessageActions({ message }: { message: Utterance }) {
  const { active, onReply, openMenu, openPicker, copy } = useLog();
  const rights = messageRights(message, active);
  return (
    <div className="message-actions">
      {rights.react && (
        <button
          type="button"
          className="message-action message-hovered"
          data-action
          aria-label="Add a reaction"
          aria-haspopup="dialog"
          tabIndex={-1}
          onClick={(event) => {
            openPicker(message, event.currentTarget);
          }}
        >
          <SmilePlus aria-hidden="true" />
        </button>
      )}
      {active && message.type === "text" && (
        <button type="button" className="message-action" data-action aria-label="Reply" tabIndex={-1} onClick={() => { onReply(message); }}>
          <Reply aria-hidden="true" />
        </button>
      )}
      {rights.react || rights.delete ? (
        <button
          type="button"
          className="message-action"
          data-action
          aria-label="More"
          aria-haspopup="dialog"
          tabIndex={-1}
          onClick={(event) => {
            openMenu(message, event.currentTarget);
          }}
        >
          <Ellipsis aria-hidden="true" />
        </button>
      ) : message.type === "text" && (
        <button type="button" className="message-action message-copy" data-action aria-label="Copy text" tabIndex={-1} onClick={() => { copy(message); }}>
          <Copy aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
