import { LogOut, Pencil, UserPlus } from "lucide-react";
import { useState } from "react";
import type { Conversation, Member } from "sealpost";
import { memberCount, titleOf } from "../../lib/conversation.ts";
import { useMyId, useSession } from "../../state/hooks.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import { AddPeopleDialog } from "./add-people-dialog.tsx";
import { MemberList } from "./member-list.tsx";
import { RenameDialog } from "./rename-dialog.tsx";

type Asked = "rename" | "add" | "leave" | Member | null;

export function GroupDetails({ conversation }: { conversation: Conversation }) {
  const session = useSession();
  const me = useMyId();
  const [asked, setAsked] = useState<Asked>(null);
  const { id, active, members } = conversation;
  const title = titleOf(conversation, me);
  const leaving = typeof asked === "object" ? asked : null;
  const done = () => {
    setAsked(null);
  };
  const remove = async (userId: string) => {
    session.keepConversation(await session.client.conversations.update(id, { remove: [userId] }));
  };

  return (
    <>
      <div className="identity">
        <Avatar id={id} name={title} group size="large" />
        <p className="identity-name">
          <bdi>{title}</bdi>
          {active && <IconButton label="Rename group" icon={Pencil} onClick={() => { setAsked("rename"); }} />}
        </p>
        <p className="identity-note">{active ? memberCount(members.length) : "You are no longer in this group"}</p>
      </div>
      <section className="details-section">
        <h3 className="section-title">Members</h3>
        <MemberList conversation={conversation} onRemove={setAsked} />
        {active && (
          <Button className="wide" onClick={() => { setAsked("add"); }}>
            <UserPlus aria-hidden="true" />
            Add people
          </Button>
        )}
      </section>
      {active && (
        <section className="details-section">
          <Button kind="danger" className="wide" onClick={() => { setAsked("leave"); }}>
            <LogOut aria-hidden="true" />
            Leave group
          </Button>
        </section>
      )}
      <RenameDialog open={asked === "rename"} onClose={done} conversation={conversation} />
      <AddPeopleDialog open={asked === "add"} onClose={done} conversation={conversation} />
      <Confirm open={asked === "leave"} onClose={done} title="Leave this group?" action="Leave" danger onConfirm={() => remove(me)}>
        You keep what was written so far and get nothing new. Somebody in the group has to add you for you to come back.
      </Confirm>
      <Confirm
        open={leaving !== null}
        onClose={done}
        title={`Remove ${leaving?.username ?? ""}?`}
        action="Remove"
        danger
        onConfirm={() => remove(leaving?.userId ?? "")}
      >
        {leaving?.username ?? ""} keeps what was written so far and gets nothing new.
      </Confirm>
    </>
  );
}
