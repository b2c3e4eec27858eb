import type { UserId } from "sealpost";
import { useMyId, useNames } from "../../state/hooks.ts";

const list = new Intl.ListFormat("en");
const MOST_NAMES = 10;

export interface Reaction {
  readonly emoji: string;
  readonly userIds: readonly UserId[];
}

interface ReactionListProps {
  reactions: readonly Reaction[];
  /** Whether this person may react. */
  open: boolean;
  onReact: (emoji: string, on: boolean) => void;
}

/** Who reacted how; a press joins in or takes it back. */
export function ReactionList({ reactions, open, onReact }: ReactionListProps) {
  const me = useMyId();
  const nameOf = useNames();
  if (reactions.length === 0) return null;
  return (
    <ul className="reactions" aria-label="Reactions">
      {reactions.map(({ emoji, userIds }) => {
        const mine = userIds.includes(me);
        const names = userIds.slice(0, MOST_NAMES).map((userId) => (userId === me ? "you" : nameOf(userId)));
        const more = userIds.length - names.length;
        const who = list.format(more > 0 ? [...names, `${String(more)} more`] : names);
        return (
          <li key={emoji}>
            <button
              type="button"
              className="reaction"
              data-action
              tabIndex={-1}
              title={who}
              aria-label={`${emoji} by ${who}`}
              aria-pressed={mine}
              disabled={!open}
              onClick={() => {
                onReact(emoji, !mine);
              }}
            >
              <span aria-hidden="true">{emoji}</span>
              <span className="reaction-count">{userIds.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
