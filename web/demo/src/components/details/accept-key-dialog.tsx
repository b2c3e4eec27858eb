import type { UserId } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { showNotice } from "../../state/toasts.ts";
import { Confirm } from "../ui/confirm.tsx";
import { SafetyDigits } from "./safety-digits.tsx";
import { useSafetyNumber } from "./use-safety-number.ts";

interface AcceptKeyDialogProps {
  userId: UserId;
  username: string;
  open: boolean;
  onClose: () => void;
}

/** The last question before a changed account key is used (T01). What is accepted is the key whose safety number is shown, no later one. */
export function AcceptKeyDialog({ userId, username, open, onClose }: AcceptKeyDialogProps) {
  const session = useSession();
  const number = useSafetyNumber(open ? userId : null);
  const digits = number !== null && "digits" in number ? number.digits : null;
  const accept = async () => {
    if (digits === null) return;
    session.keepContact(await session.client.contacts.acceptKeyChange(userId, digits));
    showNotice(`New key of ${username} accepted`);
  };
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Accept ${username}’s new key?`}
      action="Accept"
      danger
      ready={digits !== null}
      onConfirm={accept}
    >
      <p>From now on, messages are encrypted for the new key. If it is not {username}’s, somebody else will read them.</p>
      <SafetyDigits number={number} />
      <p>Accept only if {username} told you, not in this conversation, that this is the number they see.</p>
    </Confirm>
  );
}
