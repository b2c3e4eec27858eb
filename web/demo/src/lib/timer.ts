import type { TimerMessage, UserId } from "sealpost";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** After how many seconds messages may be made to disappear; 0 is never. */
export const TIMERS: readonly number[] = [0, 30, 5 * MINUTE, HOUR, 8 * HOUR, DAY, WEEK, 4 * WEEK];

const UNITS = [
  ["week", WEEK],
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
] as const;

/** A length of time in words: “5 minutes”. */
export function duration(seconds: number): string {
  const [unit, length] = UNITS.find(([, one]) => seconds >= one && seconds % one === 0) ?? (["second", 1] as const);
  return new Intl.NumberFormat("en", { style: "unit", unit, unitDisplay: "long" }).format(seconds / length);
}

/** What a timer message did, in a sentence. */
export function timerNotice(message: TimerMessage, me: UserId, nameOf: (userId: UserId) => string): string {
  const actor = message.senderId === me ? "You" : nameOf(message.senderId);
  if (message.seconds === 0) return `${actor} turned disappearing messages off`;
  return `${actor} set messages to disappear after ${duration(message.seconds)}`;
}
