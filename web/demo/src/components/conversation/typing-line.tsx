import type { ConversationId, UserId } from "sealpost";
import { useNames, useSession } from "../../state/hooks.ts";
import { useSelected } from "../../state/store.ts";

const NOBODY: readonly UserId[] = [];

/** Who is writing right now. It has its place also while nobody is, so that nothing moves. */
export function TypingLine({ conversationId }: { conversationId: ConversationId }) {
  const session = useSession();
  const nameOf = useNames();
  const writing = useSelected(session.writing, (all) => all.get(conversationId) ?? NOBODY);
  const names = new Intl.ListFormat("en").format(writing.map(nameOf));
  return (
    <p className="typing-line" role="status">
      {writing.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>
            <bdi>{names}</bdi> {writing.length === 1 ? "is" : "are"} writing…
          </span>
        </>
      )}
    </p>
  );
}
