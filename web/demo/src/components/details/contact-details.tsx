import { BadgeCheck, Ban, MessageSquare, ShieldAlert } from "lucide-react";
import { useState } from "react";
import type { Contact, UserId } from "sealpost";
import { isVerified } from "../../lib/safety-number.ts";
import { useContact, useMyId, useNames, useSession } from "../../state/hooks.ts";
import { navigate } from "../../state/route.ts";
import { showError } from "../../state/toasts.ts";
import { BlockDialog, UnblockButton } from "../conversation/request-bar.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { AcceptKeyDialog } from "./accept-key-dialog.tsx";
import { SafetyNumber } from "./safety-number.tsx";

interface ContactDetailsProps {
  userId: UserId;
  /** Offers to write to this person alone. */
  writable: boolean;
}

/** One person: who they are, their safety number, and what one can do about them. */
export function ContactDetails({ userId, writable }: ContactDetailsProps) {
  const contact = useContact(userId);
  const username = useNames()(userId);
  const verified = isVerified(contact);
  return (
    <>
      <div className="identity">
        <Avatar id={userId} name={username} size="large" />
        <p className="identity-name">
          <bdi>{username}</bdi>
        </p>
        {verified ? (
          <p className="identity-note verified-note">
            <BadgeCheck className="verified" aria-hidden="true" />
            Verified
          </p>
        ) : (
          <p className="identity-note">Not verified{contact === null ? "" : ` · ${devices(contact.devices)}`}</p>
        )}
      </div>
      {contact?.keyState === "changed" && <ChangedKey userId={userId} username={username} />}
      <SafetyNumber userId={userId} username={username} contact={contact} />
      {writable && <WriteTo userId={userId} username={username} />}
      {contact !== null && <Blocking contact={contact} />}
    </>
  );
}

function devices(count: number): string {
  return count === 1 ? "1 device" : `${String(count)} devices`;
}

function ChangedKey({ userId, username }: { userId: UserId; username: string }) {
  const [accepting, setAccepting] = useState(false);
  return (
    <section className="key-warning" role="alert">
      <h3>
        <ShieldAlert aria-hidden="true" />
        The key has changed
      </h3>
      <p>
        Nothing is sent to {username}, and nothing from the new key is shown. Compare the number below by phone or in person; accept
        the key only if it matches.
      </p>
      <Button kind="danger" onClick={() => { setAccepting(true); }}>
        Accept new key
      </Button>
      <AcceptKeyDialog userId={userId} username={username} open={accepting} onClose={() => { setAccepting(false); }} />
    </section>
  );
}

/** Blocking somebody, or taking that back. */
function Blocking({ contact }: { contact: Contact }) {
  const [asking, setAsking] = useState(false);
  return (
    <section className="details-section">
      {contact.standing === "blocked" ? (
        <UnblockButton className="wide" contact={contact}>
          Unblock {contact.username}
        </UnblockButton>
      ) : (
        <Button className="wide" kind="quiet" onClick={() => { setAsking(true); }}>
          <Ban aria-hidden="true" />
          Block {contact.username}
        </Button>
      )}
      <BlockDialog userId={contact.userId} open={asking} onClose={() => { setAsking(false); }} />
    </section>
  );
}

function WriteTo({ userId, username }: { userId: UserId; username: string }) {
  const session = useSession();
  const me = useMyId();
  const [busy, setBusy] = useState(false);
  if (userId === me) return null;
  const write = async () => {
    setBusy(true);
    try {
      const conversation = await session.client.conversations.create({ members: [userId] });
      session.keepConversation(conversation);
      navigate({ conversationId: conversation.id });
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="details-section">
      <Button className="wide" busy={busy} onClick={() => void write()}>
        <MessageSquare aria-hidden="true" />
        Message {username}
      </Button>
    </section>
  );
}
