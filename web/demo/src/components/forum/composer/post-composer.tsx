import { SendHorizontal } from "lucide-react";
import { useEffect, useEffectEvent, useMemo, useState, type KeyboardEvent } from "react";
import type { PostId, Topic } from "sealpost";
import { MESSAGE_MAX_BYTES } from "../../../lib/limits.ts";
import { mentionedIn } from "../../../lib/mentions.ts";
import { fullness, isBlank } from "../../../lib/text.ts";
import { blockedReason } from "../../../lib/topic-blocked.ts";
import { topicTitle } from "../../../lib/topics.ts";
import { NARROW, useMediaQuery, useMyId, useNames, useSession, useTopicMembers } from "../../../state/hooks.ts";
import { useSelected } from "../../../state/store.ts";
import { showError } from "../../../state/toasts.ts";
import { IconButton } from "../../ui/button.tsx";
import { useGrowingHeight } from "../../ui/use-growing-height.ts";
import { MentionList } from "./mention-list.tsx";
import { useMentions } from "./use-mentions.ts";

interface PostComposerProps {
  topic: Topic;
  /** The post whose thread is written in. */
  parentId: PostId | null;
}

export function PostComposer({ topic, parentId }: PostComposerProps) {
  const session = useSession();
  const me = useMyId();
  const narrow = useMediaQuery(NARROW);
  const nameOf = useNames();
  const members = useTopicMembers(topic.id);
  const place = parentId === null ? topic.id : `${topic.id}/${parentId}`;
  const text = useSelected(session.drafts, (drafts) => drafts.get(place) ?? "");
  const input = useGrowingHeight(text);
  const [sending, setSending] = useState(false);
  const setText = (next: string) => {
    session.setDraft(place, next);
  };
  const people = useMemo(() => members.filter(({ banned }) => !banned), [members]);
  const others = useMemo(() => people.filter(({ userId }) => userId !== me), [people, me]);
  const mentions = useMentions({ input, text, setText, people: others });

  const blocked = blockedReason(topic, nameOf);
  const post = text.trim();
  const full = useMemo(() => fullness(post, MESSAGE_MAX_BYTES), [post]);
  const sendable = blocked === null && !isBlank(post) && full <= 1;
  const reply = parentId !== null;
  const blockedId = reply ? "reply-blocked" : "post-blocked";

  const takeFocus = useEffectEvent(() => {
    if (!narrow && !reply) input.current?.focus({ preventScroll: true });
  });
  useEffect(() => {
    takeFocus();
  }, [reply]);

  const send = async () => {
    if (session.sending.has(place) || !sendable) return;
    session.sending.add(place);
    setSending(true);
    try {
      await session.client.posts.send(topic.id, { text: post, mentions: mentionedIn(post, people), ...(parentId === null ? {} : { parentId }) });
      // Only now is it on disk. What was typed behind it meanwhile stays.
      const draft = session.drafts.get().get(place) ?? "";
      if (draft.startsWith(text)) setText(draft.slice(text.length));
    } catch (thrown) {
      showError(thrown);
    } finally {
      session.sending.delete(place);
      setSending(false);
      input.current?.focus();
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, its keys belong to it.
    if (event.nativeEvent.isComposing || mentions.onKeyDown(event)) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    void send();
  };

  return (
    <footer className="composer post-composer">
      {blocked !== null && (
        <p className="composer-blocked" id={blockedId}>
          {blocked}
        </p>
      )}
      {full > 1 && (
        <p className="composer-too-long" role="alert">
          This is too long for one post. Shorten it by {Math.ceil((1 - 1 / full) * 100)} % or send it in parts.
        </p>
      )}
      <div className="composer-row" data-blocked={blocked !== null || undefined}>
        <MentionList mentions={mentions} />
        <textarea
          ref={input}
          className="composer-input"
          aria-label={reply ? "Reply" : "Post"}
          aria-invalid={full > 1 || undefined}
          aria-describedby={blocked === null ? undefined : blockedId}
          placeholder={blocked === null ? (reply ? "Reply" : `Write in ${topicTitle(topic)}`) : ""}
          rows={1}
          dir="auto"
          disabled={blocked !== null}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            mentions.look();
          }}
          onSelect={mentions.look}
          onBlur={mentions.close}
          onKeyDown={onKeyDown}
          {...mentions.aria}
        />
        <IconButton
          label={reply ? "Send reply" : "Send post"}
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
