import { useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";

/** Reads new messages out. The log itself is not live, or loading older messages would be read too. */
export function Announcer() {
  const { count, text } = useStore(useSession().announcement);
  return (
    <div className="visually-hidden" aria-live="polite" data-testid="announcer">
      <span key={count}>{text}</span>
    </div>
  );
}
