import { ArrowLeft, PanelRight, Pin, UserPlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Topic } from "sealpost";
import { memberCount } from "../../lib/conversation.ts";
import { oneLine } from "../../lib/text.ts";
import { canMakeLink, canModerate } from "../../lib/topic-rights.ts";
import { topicTitle } from "../../lib/topics.ts";
import { NARROW, useMediaQuery } from "../../state/hooks.ts";
import { navigate, navigateUp, route, type TopicPanel } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { IconButton } from "../ui/button.tsx";
import { ConnectionStatus } from "../ui/connection-status.tsx";
import { InviteDialog } from "./join/invite-dialog.tsx";
import { TopicIcon } from "./topic-icon.tsx";

export function TopicHeader({ topic }: { topic: Topic }) {
  const { topicPanel } = useStore(route);
  const narrow = useMediaQuery(NARROW);
  const heading = useRef<HTMLHeadingElement>(null);
  const [inviting, setInviting] = useState(false);
  const { id, description, members, visibility } = topic;
  const toggle = (kind: "topic" | "pinned") => () => {
    const panel: TopicPanel = { kind };
    if (topicPanel?.kind === kind) navigateUp({ topicId: id });
    else navigate({ topicId: id, topicPanel: panel });
  };

  useEffect(() => {
    // The composer would open the on-screen keyboard; the heading says where one is.
    if (narrow) heading.current?.focus({ preventScroll: true });
  }, [narrow]);

  return (
    <header className="conversation-header topic-header">
      <IconButton
        label="Back to forums"
        icon={ArrowLeft}
        className="conversation-back"
        onClick={() => {
          navigateUp({ section: "forums" });
        }}
      />
      <TopicIcon visibility={visibility} />
      <div className="conversation-heading">
        <h2 ref={heading} tabIndex={-1}>
          <bdi>{topicTitle(topic)}</bdi>
        </h2>
        <p className="conversation-subtitle" dir="auto">
          {description === "" ? memberCount(members) : oneLine(description)}
        </p>
      </div>
      <ConnectionStatus className="conversation-connection" />
      {!narrow && (canMakeLink(topic) || canModerate(topic)) && (
        <IconButton
          label="Invite people"
          icon={UserPlus}
          onClick={() => {
            setInviting(true);
          }}
        />
      )}
      <IconButton label="Pinned posts" icon={Pin} className="pinned-toggle" aria-expanded={topicPanel?.kind === "pinned"} onClick={toggle("pinned")} />
      <IconButton
        label="Topic details"
        icon={PanelRight}
        className="details-toggle"
        aria-expanded={topicPanel?.kind === "topic" || topicPanel?.kind === "member"}
        onClick={toggle("topic")}
      />
      <InviteDialog
        topic={topic}
        open={inviting}
        onClose={() => {
          setInviting(false);
        }}
      />
    </header>
  );
}
