import type { Post } from "sealpost";
import { postRights } from "../../../lib/topic-rights.ts";
import { useMyId, useNames } from "../../../state/hooks.ts";
import { usePostList } from "./post-list-context.ts";
import { usePostDeeds } from "./use-post-deeds.ts";

const list = new Intl.ListFormat("en");
const MOST_NAMES = 10;

/** Who reacted how; a press joins in or takes it back. */
export function Reactions({ post }: { post: Post }) {
  const { topic } = usePostList();
  const deeds = usePostDeeds();
  const me = useMyId();
  const nameOf = useNames();
  if (post.deleted !== null || post.reactions.length === 0) return null;
  const { react } = postRights(topic, post);
  return (
    <ul className="reactions" aria-label="Reactions">
      {post.reactions.map(({ emoji, userIds }) => {
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
              disabled={!react}
              onClick={() => {
                deeds.react(post, emoji, !mine);
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
