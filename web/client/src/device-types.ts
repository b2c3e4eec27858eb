import type { Me } from "./types.js";

/** A device of the account. */
export interface Device {
  /** For `rename` and `revoke`. */
  readonly id: number;
  /** What the person calls it, or empty. */
  readonly name: string;
  /**
   * `full`: it holds the account key, so that it can link and revoke. `companion`: it does not, so that revoking it is for good. Null where nothing is known
   * of it yet.
   */
  readonly kind: "full" | "companion" | null;
  /** When it was added, Unix milliseconds; null where nothing is known of it yet. */
  readonly addedAt: number | null;
  /** This one. */
  readonly current: boolean;
}

/** What people compare on both devices: the same if nobody stands between. */
export interface ShortString {
  /** Seven, each with its name in English. */
  readonly emoji: readonly { readonly symbol: string; readonly name: string }[];
  /** Three numbers of four digits, for who does not see the emoji. */
  readonly decimals: readonly number[];
}

/**
 * How far linking is. `code`: what `join` has to be shown with, good until `expiresAt`. `confirmed`: the person has confirmed on this device; the other is awaited.
 * `transfer`: what the account consists of is on its way, `done` of `total` bytes.
 */
export type LinkStep =
  | { readonly type: "code"; readonly code: string; readonly expiresAt: number }
  | { readonly type: "confirmed" }
  | { readonly type: "transfer"; readonly done: number; readonly total: number };

interface EncounterOptions {
  /** Asks the person whether both devices show the same. Anything but `true` ends it, on both. */
  compare: (shown: ShortString) => boolean | Promise<boolean>;
  /** Told of each step. */
  onStep?: (step: LinkStep) => void;
  /** Gives it up. */
  signal?: AbortSignal;
}

/** How a new device joins an account. */
export interface JoinAccountOptions extends EncounterOptions {
  /** What this device is to be called, at most 64 bytes of UTF-8. */
  name?: string;
}

/** How another device is linked, and what it gets. */
export interface LinkDeviceOptions extends EncounterOptions {
  /** Default `full`. */
  kind?: "full" | "companion";
  /** Which lines of conversations come along: all (the default), none, or those of the last days. */
  history?: "all" | "none" | { readonly days: number };
}

/**
 * The account's devices. What linking needs is loaded with the first call. A linking that ends rejects with `link-code` (no code of a device), `link-expired` (ten
 * minutes have passed, or the other device has gone), `link-refused` (it was refused there), `link-tampered` (somebody stood between), `aborted`.
 */
export interface Devices {
  /** Those of the newest signed list, this one first. The event `devices` tells of changes. */
  list(): Promise<readonly Device[]>;
  /** Makes this profile, which must be new, a device of an account: `onStep` gives a code, which is entered at a device that has the account. */
  join(options: JoinAccountOptions): Promise<Me>;
  /** Links the device that shows this code. Resolves when it has everything. Rejects with `forbidden` on a companion. */
  link(code: string, options: LinkDeviceOptions): Promise<Device>;
  /** Calls a device something else, on all of them. */
  rename(id: number, name: string): Promise<void>;
  /** Takes a device off the signed list: nothing is encrypted for it any more. Rejects with `forbidden` on a companion. */
  revoke(id: number): Promise<void>;
}
