import { useEffect, type FocusEvent, type KeyboardEvent, type RefObject } from "react";

const MESSAGE = "[data-message-id]";
const ACTION = "[data-action]";

interface Roving {
  onFocus: (event: FocusEvent) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * Makes the log one stop for Tab, however many messages it has: the arrows go from message to message, and only the message they are at
 * offers its actions. Works on attributes, since no rendering depends on it.
 */
export function useRovingMessages(log: RefObject<HTMLElement | null>, items: readonly unknown[]): Roving {
  useEffect(() => {
    if (log.current?.querySelector(`${MESSAGE}[tabindex="0"]`) === null) {
      const messages = log.current.querySelectorAll<HTMLElement>(MESSAGE);
      const last = messages.item(messages.length - 1) as HTMLElement | null;
      if (last !== null) activate(log.current, last);
    }
  }, [log, items]);

  return {
    onFocus: (event) => {
      const message = event.target.closest<HTMLElement>(MESSAGE);
      if (message !== null && log.current !== null) activate(log.current, message);
    },
    onKeyDown: (event) => {
      if (!(event.target instanceof HTMLElement) || !event.target.matches(MESSAGE)) return;
      const messages = [...(log.current?.querySelectorAll<HTMLElement>(MESSAGE) ?? [])];
      const index = messages.indexOf(event.target);
      const target = { ArrowUp: messages[index - 1], ArrowDown: messages[index + 1], End: messages.at(-1) }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      target.focus();
    },
  };
}

function activate(log: HTMLElement, message: HTMLElement): void {
  for (const element of log.querySelectorAll<HTMLElement>(`${MESSAGE}[tabindex="0"], ${ACTION}[tabindex="0"]`)) {
    element.tabIndex = -1;
  }
  message.tabIndex = 0;
  for (const action of message.querySelectorAll<HTMLElement>(ACTION)) action.tabIndex = 0;
}
