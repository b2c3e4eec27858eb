import { useEffect } from "react";
import type { Conversation } from "sealpost";
import { hasWords, titleOf } from "../../lib/conversation.ts";
import { useMyId, useSession } from "../../state/hooks.ts";
import { navigate, replace } from "../../state/route.ts";
import { Button } from "../ui/button.tsx";

/** In place of the composer: both people began at once, and go on in the other conversation. Goes there by itself if nothing was said here. */
export function Continued({ conversation, next }: { conversation: Conversation; next: Conversation }) {
  const session = useSession();
  const me = useMyId();
  const empty = !hasWords(conversation);
  useEffect(() => {
    const draft = session.drafts.get().get(conversation.id);
    if (draft !== undefined && !session.sending.has(conversation.id) && !session.drafts.get().has(next.id)) {
      session.setDraft(next.id, draft);
      session.setDraft(conversation.id, "");
    }
    if (empty) replace({ conversationId: next.id });
  }, [session, conversation.id, next.id, empty]);
  return (
    <footer className="composer">
      <div className="continued">
        <p>You and {titleOf(next, me)} began at the same time. Your other conversation goes on.</p>
        <Button
          onClick={() => {
            navigate({ conversationId: next.id });
          }}
        >
          Go on there
        </Button>
      </div>
    </footer>
  );
}
