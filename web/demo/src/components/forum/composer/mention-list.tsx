import { Avatar } from "../../ui/avatar.tsx";
import { optionId, type Mentions } from "./use-mentions.ts";

/** Names to choose from while one is typed. */
export function MentionList({ mentions: { listId, suggestions, chosen, pick } }: { mentions: Mentions }) {
  return (
    <>
      <span className="visually-hidden" role="status">
        {suggestions.length === 0 ? "" : suggestions.length === 1 ? "1 name found" : `${String(suggestions.length)} names found`}
      </span>
      {suggestions.length > 0 && (
        <ul className="menu mention-list" id={listId} role="listbox" aria-label="Members">
          {suggestions.map((member, index) => (
            <li
              key={member.userId}
              id={optionId(listId, index)}
              className="menu-item"
              role="option"
              aria-selected={index === chosen}
              onMouseDown={(event) => {
                // The field keeps the focus.
                event.preventDefault();
              }}
              onClick={() => {
                pick(member);
              }}
            >
              <Avatar id={member.userId} name={member.username} size="small" />
              {member.username}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
