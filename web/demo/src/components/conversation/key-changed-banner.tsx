import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import type { UserId } from "sealpost";
import { AcceptKeyDialog } from "../details/accept-key-dialog.tsx";
import { Button } from "../ui/button.tsx";

interface KeyChangedBannerProps {
  userId: UserId;
  username: string;
  /** The panel beside it shows this person, with the same buttons. */
  comparing: boolean;
  onCompare: () => void;
}

/** A member's account key is not the pinned one (T01): nothing goes out until the person has decided. */
export function KeyChangedBanner({ userId, username, comparing, onCompare }: KeyChangedBannerProps) {
  const [accepting, setAccepting] = useState(false);
  return (
    <section className="warning-banner" aria-label={`${username}’s key has changed`} data-user-id={userId}>
      <ShieldAlert className="warning-banner-icon" aria-hidden="true" />
      <div className="warning-banner-text">
        <h3>{username}’s key has changed</h3>
        <p>
          Either {username} set Sealpost up anew, or somebody stands between you. Sending is paused: compare safety numbers
          with {username} over another channel before you accept.
        </p>
      </div>
      {!comparing && (
        <div className="warning-banner-actions">
          <Button onClick={onCompare}>Compare</Button>
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
