import { LockKeyholeOpen, Trash2 } from "lucide-react";
import type { Post } from "sealpost";
import { explainPost } from "../../../lib/errors.ts";
import { isOnlyEmoji } from "../../../lib/text.ts";
import { usePostList } from "./post-list-context.ts";
import { PostText } from "./post-text.tsx";

/** What was written; or why there is nothing to read. */
export function PostBody({ post }: { post: Post }) {
  const { people } = usePostList();
  if (post.deleted !== null) {
    return (
      <p className="post-gone">
        <Trash2 aria-hidden="true" />
        {post.deleted === "author" ? "Deleted by its author" : "Removed by a moderator"}
      </p>
    );
  }
  if (post.type === "unreadable") {
    return (
      <div className="bubble bubble-unreadable">
        <LockKeyholeOpen aria-hidden="true" />
        <div>
          <p>This post could not be opened.</p>
          <p className="bubble-reason">
            {explainPost(post.reason ?? "")} {post.reason !== undefined && <code>{post.reason}</code>}
          </p>
        </div>
      </div>
    );
  }
  return (
    <div className="post-content" data-emoji={isOnlyEmoji(post.text) || undefined}>
      <PostText text={post.text} mentions={post.mentions} people={people} />
      {post.edited && <span className="post-edited">edited</span>}
      {post.reason !== undefined && <p className="post-warning">{explainPost(post.reason)}</p>}
    </div>
  );
}
