import type { Utterance } from "../../lib/messages.ts";
import { useSession } from "../../state/hooks.ts";
import { Confirm } from "../ui/confirm.tsx";

/** The question before one takes a message back. */
export function DeleteMessage({ message, onClose }: { message: Utterance | null; onClose: () => void }) {
  const { client, timelines } = useSession();
  return (
    <Confirm
      open={message !== null}
      onClose={onClose}
      title="Delete your message?"
      action="Delete"
      danger
      onConfirm={async () => {
        if (message !== null) timelines.keep(await client.messages.delete(message.conversationId, message.id));
      }}
    >
      Everybody in the conversation sees that a message was deleted, and no longer what it said. Nobody can be made to forget what they have read.
    </Confirm>
  );
}
