import type { ConversationId } from "sealpost";
import { useSession } from "../../state/hooks.ts";
import { navigateUp } from "../../state/route.ts";
import { useStore } from "../../state/store.ts";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";

/** The stage while no conversation is chosen, or the address names one that is not there. */
export function NothingOpen({ wanted }: { wanted: ConversationId | null }) {
  const any = useStore(useSession().conversations).size > 0;
  return (
    <div className="nothing-open">
      <Seal />
      {wanted === null ? (
        <>
          {any && <h2>Choose a conversation</h2>}
          <p>Only the people in a conversation can read it.</p>
        </>
      ) : (
        <>
          <h2>This conversation is not here</h2>
          <p>It may belong to another account, or its first message has not arrived yet.</p>
          <Button onClick={() => { navigateUp({}); }}>Back to conversations</Button>
        </>
      )}
    </div>
  );
}
