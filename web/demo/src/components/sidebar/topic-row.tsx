import { CircleAlert, LoaderCircle, ShieldAlert } from "lucide-react";
import type { MouseEvent } from "react";
import type { OpenTopic, Topic } from "sealpost";
import { memberCount } from "../../lib/conversation.ts";
import { openTitle, topicTitle } from "../../lib/topics.ts";
import { formatRoute, navigate } from "../../state/route.ts";
import { TopicIcon } from "../forum/topic-icon.tsx";

interface TopicRowProps {
  topic: Topic;
  current: boolean;
  tabStop: boolean;
}

export function TopicRow({ topic, current, tabStop }: TopicRowProps) {
  const { id, unread, mentions, state, visibility } = topic;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    navigate({ topicId: id });
  };
  return (
    <li>
      <a
        className="row topic-row"
        href={formatRoute({ topicId: id })}
        aria-current={current ? "page" : undefined}
        tabIndex={tabStop ? 0 : -1}
        data-topic-id={id}
        data-unread={unread}
        data-mentions={mentions}
        data-state={state}
        onClick={follow}
      >
        <TopicIcon visibility={visibility} />
        <span className="row-title">
          <bdi>{topicTitle(topic)}</bdi>
          {topic.blocked.length > 0 && <ShieldAlert className="row-warning" aria-label="Key changed" role="img" />}
        </span>
        <StateMark topic={topic} />
        <Unread unread={unread} mentions={mentions} />
      </a>
    </li>
  );
}

function StateMark({ topic: { state } }: { topic: Topic }) {
  switch (state) {
    case "creating":
    case "joining":
      return <LoaderCircle className="spinner topic-row-mark" role="img" aria-label={state === "creating" ? "Being created" : "Joining"} />;
    case "failed":
      return <CircleAlert className="topic-row-mark row-failed" role="img" aria-label="Failed" />;
    case "left":
      return <span className="topic-row-note">left</span>;
    case "removed":
      return <span className="topic-row-note">removed</span>;
    case "active":
      return null;
  }
}

/** Mentions stand out; a number alone says how much there is to read. */
function Unread({ unread, mentions }: { unread: number; mentions: number }) {
  if (unread === 0 && mentions === 0) return null;
  const words = `${String(unread)} unread${mentions === 0 ? "" : `, ${String(mentions)} mentioning you`}`;
  return (
    <span className="topic-row-unread">
      {mentions > 0 ? (
        <span className="badge" aria-hidden="true">
          @{mentions > 99 ? "99+" : mentions}
        </span>
      ) : (
        <span className="topic-row-count" aria-hidden="true">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

interface OpenTopicRowProps {
  topic: OpenTopic;
  tabStop: boolean;
  onJoin: (topic: OpenTopic) => void;
}

/** A topic that everybody on the relay may join. */
export function OpenTopicRow({ topic, tabStop, onJoin }: OpenTopicRowProps) {
  return (
    <li>
      <button
        type="button"
        className="row topic-row topic-row-open"
        tabIndex={tabStop ? 0 : -1}
        data-open-topic-id={topic.id}
        onClick={() => {
          onJoin(topic);
        }}
      >
        <TopicIcon visibility={topic.visibility} />
        <span className="row-title">
          <bdi>{openTitle(topic)}</bdi>
        </span>
        <span className="topic-row-note">{memberCount(topic.members)}</span>
      </button>
    </li>
  );
}
