import { Ellipsis, MessageSquareReply, SmilePlus } from "lucide-react";
import type { Post } from "sealpost";
import { postRights } from "../../../lib/topic-rights.ts";
import { usePostList } from "./post-list-context.ts";

/** Reactions, the thread, and everything else in a menu. Shown for the post under the pointer or with the focus. */
export function PostActions({ post }: { post: Post }) {
  const { topic, inThread, openThread, openMenu, openPicker } = usePostList();
  const rights = postRights(topic, post);
  const copyable = post.type === "text" && post.deleted === null;
  if (!copyable && !rights.delete) return null;
  return (
    <div className="message-actions post-actions">
      {rights.react && (
        <button
          type="button"
          className="message-action post-hovered"
          data-action
          aria-label="Add a reaction"
          aria-haspopup="dialog"
          tabIndex={-1}
          onClick={(event) => {
            openPicker(post, event.currentTarget);
          }}
        >
          <SmilePlus aria-hidden="true" />
        </button>
      )}
      {rights.reply && !inThread && (
        <button
          type="button"
          className="message-action post-hovered"
          data-action
          aria-label="Reply in thread"
          tabIndex={-1}
          onClick={() => {
            openThread(post.id);
          }}
        >
          <MessageSquareReply aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        className="message-action"
        data-action
        aria-label="More"
        aria-haspopup="dialog"
        tabIndex={-1}
        onClick={(event) => {
          openMenu(post, event.currentTarget);
        }}
      >
        <Ellipsis aria-hidden="true" />
      </button>
    </div>
  );
}
