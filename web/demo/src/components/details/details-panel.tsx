import { Radio } from "lucide-react";
import type { Conversation } from "sealpost";
import { peer } from "../../lib/conversation.ts";
import { useMyId } from "../../state/hooks.ts";
import { navigate, navigateUp, type Panel } from "../../state/route.ts";
import { Button } from "../ui/button.tsx";
import { SidePanel } from "../ui/side-panel.tsx";
import { ContactDetails } from "./contact-details.tsx";
import { GroupDetails } from "./group-details.tsx";
import { RelayView } from "./relay-view.tsx";
import { TimerSetting } from "./timer-setting.tsx";

/** Beside the conversation: its group, one of its people, or what the relay sees of it. */
export function DetailsPanel({ conversation, panel }: { conversation: Conversation; panel: Panel }) {
  const me = useMyId();
  const { id } = conversation;
  const group = conversation.kind === "group";
  const person = panel.kind === "contact" ? panel.userId : (peer(conversation, me)?.userId ?? null);
  const close = () => {
    navigateUp({ conversationId: id });
  };
  const back = {
    label: group ? "Back to group" : "Back to contact",
    go: () => {
      navigateUp({ conversationId: id, panel: { kind: "conversation" } });
    },
  };
  if (panel.kind === "relay") {
    return (
      <SidePanel title="What the relay sees" name="Details" place={`${id}/relay`} onClose={close} back={back}>
        <div className="details-body">
          <RelayView key={id} conversation={conversation} />
        </div>
      </SidePanel>
    );
  }
  const inGroup = panel.kind === "contact" && group;
  return (
    <SidePanel title={person === null ? "Group" : "Contact"} name="Details" place={`${id}/${person ?? ""}`} onClose={close} {...(inGroup ? { back } : {})}>
      <div className="details-body">
        {person === null ? <GroupDetails conversation={conversation} /> : <ContactDetails key={person} userId={person} writable={group} />}
        {!inGroup && <TimerSetting conversation={conversation} />}
        {!inGroup && (
          <section className="details-section">
            <Button className="wide" onClick={() => { navigate({ conversationId: id, panel: { kind: "relay" } }); }}>
              <Radio aria-hidden="true" />
              What the relay sees
            </Button>
          </section>
        )}
      </div>
    </SidePanel>
  );
}
