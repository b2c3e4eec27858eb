import { LoaderCircle } from "lucide-react";
import { useEffect, useState } from "react";
import type { LinkPreview, UserId } from "sealpost";
import { explainJoining } from "../../../lib/errors.ts";
import { invitationReads } from "../../../lib/topic-words.ts";
import { topicTitle } from "../../../lib/topics.ts";
import { useContact, useNames, useSession, useTopic } from "../../../state/hooks.ts";
import { isVerified } from "../../../lib/safety-number.ts";
import { replace, route } from "../../../state/route.ts";
import { useStore } from "../../../state/store.ts";
import { Button } from "../../ui/button.tsx";
import { Modal } from "../../ui/modal.tsx";
import { JoiningProgress } from "./joining-progress.tsx";
import { useJoining } from "./use-joining.ts";

/** Opened by an invitation link in the address; closing it takes the link, which is a secret, out of the address. */
export function InvitationDialog() {
  const { invitation } = useStore(route);
  const close = () => {
    if (route.get().invitation !== null) replace({ section: "forums" });
  };
  return (
    <Modal open={invitation !== null} onClose={close} title="Invitation">
      {invitation !== null && <Opened key={invitation} link={invitation} onDone={close} />}
    </Modal>
  );
}

function Opened({ link, onDone }: { link: string; onDone: () => void }) {
  const { client } = useSession();
  const [invitation, setInvitation] = useState<LinkPreview | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    client.forums.readLink(link).then(
      (read) => {
        if (wanted) setInvitation(read);
      },
      (thrown: unknown) => {
        if (wanted) setProblem(explainJoining(thrown));
      },
    );
    return () => {
      wanted = false;
    };
  }, [client, link]);
  if (problem !== null) {
    return (
      <>
        <div className="dialog-body">
          <p className="field-error" role="alert">
            {problem}
          </p>
        </div>
        <footer className="dialog-actions">
          <Button onClick={onDone}>Close</Button>
        </footer>
      </>
    );
  }
  if (invitation === null) {
    return (
      <div className="dialog-body" role="status">
        <LoaderCircle className="spinner" aria-hidden="true" />
        <span className="visually-hidden">Reading the invitation…</span>
      </div>
    );
  }
  return <Answer link={link} invitation={invitation} onDone={onDone} />;
}

function Answer({ link, invitation, onDone }: { link: string; invitation: LinkPreview; onDone: () => void }) {
  const { topicId, title, inviterId } = invitation;
  const known = useTopic(topicId);
  const { step, problem, join } = useJoining(link, onDone);
  const member = known !== null && (known.state === "active" || known.state === "joining");
  return (
    <>
      <div className="dialog-body">
        <p className="invitation-title" data-testid="invitation-title">
          <bdi>{topicTitle({ title })}</bdi>
        </p>
        <dl className="invitation-facts">
          {inviterId !== null && <Inviter userId={inviterId} />}
          <dt>What you can read</dt>
          <dd>{invitationReads(invitation.withHistory)}</dd>
          <dt>Who sees you</dt>
          <dd>All members see your name and that you joined. The relay sees that you are a member, and when you post.</dd>
        </dl>
        <JoiningProgress step={step} />
        <p className="field-error" role="alert">
          {problem}
        </p>
      </div>
      <footer className="dialog-actions">
        <Button onClick={onDone}>{step === null ? "Not now" : "Cancel"}</Button>
        {member ? (
          <Button
            kind="primary"
            onClick={() => {
              replace({ topicId });
            }}
          >
            Go to the topic
          </Button>
        ) : (
          <Button kind="primary" busy={step !== null} onClick={join}>
            Join
          </Button>
        )}
      </footer>
    </>
  );
}

function Inviter({ userId }: { userId: UserId }) {
  const name = useNames()(userId);
  const verified = isVerified(useContact(userId));
  return (
    <>
      <dt>Invited by</dt>
      <dd>
        <bdi>{name}</bdi>
        {verified ? ", whom you verified" : ""}
      </dd>
    </>
  );
}
