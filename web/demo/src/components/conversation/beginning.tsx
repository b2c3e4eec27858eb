import { LockKeyhole } from "lucide-react";
import type { Conversation } from "sealpost";
import { peer, titleOf } from "../../lib/conversation.ts";
import { useMyId } from "../../state/hooks.ts";
import { Avatar } from "../ui/avatar.tsx";

/** What stands before the first message. */
export function Beginning({ conversation }: { conversation: Conversation }) {
  const me = useMyId();
  const title = titleOf(conversation, me);
  const group = conversation.kind === "group";
  return (
    <div className="beginning">
      <Avatar id={peer(conversation, me)?.userId ?? conversation.id} name={title} group={group} size="large" />
      <p className="beginning-title">
        <bdi>{title}</bdi>
      </p>
      <p className="beginning-note">
        <LockKeyhole aria-hidden="true" />
        {group ? "Only the members of this group can read what is written here." : "Only the two of you can read what is written here."}
      </p>
    </div>
  );
}
