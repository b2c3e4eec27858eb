import { LoaderCircle } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Post, Topic } from "sealpost";
import { explainThrown } from "../../../lib/errors.ts";
import { useSession } from "../../../state/hooks.ts";
import { useRovingMessages } from "../../conversation/use-roving-messages.ts";
import { Button } from "../../ui/button.tsx";
import { PostList } from "../posts/post-list.tsx";

const MOST = 100;

/** What moderators keep at hand for everybody; read again when a post is pinned, unpinned or changed. */
export function PinnedPosts({ topic }: { topic: Topic }) {
  const { client } = useSession();
  const list = useRef<HTMLDivElement>(null);
  const [posts, setPosts] = useState<readonly Post[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [reading, setReading] = useState(0);
  const roving = useRovingMessages(list, posts ?? []);
  const { id } = topic;

  useEffect(() => {
    let wanted = true;
    client.posts.list(id, { pinned: true, limit: MOST }).then(
      ({ items }) => {
        if (wanted) setPosts(items.filter(({ deleted }) => deleted === null));
      },
      (thrown: unknown) => {
        if (wanted) setProblem(explainThrown(thrown));
      },
    );
    const stop = client.on("post-updated", (post) => {
      if (post.topicId === id) setReading((count) => count + 1);
    });
    return () => {
      wanted = false;
      stop();
    };
  }, [client, id, reading]);

  if (problem !== null) {
    return (
      <div className="details-body">
        <p className="field-error" role="alert">
          {problem}
        </p>
        <Button
          onClick={() => {
            setProblem(null);
            setReading((count) => count + 1);
          }}
        >
          Try again
        </Button>
      </div>
    );
  }
  return (
    <div ref={list} className="details-body pinned-list" role="region" aria-label="Pinned" {...roving}>
      {posts === null && <LoaderCircle className="spinner" role="img" aria-label="Loading" />}
      {posts?.length === 0 && <p className="panel-empty">Nothing is pinned. Moderators and owners can pin posts from their menu.</p>}
      {posts !== null && <PostList topic={topic} posts={posts} unreadFrom={null} inThread />}
    </div>
  );
}
