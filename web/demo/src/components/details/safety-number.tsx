import { BadgeCheck, Copy } from "lucide-react";
import { useState } from "react";
import type { Contact, UserId } from "sealpost";
import { isVerified, safetyGroups } from "../../lib/safety-number.ts";
import { useSession } from "../../state/hooks.ts";
import { showError, showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";
import { SafetyDigits } from "./safety-digits.tsx";
import { useSafetyNumber } from "./use-safety-number.ts";

interface SafetyNumberProps {
  userId: UserId;
  username: string;
  contact: Contact | null;
}

/** Sixty digits that are the same on both sides if nobody stands between. */
export function SafetyNumber({ userId, username, contact }: SafetyNumberProps) {
  const number = useSafetyNumber(userId);
  return (
    <section className="details-section" aria-label="Safety number">
      <h3 className="section-title">Safety number</h3>
      <SafetyDigits number={number} />
      {number !== null && "digits" in number && (
        <>
          <p className="safety-help">
            Compare it with {username}, in person or by phone. If both see the same digits, nobody can read along.
          </p>
          <SafetyActions digits={number.digits} userId={userId} contact={contact} />
        </>
      )}
    </section>
  );
}

function SafetyActions({ digits, userId, contact }: { digits: string; userId: UserId; contact: Contact | null }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const verified = isVerified(contact);
  const copy = () => {
    navigator.clipboard.writeText(safetyGroups(digits).join(" ")).then(() => {
      showNotice("Safety number copied");
    }, showError);
  };
  const mark = async () => {
    setBusy(true);
    try {
      session.keepContact(await session.client.contacts.setVerified(userId, !verified, digits));
    } catch (thrown) {
      showError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="safety-actions">
      <Button onClick={copy}>
        <Copy aria-hidden="true" />
        Copy
      </Button>
      {contact?.keyState !== "changed" && (
        <Button kind={verified ? "secondary" : "primary"} busy={busy} onClick={() => void mark()}>
          {!verified && <BadgeCheck aria-hidden="true" />}
          {verified ? "Remove verified mark" : "Mark as verified"}
        </Button>
      )}
    </div>
  );
}
