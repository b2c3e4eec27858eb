import { fullness, isBlank } from "./text.ts";

/** Longest message that the package sends, in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 48 * 1024;

/** Longest group name that the package takes, in bytes of UTF-8. */
const GROUP_NAME_MAX_BYTES = 200;

/** What is wrong with a group's name, in words; null if nothing is. */
export function groupNameProblem(name: string): string | null {
  return fullness(name.trim(), GROUP_NAME_MAX_BYTES) > 1 ? "This name is too long. Choose a shorter one." : null;
}

/** Longest title and description of a topic that the package takes, in bytes of UTF-8. */
const TITLE_MAX_BYTES = 200;
const DESCRIPTION_MAX_BYTES = 2_000;

/** What is wrong with a topic's title, in words; null if nothing is. */
export function titleProblem(title: string): string | null {
  return fullness(title.trim(), TITLE_MAX_BYTES) > 1 ? "This title is too long. Choose a shorter one." : null;
}

export function descriptionProblem(description: string): string | null {
  return fullness(description.trim(), DESCRIPTION_MAX_BYTES) > 1 ? "This description is too long. Shorten it." : null;
}

/** Longest name of a category that the package takes, in bytes of UTF-8. */
const CATEGORY_MAX_BYTES = 200;

/** What is wrong with a new category's name, in words; null if nothing is. Names that look alike are taken for the same. */
export function categoryProblem(name: string, known: readonly string[]): string | null {
  const typed = name.trim();
  if (fullness(typed, CATEGORY_MAX_BYTES) > 1) return "This name is too long. Choose a shorter one.";
  if (/\p{Cc}/u.test(typed)) return "This name has characters that a name cannot have. Type it anew.";
  return !isBlank(typed) && known.some((other) => folded(other) === folded(typed)) ? "There is a category of this name already." : null;
}

function folded(name: string): string {
  return name.normalize("NFKC").replace(/\s+/gu, " ").trim().toLowerCase();
}

/** Most days of history that a policy can name. */
const MOST_DAYS = 3_650;

/** The number of days that was typed; null if it is none that a policy can name. */
export function daysFrom(typed: string): number | null {
  const days = /^\d{1,4}$/u.test(typed.trim()) ? Number(typed) : 0;
  return days >= 1 && days <= MOST_DAYS ? days : null;
}
