import type { Conversation } from "sealpost";
import { peer } from "../../lib/conversation.ts";
import { useMyId } from "../../state/hooks.ts";
import { navigateUp, type Panel } from "../../state/route.ts";
import { SidePanel } from "../ui/side-panel.tsx";
import { ContactDetails } from "./contact-details.tsx";
import { GroupDetails } from "./group-details.tsx";

/** Beside the conversation: its group, or one of its people. */
export function DetailsPanel({ conversation, panel }: { conversation: Conversation; panel: Panel }) {
  const me = useMyId();
  const { id } = conversation;
  const group = conversation.kind === "group";
  const person = panel.kind === "contact" ? panel.userId : (peer(conversation, me)?.userId ?? null);
  const close = () => {
    navigateUp({ conversationId: id });
  };
  const back = {
    label: "Back to group",
    go: () => {
      navigateUp({ conversationId: id, panel: { kind: "conversation" } });
    },
  };
  return (
    <SidePanel
      title={person === null ? "Group" : "Contact"}
      name="Details"
      place={`${id}/${person ?? ""}`}
      onClose={close}
      {...(panel.kind === "contact" && group ? { back } : {})}
    >
      <div className="details-body">
        {person === null ? <GroupDetails conversation={conversation} /> : <ContactDetails key={person} userId={person} writable={group} />}
      </div>
    </SidePanel>
  );
}
