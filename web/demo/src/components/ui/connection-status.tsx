import type { Connection } from "sealpost";
import { explain } from "../../lib/errors.ts";
import { secondsUntil } from "../../lib/time.ts";
import { useNow, useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";

const WORDS: Readonly<Record<Connection["state"], string>> = {
  connecting: "Connecting…",
  online: "Connected",
  syncing: "Getting messages…",
  offline: "Offline",
  closed: "Closed. Reload the page",
};

/** State of the line in a few words. The countdown is not read out, or it would be every second. */
export function ConnectionStatus({ className = "" }: { className?: string }) {
  const { state, retryAt, pending, error } = useStore(useSession().connection);
  const title = state === "offline" && error !== undefined ? explain(error.code, error.message) : undefined;
  return (
    <p
      className={`connection ${className}`}
      role="status"
      aria-label="Connection"
      data-connection-state={state}
      data-pending={pending}
      title={title}
    >
      <span className="connection-dot" aria-hidden="true" />
      <span className="connection-words">
        {WORDS[state]}
        {state === "offline" && retryAt !== null && pending === 0 && <Countdown to={retryAt} />}
        {pending > 0 && <span className="connection-pending"> · {pending} waiting</span>}
      </span>
    </p>
  );
}

function Countdown({ to }: { to: number }) {
  const now = useNow(500);
  return <span aria-hidden="true">, retry in {secondsUntil(to, now)} s</span>;
}
