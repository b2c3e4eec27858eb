import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import type { Conversation, Member } from "sealpost";
import { navigate, route } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { AcceptKeyDialog } from "../details/accept-key-dialog.tsx";
import { Button } from "../ui/button.tsx";

/** A member's account key is not the pinned one (T01): nothing goes out until the person has decided. */
export function KeyChangedBanner({ conversation, member }: { conversation: Conversation; member: Member }) {
  const [accepting, setAccepting] = useState(false);
  const { userId, username } = member;
  const { panel } = useStore(route);
  // Then the panel beside it has the same buttons.
  const comparing = panel !== null && (conversation.kind === "direct" || (panel.kind === "contact" && panel.userId === userId));
  return (
    <section className="key-banner" aria-label={`${username}’s key has changed`} data-user-id={userId}>
      <ShieldAlert className="key-banner-icon" aria-hidden="true" />
      <div className="key-banner-text">
        <h3>{username}’s key has changed</h3>
        <p>
          Either {username} set Sealpost up anew, or somebody stands between you. Sending is paused: compare safety numbers
          with {username} over another channel before you accept.
        </p>
      </div>
      {!comparing && (
        <div className="key-banner-actions">
          <Button
            onClick={() => {
              navigate({ conversationId: conversation.id, panel: { kind: "contact", userId } });
            }}
          >
            Compare
          </Button>
          <Button
            kind="danger"
            onClick={() => {
              setAccepting(true);
            }}
          >
            Accept new key
          </Button>
        </div>
      )}
      <AcceptKeyDialog
        userId={userId}
        username={username}
        open={accepting}
        onClose={() => {
          setAccepting(false);
        }}
      />
    </section>
  );
}
