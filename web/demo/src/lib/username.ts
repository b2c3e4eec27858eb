/** Bounds of a username, in characters. */
export const USERNAME_MIN = 2;
export const USERNAME_MAX = 32;

/** What people type, brought to the form that usernames have. */
export function normaliseUsername(typed: string): string {
  return typed.trim().replace(/^@/, "").toLowerCase();
}

/** The rule that a username breaks, in words; null if it breaks none. */
export function usernameProblem(name: string): string | null {
  if (/[^a-z0-9._-]/.test(name)) return "Only the letters a–z, digits, dot, underscore and hyphen.";
  if (name !== "" && !/^[a-z0-9]/.test(name)) return "It has to begin with a letter or a digit.";
  if (name.length < USERNAME_MIN) return `At least ${String(USERNAME_MIN)} characters.`;
  if (name.length > USERNAME_MAX) return `At most ${String(USERNAME_MAX)} characters.`;
  return null;
}
