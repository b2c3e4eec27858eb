import { LoaderCircle } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import type { PostId, Topic } from "sealpost";
import { repliesTo, unreadAmong } from "../../../lib/posts.ts";
import { usePosts, useSession } from "../../../state/hooks.ts";
import { useLogScroll } from "../../conversation/use-log-scroll.ts";
import { useRovingMessages } from "../../conversation/use-roving-messages.ts";
import { SidePanel } from "../../ui/side-panel.tsx";
import { PostComposer } from "../composer/post-composer.tsx";
import { PostList } from "../posts/post-list.tsx";

interface ThreadProps {
  topic: Topic;
  postId: PostId;
  onClose: () => void;
}

/** A post and the answers to it. Answers are never older than their post: once it is loaded, so are they. */
export function Thread({ topic, postId, onClose }: ThreadProps) {
  const { posts } = useSession().forums;
  const { id } = topic;
  const { items, status, next, unreadFrom } = usePosts(id);
  const root = items.find((post) => post.id === postId);
  const shown = useMemo(() => {
    const first = items.find((post) => post.id === postId);
    return first === undefined ? [] : [first, ...repliesTo(items, postId)];
  }, [items, postId]);
  const from = useMemo(() => unreadAmong(shown.slice(1), items, unreadFrom), [shown, items, unreadFrom]);
  const missing = root === undefined && status === "ready";
  const nothing = useCallback(() => {}, []);
  const { log, onScroll } = useLogScroll({ items: shown, next: null, status: root === undefined ? "loading" : "ready" }, nothing);
  const roving = useRovingMessages(log, shown);

  useEffect(() => {
    if (missing && next !== null) void posts.loadOlder(id);
  }, [posts, id, missing, next]);

  return (
    <SidePanel title="Thread" name="Thread" place={postId} onClose={onClose} returnTo={`.log [data-message-id="${CSS.escape(postId)}"]`}>
      <div className="log-frame">
        <div ref={log} className="log thread-log" role="log" aria-live="off" aria-label="Thread" onScroll={onScroll} {...roving}>
          <div className="log-content">
            {root === undefined && <Missing gone={missing && next === null} />}
            <PostList topic={topic} posts={shown} unreadFrom={from} inThread />
            {root !== undefined && shown.length === 1 && <p className="thread-empty">No replies yet</p>}
          </div>
        </div>
      </div>
      {root !== undefined && <PostComposer topic={topic} parentId={postId} />}
    </SidePanel>
  );
}

function Missing({ gone }: { gone: boolean }) {
  return (
    <div className="log-top" role="status">
      {gone ? (
        <p>This post is not among those that you can read.</p>
      ) : (
        <>
          <LoaderCircle className="spinner" aria-hidden="true" />
          <span className="visually-hidden">Getting the thread…</span>
        </>
      )}
    </div>
  );
}
