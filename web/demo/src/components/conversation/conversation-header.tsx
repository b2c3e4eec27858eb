import { ArrowLeft, BadgeCheck, PanelRight } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Conversation } from "sealpost";
import { memberCount, others, peer, titleOf } from "../../lib/conversation.ts";
import { isVerified } from "../../lib/safety-number.ts";
import { NARROW, useContact, useMediaQuery, useMyId } from "../../state/hooks.ts";
import { navigate, navigateUp, route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/button.tsx";
import { ConnectionStatus } from "../ui/connection-status.tsx";

export function ConversationHeader({ conversation }: { conversation: Conversation }) {
  const me = useMyId();
  const { panel } = useStore(route);
  const narrow = useMediaQuery(NARROW);
  const heading = useRef<HTMLHeadingElement>(null);
  const title = titleOf(conversation, me);
  const other = peer(conversation, me);
  const verified = isVerified(useContact(other?.userId ?? ""));
  const { id } = conversation;

  useEffect(() => {
    // The composer would open the on-screen keyboard; the heading says where one is.
    if (narrow) heading.current?.focus({ preventScroll: true });
  }, [narrow]);

  return (
    <header className="conversation-header">
      <IconButton
        label="Back to conversations"
        icon={ArrowLeft}
        className="conversation-back"
        onClick={() => {
          navigateUp({});
        }}
      />
      <Avatar id={other?.userId ?? id} name={title} group={conversation.kind === "group"} />
      <div className="conversation-heading">
        <h2 ref={heading} tabIndex={-1}>
          <bdi>{title}</bdi>
          {verified && <BadgeCheck className="verified" role="img" aria-label="Verified" />}
        </h2>
        <p className="conversation-subtitle">{subtitle(conversation, me)}</p>
      </div>
      <ConnectionStatus className="conversation-connection" />
      <IconButton
        label="Conversation details"
        icon={PanelRight}
        className="details-toggle"
        aria-expanded={panel !== null}
        onClick={() => {
          if (panel === null) navigate({ conversationId: id, panel: { kind: "conversation" } });
          else navigateUp({ conversationId: id });
        }}
      />
    </header>
  );
}

function subtitle(conversation: Conversation, me: string): string {
  if (conversation.kind === "direct") return "End-to-end encrypted";
  const names = others(conversation, me).map((member) => member.username);
  if (conversation.name === "") return memberCount(conversation.members.length);
  return conversation.active ? [...names, "you"].join(", ") : names.join(", ");
}
