import { useEffect, useState } from "react";
import type { UserId } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { useContact, useSession } from "../../state/hooks.ts";

/** Sixty digits, or why there are none. */
export type SafetyNumberState = { readonly digits: string } | { readonly problem: string };

/** The safety number with a person, read again when something about them changes. Null while it is computed, and for nobody. */
export function useSafetyNumber(userId: UserId | null): SafetyNumberState | null {
  const { client } = useSession();
  const contact = useContact(userId ?? "");
  const [known, setKnown] = useState<{ readonly of: UserId; readonly state: SafetyNumberState } | null>(null);
  useEffect(() => {
    if (userId === null) return;
    let wanted = true;
    client.contacts.safetyNumber(userId).then(
      (digits) => {
        if (wanted) setKnown({ of: userId, state: { digits } });
      },
      (thrown: unknown) => {
        if (wanted) setKnown({ of: userId, state: { problem: explainThrown(thrown) } });
      },
    );
    return () => {
      wanted = false;
    };
  }, [client, userId, contact]);
  return known !== null && known.of === userId ? known.state : null;
}
