import { ArrowDown, LoaderCircle } from "lucide-react";
import { useCallback, useEffect, useMemo } from "react";
import type { Topic } from "sealpost";
import { roots, unreadAmong } from "../../lib/posts.ts";
import { useSession } from "../../state/hooks.ts";
import type { PostTimeline } from "../../state/post-timelines.ts";
import { useLogScroll } from "../conversation/use-log-scroll.ts";
import { useRovingMessages } from "../conversation/use-roving-messages.ts";
import { Button } from "../ui/button.tsx";
import { PostList } from "./posts/post-list.tsx";
import { TopicBeginning } from "./topic-beginning.tsx";

interface TopicLogProps {
  topic: Topic;
  timeline: PostTimeline;
  onBottomChange: (atBottom: boolean) => void;
}

/** What is said in the topic itself; threads are a panel of their own. */
export function TopicLog({ topic, timeline, onBottomChange }: TopicLogProps) {
  const { posts } = useSession().forums;
  const { id, unread } = topic;
  const { items, next, status, unreadFrom } = timeline;
  const shown = useMemo(() => roots(items), [items]);
  const loadOlder = useCallback(() => void posts.loadOlder(id), [posts, id]);
  const { log, atBottom, onScroll, jumpToNewest } = useLogScroll({ items: shown, next, status }, loadOlder);
  const roving = useRovingMessages(log, shown);
  const from = useMemo(() => unreadAmong(shown, items, unreadFrom), [shown, items, unreadFrom]);

  useEffect(() => {
    onBottomChange(atBottom);
  }, [atBottom, onBottomChange]);

  return (
    <div className="log-frame">
      <div ref={log} className="log" role="log" aria-live="off" aria-label="Posts" aria-busy={status === "loading"} onScroll={onScroll} {...roving}>
        <div className="log-content">
          <Top topic={topic} timeline={timeline} onLoadOlder={loadOlder} onRetry={() => void posts.open(id, 0)} />
          <PostList topic={topic} posts={shown} unreadFrom={from} />
        </div>
      </div>
      {!atBottom && status !== "loading" && (
        <button type="button" className="jump" aria-label="Jump to newest" onClick={jumpToNewest}>
          <ArrowDown aria-hidden="true" />
          {unread > 0 && (
            <span className="badge" aria-hidden="true">
              {unread}
            </span>
          )}
        </button>
      )}
    </div>
  );
}

interface TopProps {
  topic: Topic;
  timeline: PostTimeline;
  onLoadOlder: () => void;
  onRetry: () => void;
}

function Top({ topic, timeline: { status, next }, onLoadOlder, onRetry }: TopProps) {
  if (status === "failed") {
    return (
      <div className="log-top">
        <p>The posts could not be read.</p>
        <Button onClick={onRetry}>Try again</Button>
      </div>
    );
  }
  if (status === "loading" || status === "loading-older") {
    return (
      <div className="log-top" role="status">
        <LoaderCircle className="spinner" aria-hidden="true" />
        <span className={status === "loading" ? "visually-hidden" : "log-progress"}>
          {status === "loading" ? "Loading posts…" : "Getting older posts and their keys…"}
        </span>
      </div>
    );
  }
  if (next === null) return <TopicBeginning topic={topic} />;
  return (
    <div className="log-top">
      <Button kind="quiet" onClick={onLoadOlder}>
        Load older posts
      </Button>
    </div>
  );
}
