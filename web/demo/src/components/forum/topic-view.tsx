import { useCallback, useEffect, useState } from "react";
import type { Topic } from "sealpost";
import { useNames, usePageVisible, usePosts, useSession } from "../../state/hooks.ts";
import { navigate, route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { KeyChangedBanner } from "../conversation/key-changed-banner.tsx";
import { BrokenTopicBanner } from "./broken-topic-banner.tsx";
import { PostComposer } from "./composer/post-composer.tsx";
import { TopicHeader } from "./topic-header.tsx";
import { TopicLog } from "./topic-log.tsx";

/** One topic: heading, warnings, posts, composer. Mounted anew for each topic. */
export function TopicView({ topic }: { topic: Topic }) {
  const { forums } = useSession();
  const { id, blocked } = topic;
  const timeline = usePosts(id);
  const visible = usePageVisible();
  const nameOf = useNames();
  const { topicPanel } = useStore(route);
  const [atBottom, setAtBottom] = useState(false);

  useEffect(() => {
    void forums.posts.open(id, forums.topics.get().get(id)?.unread ?? 0);
  }, [forums, id]);

  const attending = visible && atBottom && timeline.status === "ready";
  useEffect(() => {
    forums.attend(attending ? id : null);
    return () => {
      forums.attend(null);
    };
  }, [forums, id, attending]);

  const compare = useCallback(
    (userId: string) => {
      navigate({ topicId: id, topicPanel: { kind: "member", userId } });
    },
    [id],
  );

  return (
    <section className="conversation topic" aria-label="Topic" data-topic={id} data-state={topic.state}>
      <TopicHeader topic={topic} />
      {blocked.map((userId) => (
        <KeyChangedBanner
          key={userId}
          userId={userId}
          username={nameOf(userId)}
          comparing={topicPanel?.kind === "member" && topicPanel.userId === userId}
          onCompare={() => {
            compare(userId);
          }}
        />
      ))}
      {topic.state === "active" && topic.error?.code === "commit-broken" && <BrokenTopicBanner topic={topic} />}
      <TopicLog topic={topic} timeline={timeline} onBottomChange={setAtBottom} />
      <PostComposer topic={topic} parentId={null} />
    </section>
  );
}
