import { LockKeyhole, LockKeyholeOpen } from "lucide-react";
import type { Topic } from "sealpost";
import { whoCanRead } from "../../lib/topic-words.ts";
import { topicTitle } from "../../lib/topics.ts";
import { TopicIcon } from "./topic-icon.tsx";

/** What stands before the first post that this person may read. */
export function TopicBeginning({ topic }: { topic: Topic }) {
  const { description, visibility } = topic;
  const Lock = visibility === "open" ? LockKeyholeOpen : LockKeyhole;
  const [who] = whoCanRead(topic);
  return (
    <div className="topic-beginning">
      <span className="topic-beginning-icon">
        <TopicIcon visibility={visibility} />
      </span>
      <p className="beginning-title">
        <bdi>{topicTitle(topic)}</bdi>
      </p>
      {description !== "" && (
        <p className="topic-description" dir="auto">
          {description}
        </p>
      )}
      <p className="beginning-note">
        <Lock aria-hidden="true" />
        Who can read: {who}
      </p>
    </div>
  );
}
