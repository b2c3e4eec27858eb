import { Check, CircleAlert, Clock3, Copy, LockKeyholeOpen, Reply } from "lucide-react";
import { memo, useState } from "react";
import type { TextMessage, UndecryptableMessage } from "sealpost";
import { explain, explainUndecryptable } from "../../lib/errors.ts";
import { isOnlyEmoji } from "../../lib/text.ts";
import { formatClock, formatExact } from "../../lib/time.ts";
import type { Said } from "../../lib/timeline-entries.ts";
import { useSession } from "../../state/hooks.ts";
import { showError, showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { useLog } from "./log-context.ts";
import { MessageText } from "./message-text.tsx";
import { Quote } from "./quote.tsx";

interface MessageBubbleProps {
  message: Said;
  author: string;
  /** The last of its run shows the time. */
  last: boolean;
}

/** Memoized: a conversation holds thousands, and one of them changes at a time. */
export const MessageBubble = memo(function MessageBubble({ message, author, last }: MessageBubbleProps) {
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
      {message.type === "text" ? <Text message={message} /> : <Undecryptable message={message} />}
      {(last || message.state === "sending" || message.state === "failed") && <Meta message={message} />}
      {message.state === "failed" && <Failed message={message} />}
    </article>
  );
});

function Text({ message }: { message: TextMessage }) {
  const emoji = message.replyTo === null && isOnlyEmoji(message.text);
  return (
    <div className="message-line">
      <div className="bubble" data-emoji={emoji || undefined}>
        {message.replyTo !== null && <Quote id={message.replyTo} />}
        <MessageText text={message.text} />
      </div>
      <Actions message={message} />
    </div>
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
        </div>
      </div>
    </div>
  );
}

function Actions({ message }: { message: TextMessage }) {
  const { active, onReply } = useLog();
  const copy = () => {
    navigator.clipboard.writeText(message.text).then(() => {
      showNotice("Message copied");
    }, showError);
  };
  return (
    <div className="message-actions">
      {active && (
        <button type="button" className="message-action" data-action aria-label="Reply" tabIndex={-1} onClick={() => { onReply(message); }}>
          <Reply aria-hidden="true" />
        </button>
      )}
      <button type="button" className="message-action message-copy" data-action aria-label="Copy text" tabIndex={-1} onClick={copy}>
        <Copy aria-hidden="true" />
      </button>
    </div>
  );
}

const STATES = {
  sending: { icon: Clock3, label: "Sending" },
  sent: { icon: Check, label: "Sent" },
  failed: { icon: CircleAlert, label: "Not sent" },
};

function Meta({ message }: { message: Said }) {
  const { sentAt, state } = message;
  const shown = state === "received" ? null : STATES[state];
  return (
    <p className="meta">
      <time dateTime={new Date(sentAt).toISOString()} title={formatExact(sentAt)}>
        {formatClock(sentAt)}
      </time>
      {shown !== null && <shown.icon className="meta-state" role="img" aria-label={shown.label} />}
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
