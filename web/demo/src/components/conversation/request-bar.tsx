import { useState, type ReactNode } from "react";
import type { Contact, Conversation } from "sealpost";
import { peer } from "../../lib/conversation.ts";
import { useMyId, useNames, useSession } from "../../state/hooks.ts";
import { showError } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";

/** Above the composer: somebody unknown began this conversation. */
export function RequestBar({ conversation }: { conversation: Conversation }) {
  const session = useSession();
  const me = useMyId();
  const nameOf = useNames();
  const [busy, setBusy] = useState(false);
  const [blocking, setBlocking] = useState(false);
  const other = peer(conversation, me);
  const accept = () => {
    setBusy(true);
    session.client.conversations
      .accept(conversation.id)
      .then((accepted) => {
        session.keepConversation(accepted);
      }, showError)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <section className="answer-bar" aria-label="Message request">
      <p>
        {other === null ? (
          "Somebody you do not know took you into this group."
        ) : (
          <>
            <bdi>{nameOf(other.userId)}</bdi> would like to write with you.
          </>
        )}{" "}
        Until you accept, or answer, nobody sees that you have read this.
      </p>
      <div className="answer-bar-actions">
        {other !== null && (
          <Button onClick={() => { setBlocking(true); }}>
            Block
          </Button>
        )}
        <Button kind="primary" busy={busy} onClick={accept}>
          Accept
        </Button>
      </div>
      {other !== null && <BlockDialog userId={other.userId} open={blocking} onClose={() => { setBlocking(false); }} />}
    </section>
  );
}

/** Asks before somebody is blocked. */
export function BlockDialog({ userId, open, onClose }: { userId: Contact["userId"]; open: boolean; onClose: () => void }) {
  const session = useSession();
  const name = useNames()(userId);
  const block = async () => {
    session.keepContact(await session.client.contacts.setBlocked(userId, true));
  };
  return (
    <Confirm open={open} onClose={onClose} title={`Block ${name}?`} action="Block" danger onConfirm={block}>
      Nothing that {name} writes from now on reaches you, and nobody tells them. In groups they stay, and see what you write there.
    </Confirm>
  );
}

/** Takes back that somebody is blocked. */
export function UnblockButton({ contact: { userId }, className, children }: { contact: Contact; className?: string; children: ReactNode }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const unblock = () => {
    setBusy(true);
    session.client.contacts
      .setBlocked(userId, false)
      .then((changed) => {
        session.keepContact(changed);
      }, showError)
      .finally(() => {
        setBusy(false);
      });
  };
  return (
    <Button {...(className === undefined ? {} : { className })} busy={busy} onClick={unblock}>
      {children}
    </Button>
  );
}

/** In place of the composer: this user has blocked the one with whom the conversation is. */
export function BlockedBar({ contact }: { contact: Contact }) {
  return (
    <footer className="composer">
      <section className="answer-bar" aria-label="Blocked">
        <p>
          You have blocked <bdi>{contact.username}</bdi>.
        </p>
        <div className="answer-bar-actions">
          <UnblockButton contact={contact}>Unblock</UnblockButton>
        </div>
      </section>
    </footer>
  );
}
