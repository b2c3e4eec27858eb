/** Checks of what callers pass, before anything crosses to the worker. All throw `invalid-argument`. */
import { SealpostError } from "./errors.js";
import { globals } from "./globals.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const USERNAME = /^[a-z0-9][a-z0-9._-]{1,31}$/;
/** UTF-8 bytes of a text message: its envelope, padding included, stays below the relay's 64 KiB. */
export const MAX_TEXT_BYTES = 48 * 1024;
/** UTF-8 bytes of a conversation's name. */
export const MAX_NAME_BYTES = 200;
export const MAX_MEMBERS = 256;
export const MAX_PAGE = 200;

export function invalid(message: string): SealpostError {
  return new SealpostError("invalid-argument", message);
}

export function checkObject(value: unknown, name: string): void {
  if (typeof value !== "object" || value === null) throw invalid(`${name} must be an object`);
}

export function checkFunction<T>(value: T, name: string): T {
  if (typeof value !== "function") throw invalid(`${name} must be a function`);
  return value;
}

export function checkId(value: unknown, name: string): string {
  if (typeof value !== "string" || !UUID.test(value)) throw invalid(`${name} must be a lower-case hyphenated UUID`);
  return value;
}

export function checkIds(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || value.length > MAX_MEMBERS) throw invalid(`${name} must be a list of at most ${MAX_MEMBERS} user ids`);
  return value.map((id) => checkId(id, name));
}

/** The folded username, or null if no username can be like that. */
export function foldUsername(value: unknown): string | null {
  if (typeof value !== "string") throw invalid("username must be a string");
  const folded = value.trim().toLowerCase();
  return USERNAME.test(folded) ? folded : null;
}

export function checkUsername(value: unknown): string {
  const folded = foldUsername(value);
  if (folded === null) throw invalid("a username has 2 to 32 characters of a-z 0-9 . _ - and begins with a letter or digit");
  return folded;
}

export function checkText(value: unknown, name: string, maxBytes: number): string {
  if (typeof value !== "string") throw invalid(`${name} must be a string`);
  if (new TextEncoder().encode(value).length > maxBytes) throw invalid(`${name} is longer than ${maxBytes} bytes of UTF-8`);
  return value;
}

export function checkInteger(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalid(`${name} must be an integer from ${min} to ${max}`);
  }
  return value;
}

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false`);
  return value;
}

/** An http(s) URL without credentials, query and fragment. */
export function checkRelay(value: unknown): string {
  const url = parseUrl(value, "relay");
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (!isWeb || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid("relay must be an http or https URL without credentials, query and fragment");
  }
  return url.href;
}

export function checkUrl(value: unknown, name: string): string {
  return parseUrl(value, name).href;
}

function parseUrl(value: unknown, name: string): URL {
  if (typeof value !== "string" && !(value instanceof URL)) throw invalid(`${name} must be a URL`);
  try {
    return new URL(value, globals.location?.href);
  } catch (error) {
    throw new SealpostError("invalid-argument", `${name} must be a URL`, { cause: error });
  }
}

export function checkProfile(value: unknown): string {
  if (typeof value !== "string" || !/^[\w.-]{1,64}$/.test(value)) {
    throw invalid("profile must have 1 to 64 characters of A-Z a-z 0-9 . _ -");
  }
  return value;
}
