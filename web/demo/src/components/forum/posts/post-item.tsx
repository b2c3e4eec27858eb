import { CalendarClock, CircleAlert, Clock3, Pin } from "lucide-react";
import { memo, useState } from "react";
import type { Post } from "sealpost";
import { explain } from "../../../lib/errors.ts";
import { mentionedIn } from "../../../lib/mentions.ts";
import { formatClock } from "../../../lib/time.ts";
import { postRights } from "../../../lib/topic-rights.ts";
import { useSession } from "../../../state/hooks.ts";
import { showError } from "../../../state/toasts.ts";
import { Button } from "../../ui/button.tsx";
import { ReactionList } from "../../ui/reaction-list.tsx";
import { TextEditor } from "../../ui/text-editor.tsx";
import { PostActions } from "./post-actions.tsx";
import { PostBody } from "./post-body.tsx";
import { usePostList } from "./post-list-context.ts";
import { ThreadLink } from "./thread-link.tsx";
import { usePostDeeds } from "./use-post-deeds.ts";

interface PostItemProps {
  post: Post;
  author: string;
  editing: boolean;
}

/** Memoized: a topic holds thousands, and one of them changes at a time. */
export const PostItem = memo(function PostItem({ post, author, editing }: PostItemProps) {
  return (
    <article
      className="post"
      aria-label={`${author}, ${formatClock(post.sentAt)}`}
      data-message-id={post.id}
      data-state={post.state}
      data-type={post.type}
      data-deleted={post.deleted ?? undefined}
      data-pinned={post.pinned || undefined}
      data-late={post.late || undefined}
      tabIndex={-1}
    >
      {post.pinned && post.deleted === null && (
        <p className="post-pinned">
          <Pin aria-hidden="true" />
          Pinned
        </p>
      )}
      {editing ? (
        <Editor post={post} />
      ) : (
        <div className="post-line">
          <PostBody post={post} />
          {post.state === "sending" && <Clock3 className="meta-state" role="img" aria-label="Sending" />}
          <PostActions post={post} />
        </div>
      )}
      {post.late && post.deleted === null && <Late author={author} />}
      {post.state === "failed" && <Failed post={post} />}
      {post.deleted === null && <Reactions post={post} />}
      <ThreadLink post={post} />
    </article>
  );
});

function Editor({ post }: { post: Post }) {
  const { client, forums } = useSession();
  const { people, endEdit } = usePostList();
  return (
    <TextEditor
      label="Edit post"
      text={post.text}
      onSave={async (text) => {
        forums.posts.keep(await client.posts.edit(post.topicId, post.id, { text, mentions: mentionedIn(text, people) }));
      }}
      onEnd={() => {
        endEdit(post.id);
      }}
    />
  );
}

function Reactions({ post }: { post: Post }) {
  const { topic } = usePostList();
  const deeds = usePostDeeds();
  return (
    <ReactionList
      reactions={post.reactions}
      open={postRights(topic, post).react}
      onReact={(emoji, on) => {
        deeds.react(post, emoji, on);
      }}
    />
  );
}

/** The explanation is there for everybody, on demand: a summary is reached by keyboard and read out with its state. */
function Late({ author }: { author: string }) {
  return (
    <details className="post-late">
      <summary>
        <CalendarClock aria-hidden="true" />
        Arrived late
      </summary>
      <p>
        {author} is no longer in this topic, and no member confirmed this before they left. It may have been written afterwards and slipped in with the relay’s help, or
        it was on its way when they were removed.
      </p>
    </details>
  );
}

function Failed({ post }: { post: Post }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const retry = () => {
    setBusy(true);
    session.client.posts
      .retry(post.topicId, post.id)
      .then((updated) => {
        session.forums.posts.keep(updated);
      }, showError)
      .finally(() => {
        setBusy(false);
      });
  };
  const reason = post.error === undefined ? "" : ` ${explain(post.error.code, post.error.message)}`;
  return (
    <div className="failed post-failed">
      <CircleAlert aria-hidden="true" />
      <p>Not sent.{reason}</p>
      <Button kind="quiet" busy={busy} onClick={retry}>
        Retry
      </Button>
    </div>
  );
}
