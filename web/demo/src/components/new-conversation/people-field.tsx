import { Plus, UserSearch, X } from "lucide-react";
import { useId, useRef, type SubmitEvent } from "react";
import type { UserId } from "sealpost";
import { normaliseUsername } from "../../lib/username.ts";
import { useMyId, useSession } from "../../state/hooks.ts";
import { useStore } from "../../state/store.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import type { PeoplePicker } from "./use-people-picker.ts";

const MOST_SUGGESTIONS = 6;

interface PeopleFieldProps {
  picker: PeoplePicker;
  already?: readonly UserId[];
}

/** The field that finds people, who was added, and people already known. */
export function PeopleField({ picker, already = [] }: PeopleFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    await picker.find();
    input.current?.focus();
  };
  return (
    <>
      <form className="field-form" onSubmit={(event) => void submit(event)} noValidate>
        <label className="field-label" htmlFor={id}>
          Find by username
        </label>
        <div className="field-row">
          <input
            ref={input}
            id={id}
            className="field"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            value={picker.query}
            aria-invalid={picker.problem !== null}
            aria-describedby={`${id}-problem`}
            onChange={(event) => {
              picker.setQuery(event.target.value);
            }}
          />
          <Button type="submit" busy={picker.busy} aria-label="Find">
            {!picker.busy && <UserSearch aria-hidden="true" />}
            Find
          </Button>
        </div>
        <p className="field-error" id={`${id}-problem`} role="alert">
          {picker.problem}
        </p>
      </form>
      <Picked picker={picker} onRemoved={() => input.current?.focus()} />
      <Suggestions picker={picker} already={already} />
    </>
  );
}

function Picked({ picker, onRemoved }: { picker: PeoplePicker; onRemoved: () => void }) {
  if (picker.picked.length === 0) return null;
  return (
    <ul className="chips" aria-label="People to add">
      {picker.picked.map(({ userId, username }) => (
        <li key={userId} className="chip">
          <Avatar id={userId} name={username} size="small" />
          <span className="chip-name">{username}</span>
          <button
            type="button"
            className="chip-remove"
            aria-label={`Remove ${username}`}
            onClick={() => {
              picker.remove(userId);
              onRemoved();
            }}
          >
            <X aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Suggestions({ picker, already }: { picker: PeoplePicker; already: readonly UserId[] }) {
  const me = useMyId();
  const contacts = useStore(useSession().contacts);
  const typed = normaliseUsername(picker.query);
  const taken = new Set([me, ...already, ...picker.picked.map(({ userId }) => userId)]);
  const known = [...contacts.values()]
    .filter(({ userId, username }) => !taken.has(userId) && username.includes(typed))
    .sort((a, b) => a.username.localeCompare(b.username))
    .slice(0, MOST_SUGGESTIONS);
  if (known.length === 0) return null;
  return (
    <section className="suggestions">
      <h3 className="section-title">People you know</h3>
      <ul aria-label="People you know">
        {known.map((contact) => (
          <li key={contact.userId}>
            <button
              type="button"
              className="person"
              aria-label={`Add ${contact.username}`}
              onClick={() => {
                picker.add(contact);
              }}
            >
              <Avatar id={contact.userId} name={contact.username} size="small" />
              <span className="person-name">{contact.username}</span>
              <Plus aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
