import type { Me } from "../../types.js";
import type { Outcome } from "../engine.js";

/** A device as the engine tells it. */
export interface EngineDevice {
  readonly id: number;
  readonly name: string;
  readonly full: boolean | null;
  readonly addedAt: number | null;
  readonly current: boolean;
}

/** What this device has of prekeys; times in Unix milliseconds. */
export interface PreKeyStock {
  readonly signedAt: number | null;
  readonly lastResortAt: number | null;
  readonly oneTime: number;
  readonly kem: number;
}

/** What the relay is to be told of the account's devices. Byte strings are base64url, here and below. */
export interface DeviceChange {
  readonly deviceId: number;
  readonly deviceList: string;
  /** For a device that comes. */
  readonly link: { readonly certificate: string; readonly signedPreKey: string; readonly kemLastResort: string } | null;
}

/** What is to be compared; `reveal` goes to the new device. */
export interface Compared {
  readonly decimals: readonly number[];
  readonly emoji: readonly number[];
  readonly reveal: string | null;
}

/** A part of the handover, `done` of `total` bytes; none after the last. */
export interface Part {
  readonly content: string | null;
  readonly done: number;
  readonly total: number;
}

/** The calls of `crypto-wasm/src/wasm/link.rs`; the first argument of each is the time. */
export interface LinkEngine {
  devices(now: number): Promise<EngineDevice[]>;
  stock(now: number): Promise<PreKeyStock>;
  settle(now: number): Promise<Outcome<null>>;
  rename(now: number, id: number, name: string): Promise<Outcome<null>>;
  revoke(now: number, id: number): Promise<Outcome<DeviceChange>>;
  /** The change whose outcome is not known. */
  change(now: number): Promise<DeviceChange | null>;
  changeAccepted(now: number): Promise<Outcome<null>>;
  changeRefused(now: number): Promise<Outcome<null>>;

  newBegin(now: number): Promise<{ readonly rendezvous: string; readonly code: string }>;
  newAccept(now: number, accept: Uint8Array): Promise<string>;
  newReveal(now: number, reveal: Uint8Array): Promise<Compared>;
  newConfirm(now: number, name: string): Promise<string>;
  newTake(now: number, part: Uint8Array): Promise<Part>;
  newAdopt(now: number): Promise<{ readonly me: Me; readonly done: string }>;

  oldBegin(now: number, code: string): Promise<{ readonly rendezvous: string; readonly accept: string }>;
  oldKey(now: number, key: Uint8Array): Promise<Compared & { readonly reveal: string }>;
  oldConfirm(now: number): Promise<null>;
  oldDevice(now: number, device: Uint8Array, full: boolean): Promise<Outcome<DeviceChange>>;
  oldHandover(now: number, since: number): Promise<Part>;
  oldPart(now: number): Promise<Part>;
  oldDone(now: number, done: Uint8Array): Promise<null>;

  /** What tells the other device that it is over; null if it could not read that. */
  refuse(now: number): Promise<string | null>;
  close(): void;
}
