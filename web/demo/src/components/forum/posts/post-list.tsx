import { useCallback, useMemo, useState } from "react";
import type { Post, PostId, Topic } from "sealpost";
import { postEntries, type PostEntry } from "../../../lib/post-entries.ts";
import { formatDay } from "../../../lib/time.ts";
import { useNow, useTopicMembers } from "../../../state/hooks.ts";
import { navigate } from "../../../state/route.ts";
import type { Chosen } from "../../ui/anchored-popover.tsx";
import { EmojiPicker } from "../../ui/emoji-picker.tsx";
import { DeletePost } from "./delete-post.tsx";
import { PostListContext, type PostListContextValue } from "./post-list-context.ts";
import { PostMenu } from "./post-menu.tsx";
import { PostRun } from "./post-run.tsx";
import { usePostDeeds } from "./use-post-deeds.ts";

interface PostListProps {
  topic: Topic;
  posts: readonly Post[];
  unreadFrom: PostId | null;
  /** Out of their place in the topic, posts tell nothing of when this person joined. */
  inThread?: boolean;
}

/** Posts by day and author, and what can be done with one of them: one menu for all, since a topic holds thousands. */
export function PostList({ topic, posts, unreadFrom, inThread = false }: PostListProps) {
  const members = useTopicMembers(topic.id);
  const deeds = usePostDeeds();
  const entries = useMemo(() => postEntries(posts, unreadFrom).filter(({ kind }) => !inThread || kind !== "joined"), [posts, unreadFrom, inThread]);
  const [menu, setMenu] = useState<Chosen<Post> | null>(null);
  const [picker, setPicker] = useState<Chosen<Post> | null>(null);
  const [editing, setEditing] = useState<PostId | null>(null);
  const [deleting, setDeleting] = useState<Post | null>(null);

  const openThread = useCallback(
    (postId: PostId) => {
      navigate({ topicId: topic.id, topicPanel: { kind: "thread", postId } });
    },
    [topic.id],
  );
  const endEdit = useCallback((postId: PostId) => {
    setEditing(null);
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`[data-message-id="${CSS.escape(postId)}"]`)?.focus({ preventScroll: true });
    });
  }, []);
  const context = useMemo<PostListContextValue>(
    () => ({
      topic,
      people: members,
      inThread,
      openThread,
      openMenu: (post, anchor) => {
        setMenu({ of: post, anchor });
      },
      openPicker: (post, anchor) => {
        setPicker({ of: post, anchor });
      },
      endEdit,
    }),
    [topic, members, inThread, openThread, endEdit],
  );

  return (
    <PostListContext value={context}>
      {entries.map((entry) => (
        <Entry key={entry.key} entry={entry} editing={editing} />
      ))}
      <PostMenu
        chosen={menu}
        onClose={() => {
          setMenu(null);
        }}
        onEdit={(post) => {
          setEditing(post.id);
        }}
        onDelete={setDeleting}
      />
      {picker !== null && (
        <EmojiPicker
          anchor={picker.anchor}
          reactions={picker.of.reactions}
          onReact={(emoji, on) => {
            deeds.react(picker.of, emoji, on);
          }}
          onClose={() => {
            setPicker(null);
          }}
        />
      )}
      <DeletePost
        post={deleting}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </PostListContext>
  );
}

function Entry({ entry, editing }: { entry: PostEntry; editing: PostId | null }) {
  switch (entry.kind) {
    case "day":
      return <DayHeading at={entry.at} />;
    case "unread":
      return (
        <p className="unread-marker" data-unread-marker>
          <span>New posts</span>
        </p>
      );
    case "joined":
      return (
        <p className="joined-marker" data-joined-marker>
          <span>You joined here</span>
          <small>Who was a member when the posts above were written cannot be checked any more.</small>
        </p>
      );
    case "run":
      return <PostRun authorId={entry.authorId} posts={entry.posts} editing={editing} />;
  }
}

function DayHeading({ at }: { at: number }) {
  const now = useNow(60_000);
  return (
    <h3 className="day">
      <span>{formatDay(at, now)}</span>
    </h3>
  );
}
