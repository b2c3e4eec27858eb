import type { ConnectionState } from "./types.js";

/** A part that could not be found out, and the code of why. */
export interface FailedDiagnosis {
  readonly failed: string;
}

/** When the connection became what, Unix milliseconds, and the code of why. */
export type ConnectionPast = readonly [at: number, state: ConnectionState, code: string | undefined];

/** Numbers of a conversation. */
export interface ConversationDiagnostics {
  /** A hash of its id; another one each time. */
  readonly id: string;
  readonly kind: "direct" | "group";
  readonly active: boolean;
  readonly members: number;
  readonly changedKeys: number;
  readonly lines: number;
  /** How many of its own lines are on their way, were sent or failed, by state; of others, `received`. */
  readonly states: Readonly<Record<string, number>>;
  /** Lines that cannot be read, and those that could not be sent, by code. */
  readonly codes: Readonly<Record<string, number>>;
}

/** The state of a profile, without anything that it says. See {@link Sealpost.diagnostics}. */
export interface Diagnostics {
  readonly format: 1;
  /** Unix milliseconds. */
  readonly takenAt: number;
  readonly versions: {
    /** The package's. */
    readonly sealpost: string;
    readonly userAgent: string;
    /** SHA-256 of each WebAssembly module, base64. */
    readonly engines: Readonly<Record<string, string>>;
  };
  /** Whether this profile is a device of an account, a registration waits, and what waits for the relay. */
  readonly account: { readonly registered: boolean; readonly registering: boolean; readonly cursor: number; readonly pending: number; readonly devices: number | null } | FailedDiagnosis;
  readonly database: { readonly schema: number; readonly records: Readonly<Record<string, number>> } | FailedDiagnosis;
  /** Bytes, as the browser tells. */
  readonly storage: { readonly usage: number | null; readonly quota: number | null; readonly persisted: boolean } | FailedDiagnosis;
  /** Ages in milliseconds, and how many private halves are here. */
  readonly preKeys: { readonly signedAge: number | null; readonly lastResortAge: number | null; readonly oneTime: number; readonly kem: number } | FailedDiagnosis;
  readonly contacts: { readonly known: number; readonly verified: number; readonly changed: number } | FailedDiagnosis;
  readonly conversations: readonly ConversationDiagnostics[] | FailedDiagnosis;
  /** Since this tab opened the profile, the newest last. */
  readonly connection: readonly ConnectionPast[];
  /** Tabs of this origin with a profile open, and what they do alone or wait for, by kind; null where browsers lack Web Locks. */
  readonly tabs: { readonly open: number; readonly held: Readonly<Record<string, number>>; readonly waiting: Readonly<Record<string, number>> } | FailedDiagnosis | null;
}
