import { Check, CheckCheck, CircleAlert, Clock3, LockKeyholeOpen, Trash2 } from "lucide-react";
import { memo, useState } from "react";
import type { FileMessage, TextMessage, UndecryptableMessage } from "sealpost";
import { explain, explainUndecryptable, isAskedFor } from "../../lib/errors.ts";
import { messageRights, type Utterance } from "../../lib/messages.ts";
import { reachOf, reachWords } from "../../lib/receipts.ts";
import { isOnlyEmoji } from "../../lib/text.ts";
import { formatClock, formatExact } from "../../lib/time.ts";
import type { Said } from "../../lib/timeline-entries.ts";
import { useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { ReactionList } from "../ui/reaction-list.tsx";
import { TextEditor } from "../ui/text-editor.tsx";
import { useLog } from "./log-context.ts";
import { FileBody } from "./file-body.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageText } from "./message-text.tsx";
import { Quote } from "./quote.tsx";

interface MessageBubbleProps {
  message: Said;
  author: string;
  editing: boolean;
  /** How many people there are to read it. */
  others: number;
  /** The last of its run shows the time. */
  last: boolean;
}

/** Memoized: a conversation holds thousands, and one of them changes at a time. */
export const MessageBubble = memo(function MessageBubble({ message, author, editing, others, last }: MessageBubbleProps) {
  return (
    <article
      className="message"
      aria-label={`${author}, ${formatClock(message.sentAt)}`}
      data-message-id={message.id}
      data-state={message.state}
      data-outgoing={message.outgoing}
      data-type={message.type}
      tabIndex={-1}
    >
      {message.type === "text" && <Text message={message} editing={editing} />}
      {message.type === "file" && <FileLine message={message} />}
      {message.type === "undecryptable" && <Undecryptable message={message} />}
      {message.type === "deleted" && <Deleted />}
      {(last || message.editedAt !== undefined || message.state === "sending" || message.state === "failed") && <Meta message={message} others={others} />}
      {message.state === "failed" && <Failed message={message} />}
    </article>
  );
});

function FileLine({ message }: { message: FileMessage }) {
  return (
    <>
      <div className="message-line">
        <FileBody message={message} />
        <MessageActions message={message} />
      </div>
      <Reactions message={message} />
    </>
  );
}

function Reactions({ message }: { message: Utterance }) {
  const { active, react } = useLog();
  return (
    <ReactionList
      reactions={message.reactions}
      open={messageRights(message, active).react}
      onReact={(emoji, on) => {
        react(message, emoji, on);
      }}
    />
  );
}

function Text({ message, editing }: { message: TextMessage; editing: boolean }) {
  if (editing) return <Editor message={message} />;
  const emoji = message.replyTo === null && isOnlyEmoji(message.text);
  return (
    <>
      <div className="message-line">
        <div className="bubble" data-emoji={emoji || undefined}>
          {message.replyTo !== null && <Quote id={message.replyTo} />}
          <MessageText text={message.text} />
        </div>
        <MessageActions message={message} />
      </div>
      <Reactions message={message} />
    </>
  );
}

function Editor({ message }: { message: TextMessage }) {
  const { client, timelines } = useSession();
  const { endEdit } = useLog();
  return (
    <TextEditor
      label="Edit message"
      text={message.text}
      onSave={async (text) => {
        timelines.keep(await client.messages.edit(message.conversationId, message.id, { text }));
      }}
      onEnd={() => {
        endEdit(message.id);
      }}
    />
  );
}

function Deleted() {
  return (
    <p className="message-gone">
      <Trash2 aria-hidden="true" />
      This message was deleted
    </p>
  );
}

function Undecryptable({ message }: { message: UndecryptableMessage }) {
  return (
    <div className="message-line">
      <div className="bubble bubble-unreadable">
        <LockKeyholeOpen aria-hidden="true" />
        <div>
          <p>This message could not be opened.</p>
          <p className="bubble-reason">
            {explainUndecryptable(message.reason)} <code>{message.reason}</code>
          </p>
          {isAskedFor(message.reason) && <p className="bubble-reason">The sender’s device was asked for it; it shows here once it comes.</p>}
        </div>
      </div>
    </div>
  );
}

const STATES = {
  sending: { icon: Clock3, label: "Sending" },
  failed: { icon: CircleAlert, label: "Not sent" },
};

/** A mark of how far one's own message has come, and its words. */
function stateOf(message: Said, others: number) {
  if (message.state === "received") return null;
  if (message.state !== "sent") return STATES[message.state];
  return { icon: reachOf(message, others) === "sent" ? Check : CheckCheck, label: reachWords(message, others) };
}

function Meta({ message, others }: { message: Said; others: number }) {
  const { sentAt, editedAt } = message;
  const shown = stateOf(message, others);
  return (
    <p className="meta">
      <time dateTime={new Date(sentAt).toISOString()} title={formatExact(sentAt)}>
        {formatClock(sentAt)}
      </time>
      {editedAt !== undefined && <span title={formatExact(editedAt)}>edited</span>}
      {shown !== null && <shown.icon className="meta-state" role="img" aria-label={shown.label} data-reach={message.state === "sent" ? reachOf(message, others) : undefined} />}
    </p>
  );
}

function Failed({ message }: { message: Said }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const retry = () => {
    setBusy(true);
    session.client.messages
      .retry(message.conversationId, message.id)
      .then((updated) => {
        session.timelines.keep(updated);
      }, showError)
      .finally(() => {
        setBusy(false);
      });
  };
  const reason = message.error === undefined ? "" : ` ${explain(message.error.code, message.error.message)}`;
  return (
    <div className="failed">
      <p>Not sent.{reason}</p>
      <Button kind="quiet" busy={busy} onClick={retry}>
        Retry
      </Button>
    </div>
  );
}
