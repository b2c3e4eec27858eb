import { MessagesSquare } from "lucide-react";
import type { Post } from "sealpost";
import { replyCount } from "../../../lib/topics.ts";
import { usePostList } from "./post-list-context.ts";

/** The way into a post's thread, once there is one. */
export function ThreadLink({ post }: { post: Post }) {
  const { inThread, openThread } = usePostList();
  if (inThread || post.replies === 0) return null;
  return (
    <button
      type="button"
      className="thread-link"
      data-action
      tabIndex={-1}
      onClick={() => {
        openThread(post.id);
      }}
    >
      <MessagesSquare aria-hidden="true" />
      {replyCount(post.replies)}
    </button>
  );
}
