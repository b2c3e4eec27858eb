import type { Conversation, UserId } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { AddPeopleForm } from "../new-conversation/add-people-form.tsx";
import { Modal } from "../ui/modal.tsx";

interface AddPeopleDialogProps {
  open: boolean;
  onClose: () => void;
  conversation: Conversation;
}

export function AddPeopleDialog({ open, onClose, conversation }: AddPeopleDialogProps) {
  const session = useSession();
  const already = conversation.members.map(({ userId }) => userId);
  const add = async (userIds: UserId[]) => {
    session.keepConversation(await session.client.conversations.update(conversation.id, { add: userIds }));
  };
  return (
    <Modal open={open} onClose={onClose} title="Add people" description="They see what is written from now on, not what came before.">
      <AddPeopleForm already={already} label="Add to group" add={add} onDone={onClose} />
    </Modal>
  );
}
