import { fullness } from "./text.ts";

/** Longest message that the package sends, in bytes of UTF-8. */
export const MESSAGE_MAX_BYTES = 48 * 1024;

/** Longest group name that the package takes, in bytes of UTF-8. */
const GROUP_NAME_MAX_BYTES = 200;

/** What is wrong with a group's name, in words; null if nothing is. */
export function groupNameProblem(name: string): string | null {
  return fullness(name.trim(), GROUP_NAME_MAX_BYTES) > 1 ? "This name is too long. Choose a shorter one." : null;
}
