import type { UserId } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { showNotice } from "../../state/toasts.ts";
import { Confirm } from "../ui/confirm.tsx";

interface AcceptKeyDialogProps {
  userId: UserId;
  username: string;
  open: boolean;
  onClose: () => void;
}

/** The last question before a changed account key is used (T01). */
export function AcceptKeyDialog({ userId, username, open, onClose }: AcceptKeyDialogProps) {
  const session = useSession();
  const accept = async () => {
    session.keepContact(await session.client.contacts.acceptKeyChange(userId));
    showNotice(`New key of ${username} accepted`);
  };
  return (
    <Confirm open={open} onClose={onClose} title={`Accept ${username}’s new key?`} action="Accept" danger onConfirm={accept}>
      <p>From now on, messages are encrypted for the new key. If it is not {username}’s, somebody else will read them.</p>
      <p>Accept only if {username} told you, not in this conversation, that the safety number is right. The verified mark is taken away.</p>
    </Confirm>
  );
}
