import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Nearer to the end than this counts as reading the newest message, in pixels. */
const BOTTOM = 48;
/** Older messages are fetched when their edge comes this near, in pixels. */
const TOP = 320;

/** What is shown, oldest first, and whether there is more before it. */
interface Scrolled {
  readonly items: readonly { readonly id: string; readonly outgoing: boolean }[];
  /** Null at the beginning. */
  readonly next: unknown;
  readonly status: string;
}

interface LogScroll {
  /** For the scrolling element. */
  readonly log: RefObject<HTMLDivElement | null>;
  readonly atBottom: boolean;
  onScroll: () => void;
  jumpToNewest: () => void;
  /** Brings one of the log's messages into view, and the log stays there. */
  reveal: (message: HTMLElement) => void;
}

/**
 * Keeps the log where the reader has it: at the newest message while they are there, on the same line when older messages come in
 * above, and at the first unread one when the conversation opens.
 */
export function useLogScroll(timeline: Scrolled, onLoadOlder: () => void): LogScroll {
  const log = useRef<HTMLDivElement>(null);
  // Not before the log is placed: what is not on screen must not count as read.
  const [atBottom, setAtBottom] = useState(false);
  const stuck = useRef(true);
  const placed = useRef(false);
  const seen = useRef({ first: "", last: "", height: 0 });
  const { items, next, status } = timeline;
  const first = items[0]?.id ?? "";
  const last = items.at(-1);

  const settle = useCallback((bottom: boolean) => {
    stuck.current = bottom;
    setAtBottom(bottom);
  }, []);

  useLayoutEffect(() => {
    const element = log.current;
    if (element === null || status === "loading") return;
    const before = seen.current;
    if (!placed.current) {
      placed.current = true;
      placeFirst(element);
      settle(distance(element) <= BOTTOM);
    } else if (before.first !== "" && before.first !== first && before.last === (last?.id ?? "")) {
      element.scrollTop += element.scrollHeight - before.height;
    } else if (stuck.current || (last?.outgoing === true && last.id !== before.last)) {
      element.scrollTop = element.scrollHeight;
      settle(true);
    }
    seen.current = { first, last: last?.id ?? "", height: element.scrollHeight };
  }, [status, first, last, items, settle]);

  useEffect(() => {
    const element = log.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current && placed.current) element.scrollTop = element.scrollHeight;
      seen.current.height = element.scrollHeight;
    });
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => {
      observer.disconnect();
    };
  }, []);

  useEffect(() => {
    const element = log.current;
    const short = element !== null && element.scrollHeight <= element.clientHeight + TOP;
    if (short && status === "ready" && next !== null) onLoadOlder();
  }, [status, next, onLoadOlder]);

  const onScroll = () => {
    const element = log.current;
    if (element === null || !placed.current) return;
    settle(distance(element) <= BOTTOM);
    if (element.scrollTop < TOP && status === "ready" && next !== null) onLoadOlder();
  };

  const jumpToNewest = () => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    log.current?.scrollTo({ top: log.current.scrollHeight, behavior: calm ? "instant" : "smooth" });
  };

  const reveal = useCallback(
    (message: HTMLElement) => {
      // Or the log would go back to the newest message when it is next measured, which is before it hears of the scrolling.
      settle(false);
      message.scrollIntoView({ block: "center" });
    },
    [settle],
  );

  return { log, atBottom, onScroll, jumpToNewest, reveal };
}

function distance(element: HTMLElement): number {
  return element.scrollHeight - element.scrollTop - element.clientHeight;
}

function placeFirst(element: HTMLElement): void {
  element.scrollTop = element.scrollHeight;
  const marker = element.querySelector<HTMLElement>("[data-unread-marker]");
  if (marker === null) return;
  const top = marker.getBoundingClientRect().top - element.getBoundingClientRect().top;
  if (top < 0) element.scrollTop += top - 16;
}
