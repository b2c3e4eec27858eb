import type { LostProfile } from "sealpost";
import { Button } from "../ui/button.tsx";

interface LostProps {
  lost: LostProfile;
  onJoin: () => void;
  onAnew: () => void;
}

/** There was an account in this browser, and its data is gone. */
export function Lost({ lost, onJoin, onAnew }: LostProps) {
  const { username } = lost;
  return (
    <>
      <h1>This browser has deleted Sealpost’s data</h1>
      <p className="welcome-lead" role="alert" data-testid="lost">
        {username === null ? "An account" : <>The account <strong>{username}</strong></>} was here. Browsers delete what sites store when they run out of room, or when somebody clears it. Its
        keys and messages cannot be read from here any more.
      </p>
      <p className="welcome-lead">If another device has the account, it can hand it over to this one. Otherwise begin anew, under another username: the old one stays taken, so that nobody takes your place.</p>
      <Button kind="primary" onClick={onJoin}>
        Add this device to the account
      </Button>
      <p className="welcome-other">
        <Button kind="quiet" onClick={onAnew}>
          Start anew
        </Button>
      </p>
    </>
  );
}
