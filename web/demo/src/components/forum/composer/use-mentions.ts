import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import type { TopicMember } from "sealpost";
import { completeMention, mentionAt, suggestMentions } from "../../../lib/mentions.ts";

interface MentionsOptions {
  input: RefObject<HTMLTextAreaElement | null>;
  text: string;
  setText: (text: string) => void;
  people: readonly TopicMember[];
}

/** Completion of names behind an @. */
export interface Mentions {
  readonly listId: string;
  readonly suggestions: readonly TopicMember[];
  readonly chosen: number;
  /** For the text field. */
  readonly aria: {
    readonly "aria-autocomplete": "list";
    readonly "aria-controls"?: string;
    readonly "aria-activedescendant"?: string;
  };
  /** Looks at where the caret is now. */
  look: () => void;
  close: () => void;
  pick: (member: TopicMember) => void;
  /** Tells whether the key was for the list. */
  onKeyDown: (event: KeyboardEvent) => boolean;
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${String(index)}`;
}

export function useMentions({ input, text, setText, people }: MentionsOptions): Mentions {
  const listId = useId();
  const [caret, setCaret] = useState<number | null>(null);
  const [index, setIndex] = useState(0);
  // Where the caret goes once the completed text is in the field.
  const next = useRef<number | null>(null);
  const typed = caret === null ? null : mentionAt(text, caret);
  const suggestions = typed === null ? [] : suggestMentions(people, typed.query);
  const chosen = Math.min(index, suggestions.length - 1);

  useLayoutEffect(() => {
    if (next.current === null) return;
    input.current?.setSelectionRange(next.current, next.current);
    next.current = null;
  }, [input, text]);

  const close = () => {
    setCaret(null);
    setIndex(0);
  };
  const pick = (member: TopicMember) => {
    if (typed === null || caret === null) return;
    const completed = completeMention(text, typed.from, caret, member.username);
    next.current = completed.caret;
    setText(completed.text);
    close();
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const member = suggestions[chosen];
    if (member === undefined) return false;
    if (event.key === "ArrowDown") setIndex((chosen + 1) % suggestions.length);
    else if (event.key === "ArrowUp") setIndex((chosen + suggestions.length - 1) % suggestions.length);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") pick(member);
    else return false;
    event.preventDefault();
    return true;
  };
  const open = suggestions.length > 0;
  return {
    listId,
    suggestions,
    chosen,
    aria: {
      "aria-autocomplete": "list",
      ...(open ? { "aria-controls": listId, "aria-activedescendant": optionId(listId, chosen) } : {}),
    },
    look: () => {
      const element = input.current;
      setCaret(element !== null && element.selectionStart === element.selectionEnd ? element.selectionStart : null);
    },
    close,
    pick,
    onKeyDown,
  };
}
