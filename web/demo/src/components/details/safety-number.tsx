import { BadgeCheck, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import type { Contact, UserId } from "sealpost";
import { asSealpostError, explain } from "../../lib/errors.ts";
import { safetyGroups } from "../../lib/safety-number.ts";
import { useSession } from "../../state/hooks.ts";
import { showError, showNotice } from "../../state/toasts.ts";
import { Button } from "../ui/button.tsx";

interface SafetyNumberProps {
  userId: UserId;
  username: string;
  contact: Contact | null;
}

type Digits = { readonly groups: readonly string[] } | { readonly problem: string } | null;

/** Sixty digits that are the same on both sides if nobody stands between. */
export function SafetyNumber({ userId, username, contact }: SafetyNumberProps) {
  const digits = useSafetyNumber(userId);
  return (
    <section className="details-section" aria-label="Safety number">
      <h3 className="section-title">Safety number</h3>
      {digits === null && <div className="safety-number safety-loading" aria-hidden="true" />}
      {digits !== null && "problem" in digits && (
        <p className="field-error" role="alert">
          {digits.problem}
        </p>
      )}
      {digits !== null && "groups" in digits && (
        <>
          <p className="safety-number" data-testid="safety-number">
            {digits.groups.map((group, index) => (
              <span key={index}>{group}</span>
            ))}
          </p>
          <p className="safety-help">
            Compare it with {username}, in person or by phone. If both see the same digits, nobody can read along.
          </p>
          <SafetyActions digits={digits.groups.join(" ")} userId={userId} contact={contact} />
        </>
      )}
    </section>
  );
}

function useSafetyNumber(userId: UserId): Digits {
  const { client } = useSession();
  const [digits, setDigits] = useState<Digits>(null);
  useEffect(() => {
    let wanted = true;
    client.contacts.safetyNumber(userId).then(
      (number) => {
        if (wanted) setDigits({ groups: safetyGroups(number) });
      },
      (thrown: unknown) => {
        const { code, message } = asSealpostError(thrown);
        if (wanted) setDigits({ problem: explain(code, message) });
      },
    );
    return () => {
      wanted = false;
    };
  }, [client, userId]);
  return digits;
}

function SafetyActions({ digits, userId, contact }: { digits: string; userId: UserId; contact: Contact | null }) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const verified = contact?.verified ?? false;
  const copy = () => {
    navigator.clipboard.writeText(digits).then(() => {
      showNotice("Safety number copied");
    }, showError);
  };
  const mark = async () => {
    setBusy(true);
    try {
      session.keepContact(await session.client.contacts.setVerified(userId, !verified));
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
