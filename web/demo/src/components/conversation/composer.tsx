import { Paperclip, SendHorizontal, X } from "lucide-react";
import { useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { Conversation, TextMessage } from "sealpost";
import { changedMembers } from "../../lib/conversation.ts";
import { MESSAGE_MAX_BYTES } from "../../lib/limits.ts";
import { fullness, isBlank, oneLine } from "../../lib/text.ts";
import { NARROW, useMediaQuery, useMyId, useNames, useSession } from "../../state/hooks.ts";
import { tellsTyping } from "../../state/privacy.ts";
import { useSelected } from "../../state/store.ts";
import { showError } from "../../state/toasts.ts";
import { IconButton } from "../ui/button.tsx";
import { UploadList } from "./upload-list.tsx";
import { useGrowingHeight } from "../ui/use-growing-height.ts";

interface ComposerProps {
  conversation: Conversation;
  replyTo: TextMessage | null;
  onReplyEnd: () => void;
}

export function Composer({ conversation, replyTo, onReplyEnd }: ComposerProps) {
  const session = useSession();
  const narrow = useMediaQuery(NARROW);
  const { id } = conversation;
  const text = useSelected(session.drafts, (drafts) => drafts.get(id) ?? "");
  const input = useGrowingHeight(text);
  const chooser = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState(false);
  const blocked = blockedReason(conversation);
  const message = text.trim();
  const full = useMemo(() => fullness(message, MESSAGE_MAX_BYTES), [message]);
  const sendable = blocked === null && !isBlank(message) && full <= 1;

  // When the conversation is opened or something is to be answered; not when a window becomes wide.
  const takeFocus = useEffectEvent(() => {
    if (!narrow || replyTo !== null) input.current?.focus({ preventScroll: true });
  });
  useEffect(() => {
    takeFocus();
  }, [replyTo]);

  const send = async () => {
    if (session.sending.has(id) || !sendable) return;
    session.sending.add(id);
    setSending(true);
    try {
      await session.client.messages.send(id, replyTo === null ? { text: message } : { text: message, replyTo: replyTo.id });
      // Only now is it on disk. What was typed behind it meanwhile stays.
      const draft = session.drafts.get().get(id) ?? "";
      if (draft.startsWith(text)) session.setDraft(id, draft.slice(text.length));
      onReplyEnd();
    } catch (thrown) {
      showError(thrown);
    } finally {
      session.sending.delete(id);
      setSending(false);
      input.current?.focus();
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape" && replyTo !== null) {
      event.stopPropagation();
      onReplyEnd();
    }
    // While an input method composes, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };

  return (
    <footer className="composer">
      <UploadList conversationId={id} />
      {replyTo !== null && <ReplyBar message={replyTo} onEnd={onReplyEnd} />}
      {blocked !== null && (
        <p className="composer-blocked" id="composer-blocked">
          {blocked}
        </p>
      )}
      {full > 1 && (
        <p className="composer-too-long" id="composer-too-long" role="alert">
          This is too long for one message. Shorten it by {Math.ceil((1 - 1 / full) * 100)} % or send it in parts.
        </p>
      )}
      <div className="composer-row" data-blocked={blocked !== null || undefined}>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          data-file-chooser
          onChange={({ target }) => {
            session.uploads.send(id, target.files ?? []);
            // So that the same file may be chosen again.
            target.value = "";
          }}
        />
        <IconButton label="Attach files" icon={Paperclip} disabled={blocked !== null} onClick={() => chooser.current?.click()} />
        <textarea
          ref={input}
          className="composer-input"
          aria-label="Message"
          aria-invalid={full > 1 || undefined}
          aria-describedby={blocked === null ? (full > 1 ? "composer-too-long" : undefined) : "composer-blocked"}
          placeholder={blocked === null ? "Write a message" : ""}
          rows={1}
          dir="auto"
          disabled={blocked !== null}
          value={text}
          onChange={(event) => {
            session.setDraft(id, event.target.value);
            if (tellsTyping.get()) void session.client.conversations.typing(id, !isBlank(event.target.value)).catch(() => {});
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const { files } = event.clipboardData;
            if (files.length === 0) return;
            event.preventDefault();
            session.uploads.send(id, files);
          }}
        />
        <IconButton
          label="Send"
          icon={SendHorizontal}
          className="send"
          disabled={!sendable}
          aria-busy={sending || undefined}
          onClick={() => void send()}
        />
      </div>
    </footer>
  );
}

function blockedReason(conversation: Conversation): string | null {
  if (!conversation.active) return "You are no longer in this conversation. You can still read it.";
  const changed = changedMembers(conversation).map((member) => member.username);
  if (changed.length === 0) return null;
  return `Sending is paused until you have decided about the changed key of ${new Intl.ListFormat("en").format(changed)}.`;
}

function ReplyBar({ message, onEnd }: { message: TextMessage; onEnd: () => void }) {
  const me = useMyId();
  const nameOf = useNames();
  return (
    <div className="reply-bar">
      <div className="reply-bar-text">
        <span className="quote-author">Reply to {message.senderId === me ? "yourself" : nameOf(message.senderId)}</span>
        <span className="quote-text" dir="auto">
          {oneLine(message.text)}
        </span>
      </div>
      <IconButton label="Cancel reply" icon={X} onClick={onEnd} />
    </div>
  );
}
