// The app speaks English; the reader's own English, if they have one.
const preferred = new Intl.DateTimeFormat().resolvedOptions().locale;
const LOCALE = preferred.startsWith("en") ? preferred : "en-GB";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(LOCALE, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(LOCALE, { weekday: "short" });
const longDay = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long" });
const longDate = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
const shortDate = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short" });
const shortDateYear = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat(LOCALE, { dateStyle: "full", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto", style: "narrow" });
const dayAgo = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });

/** Hours and minutes. */
export function formatClock(at: number): string {
  return clock.format(at);
}

/** Day and time in full. */
export function formatExact(at: number): string {
  return exact.format(at);
}

/** Local midnight before `at`. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Whole days between two moments by the calendar, whatever daylight saving does. */
export function daysBetween(from: number, to: number): number {
  return Math.round((dayOf(to) - dayOf(from)) / DAY);
}

/** A day as a heading: Today, Yesterday, then the date. */
export function formatDay(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0 || days === 1) return capitalised(dayAgo.format(-days, "day"));
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? longDay.format(at) : longDate.format(at);
}

/** A moment in a list, the shorter the nearer: now, 5 min, 14:03, Tue, 3 Mar. */
export function formatRelative(at: number, now: number): string {
  const elapsed = now - at;
  if (elapsed < MINUTE) return "now";
  if (elapsed < HOUR) return ago.format(-Math.floor(elapsed / MINUTE), "minute");
  const days = daysBetween(at, now);
  if (days === 0) return clock.format(at);
  if (days < 7) return weekday.format(at);
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? shortDate.format(at) : shortDateYear.format(at);
}

/** Whole seconds left, at least one. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / 1000));
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
