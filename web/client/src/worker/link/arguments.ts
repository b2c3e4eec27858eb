/** The arguments of `sealpost.devices`, as they come from the application. */
import { checkInteger, checkText, invalid } from "../../arguments.js";

const MAX_ID = 2 ** 31 - 1;
const MAX_NAME = 64;
const MAX_CODE = 1_024;
const DAY_MS = 24 * 3_600_000;

type Given = Readonly<Record<string, unknown>>;

export const checkDevice = (id: unknown): number => checkInteger(id, "id", 1, MAX_ID);

export const checkName = (name: unknown): string => (name === undefined ? "" : checkText(name, "name", MAX_NAME));

/** The code, whether it is to be a full device, and from when on lines come along. */
export function checkLink({ kind = "full", history = "all" }: Given, code: unknown, now: number): { code: string; full: boolean; since: number } {
  if (kind !== "full" && kind !== "companion") throw invalid("kind must be full or companion");
  return { code: checkText(code, "code", MAX_CODE), full: kind === "full", since: since(history, now) };
}

function since(history: unknown, now: number): number {
  if (history === "all") return 0;
  if (history === "none") return Number.MAX_SAFE_INTEGER;
  const days = checkInteger((history as { days?: unknown } | null)?.days, "history.days", 1, 36_500);
  return Math.max(0, now - days * DAY_MS);
}
