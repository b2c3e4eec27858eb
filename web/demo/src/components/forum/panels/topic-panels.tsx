import type { Topic } from "sealpost";
import { navigateUp, type TopicPanel } from "../../../state/route.ts";
import { SidePanel } from "../../ui/side-panel.tsx";
import { MemberDetails } from "./member-details.tsx";
import { PinnedPosts } from "./pinned-posts.tsx";
import { Thread } from "./thread.tsx";
import { TopicDetails } from "./topic-details.tsx";

/** Beside the topic: what it is and who is in it, one of its people, a thread, or the pinned posts. */
export function TopicPanels({ topic, panel }: { topic: Topic; panel: TopicPanel }) {
  const { id } = topic;
  const close = () => {
    navigateUp({ topicId: id });
  };
  switch (panel.kind) {
    case "thread":
      return <Thread key={panel.postId} topic={topic} postId={panel.postId} onClose={close} />;
    case "pinned":
      return (
        <SidePanel title="Pinned posts" name="Pinned posts" place={`${id}/pinned`} onClose={close} returnTo=".pinned-toggle">
          <PinnedPosts topic={topic} />
        </SidePanel>
      );
    case "topic":
      return (
        <SidePanel key="details" title="Topic" name="Details" place={`${id}/topic`} onClose={close}>
          <div className="details-body">
            <TopicDetails topic={topic} />
          </div>
        </SidePanel>
      );
    case "member": {
      const back = {
        label: "Back to topic details",
        go: () => {
          navigateUp({ topicId: id, topicPanel: { kind: "topic" } });
        },
      };
      return (
        <SidePanel key="details" title="Member" name="Details" place={`${id}/${panel.userId}`} onClose={close} back={back}>
          <div className="details-body">
            <MemberDetails key={panel.userId} topic={topic} userId={panel.userId} />
          </div>
        </SidePanel>
      );
    }
  }
}
