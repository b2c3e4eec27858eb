import type { Topic, TopicId } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { navigateUp } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";
import { TopicView } from "./topic-view.tsx";

/** The open topic; or what to say while none is chosen, or the address names one that is not there. */
export function TopicStage({ wanted, topic }: { wanted: TopicId | null; topic: Topic | null }) {
  const { forums } = useSession();
  const any = useStore(forums.topics).size > 0;
  const { phase } = useStore(forums.status);
  if (topic !== null) return <TopicView key={topic.id} topic={topic} />;
  if (wanted !== null && phase === "loading") return null;
  return (
    <div className="nothing-open">
      <Seal />
      {wanted === null ? (
        <>
          {any && <h2>Choose a topic</h2>}
          <p>Only a topic’s members can read it.</p>
        </>
      ) : (
        <>
          <h2>This topic is not here</h2>
          <p>You are not a member of it on this device. An invitation link gets you in.</p>
          <Button onClick={() => { navigateUp({ section: "forums" }); }}>Back to forums</Button>
        </>
      )}
    </div>
  );
}
