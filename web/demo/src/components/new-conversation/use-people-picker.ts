import { useState } from "react";
import type { Contact, UserId } from "sealpost";
import { explainThrown } from "../../lib/errors.ts";
import { normaliseUsername, usernameProblem } from "../../lib/username.ts";
import { useMyId, useSession } from "../../state/hooks.ts";

export interface PeoplePicker {
  readonly query: string;
  readonly picked: readonly Contact[];
  readonly problem: string | null;
  readonly busy: boolean;
  setQuery(query: string): void;
  /** Looks up what was typed and adds the person. Tells whether somebody was added. */
  find(): Promise<boolean>;
  add(contact: Contact): void;
  remove(userId: UserId): void;
  reset(): void;
}

/** Collects people by exact username. `already` are those who are in the conversation. */
export function usePeoplePicker(already: readonly UserId[] = []): PeoplePicker {
  const session = useSession();
  const me = useMyId();
  const [query, setQuery] = useState("");
  const [picked, setPicked] = useState<readonly Contact[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const refusal = (contact: Contact): string | null => {
    if (contact.userId === me) return "That is you. Find somebody else.";
    if (already.includes(contact.userId)) return `${contact.username} is in already.`;
    return picked.some(({ userId }) => userId === contact.userId) ? `${contact.username} is added already.` : null;
  };

  const add = (contact: Contact): boolean => {
    const refused = refusal(contact);
    setProblem(refused);
    if (refused !== null) return false;
    setPicked((before) => [...before, contact]);
    setQuery("");
    return true;
  };

  const find = async (): Promise<boolean> => {
    const username = normaliseUsername(query);
    if (busy || username === "") return false;
    if (username === session.me.get()?.username) {
      setProblem("That is you. Find somebody else.");
      return false;
    }
    const broken = usernameProblem(username);
    if (broken !== null) {
      setProblem(`No username looks like that. ${broken}`);
      return false;
    }
    setBusy(true);
    try {
      const contact = await session.client.contacts.find(username);
      if (contact !== null) return add(contact);
      setProblem(`Nobody is called “${username}”. Usernames have to match exactly.`);
    } catch (thrown) {
      setProblem(explainThrown(thrown));
    } finally {
      setBusy(false);
    }
    return false;
  };

  return {
    query,
    picked,
    problem,
    busy,
    setQuery: (typed) => {
      setQuery(typed);
      setProblem(null);
    },
    find,
    add,
    remove: (userId) => {
      setPicked((before) => before.filter((contact) => contact.userId !== userId));
      setProblem(null);
    },
    reset: () => {
      setQuery("");
      setPicked([]);
      setProblem(null);
    },
  };
}
