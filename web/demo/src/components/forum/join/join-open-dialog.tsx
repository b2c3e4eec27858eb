import type { OpenTopic } from "sealpost";
import { memberCount } from "../../../lib/conversation.ts";
import { joinerReads } from "../../../lib/topic-words.ts";
import { openTitle } from "../../../lib/topics.ts";
import { useNames } from "../../../state/hooks.ts";
import { Button } from "../../ui/button.tsx";
import { Modal } from "../../ui/modal.tsx";
import { JoiningProgress } from "./joining-progress.tsx";
import { useJoining } from "./use-joining.ts";

/** The question before one joins a topic that is open to everybody. */
export function JoinOpenDialog({ topic, onClose }: { topic: OpenTopic | null; onClose: () => void }) {
  return (
    <Modal open={topic !== null} onClose={onClose} title="Join an open topic">
      {topic !== null && <JoinOpen key={topic.id} topic={topic} onDone={onClose} />}
    </Modal>
  );
}

function JoinOpen({ topic, onDone }: { topic: OpenTopic; onDone: () => void }) {
  const founder = useNames()(topic.founderId);
  const { step, problem, join } = useJoining({ topicId: topic.id }, onDone);
  const { history, historyDays } = topic;
  return (
    <>
      <div className="dialog-body">
        <p className="invitation-title">
          <bdi>{openTitle(topic)}</bdi>
        </p>
        <dl className="invitation-facts">
          <dt>Founded by</dt>
          <dd>
            <bdi>{founder}</bdi>, {memberCount(topic.members)}
          </dd>
          <dt>What you can read</dt>
          <dd>{joinerReads("you", { history, historyDays })}</dd>
          <dt>Who else can read</dt>
          <dd>Every user of this relay can join. So its operator, who can make accounts, can read everything, too.</dd>
        </dl>
        <JoiningProgress step={step} />
        <p className="field-error" role="alert">
          {problem}
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button kind="primary" busy={step !== null} onClick={join}>
          Join
        </Button>
      </footer>
    </>
  );
}
