import { useEffect, useState, type KeyboardEvent } from "react";
import type { Post } from "sealpost";
import { MESSAGE_MAX_BYTES } from "../../../lib/limits.ts";
import { mentionedIn } from "../../../lib/mentions.ts";
import { fullness, isBlank } from "../../../lib/text.ts";
import { useSession } from "../../../state/hooks.ts";
import { showError } from "../../../state/toasts.ts";
import { Button } from "../../ui/button.tsx";
import { useGrowingHeight } from "../../ui/use-growing-height.ts";
import { usePostList } from "./post-list-context.ts";

/** In place of a post while its author changes it. */
export function PostEditor({ post }: { post: Post }) {
  const { client, forums } = useSession();
  const { people, endEdit } = usePostList();
  const [text, setText] = useState(post.text);
  const input = useGrowingHeight(text);
  const [busy, setBusy] = useState(false);
  const wanted = text.trim();
  const tooLong = fullness(wanted, MESSAGE_MAX_BYTES) > 1;
  const end = () => {
    endEdit(post.id);
  };

  useEffect(() => {
    const element = input.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [input]);

  const save = async () => {
    if (busy || isBlank(wanted) || tooLong) return;
    if (wanted === post.text) {
      end();
      return;
    }
    setBusy(true);
    try {
      forums.posts.keep(await client.posts.edit(post.topicId, post.id, { text: wanted, mentions: mentionedIn(wanted, people) }));
      end();
    } catch (thrown) {
      showError(thrown);
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      // Not the panel's, then.
      event.preventDefault();
      event.stopPropagation();
      end();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
  };
  return (
    <div className="post-editor">
      <div className="composer-row">
        <textarea
          ref={input}
          className="composer-input"
          aria-label="Edit post"
          aria-invalid={tooLong || undefined}
          rows={1}
          dir="auto"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="post-editor-actions">
        <Button onClick={end}>Cancel</Button>
        <Button kind="primary" busy={busy} disabled={isBlank(wanted) || tooLong} onClick={() => void save()}>
          Save
        </Button>
      </div>
    </div>
  );
}
