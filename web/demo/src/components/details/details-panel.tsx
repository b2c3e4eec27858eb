import { ArrowLeft, X } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import type { Conversation } from "sealpost";
import { peer } from "../../lib/conversation.ts";
import { useMyId } from "../../state/hooks.ts";
import { navigateUp, type Panel } from "../../state/route.ts";
import { IconButton } from "../ui/button.tsx";
import { ContactDetails } from "./contact-details.tsx";
import { GroupDetails } from "./group-details.tsx";

/** Beside the conversation: its group, or one of its people. */
export function DetailsPanel({ conversation, panel }: { conversation: Conversation; panel: Panel }) {
  const me = useMyId();
  const heading = useRef<HTMLHeadingElement>(null);
  const { id } = conversation;
  const person = panel.kind === "contact" ? panel.userId : (peer(conversation, me)?.userId ?? null);
  const nested = panel.kind === "contact" && conversation.kind === "group";
  const close = () => {
    navigateUp({ conversationId: id });
  };
  const back = () => {
    navigateUp({ conversationId: id, panel: { kind: "conversation" } });
  };
  useFocus(heading, `${id}/${person ?? ""}`);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || dialogOpen()) return;
    if (nested) back();
    else close();
  };

  return (
    <section className="details" aria-label="Details" onKeyDown={onKeyDown}>
      <header className="details-header">
        {nested && <IconButton label="Back to group" icon={ArrowLeft} onClick={back} />}
        <h2 ref={heading} tabIndex={-1}>
          {person === null ? "Group" : "Contact"}
        </h2>
        <IconButton label="Close details" icon={X} onClick={close} />
      </header>
      <div className="details-body">
        {person === null ? (
          <GroupDetails conversation={conversation} />
        ) : (
          <ContactDetails key={person} userId={person} conversation={conversation} />
        )}
      </div>
    </section>
  );
}

/** Moves focus in on opening and back to where it was on closing. */
function useFocus(heading: React.RefObject<HTMLElement | null>, place: string) {
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, [heading, place]);
  useEffect(
    () => () => {
      document.querySelector<HTMLElement>(".details-toggle")?.focus({ preventScroll: true });
    },
    [],
  );
}

/** Escape is the dialog's then, and the panel stays; a key pressed in a dialog bubbles through React's tree to the panel. */
function dialogOpen(): boolean {
  return document.querySelector(".dialog[data-open]") !== null;
}
