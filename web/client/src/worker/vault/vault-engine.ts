/** The boundary to the vault's own WASM module (crypto-wasm `wasm::vault`). */
import type { UnlockMethodType } from "../../vault-types.js";
import type { Engine } from "../engine.js";

/** A slot as the engine tells it; `credential` and `salt`, in base64url, are those of passkeys. */
export interface StoredMethod {
  readonly id: string;
  readonly type: UnlockMethodType;
  readonly createdAt: number | null;
  readonly name?: string;
  readonly credential?: string;
  readonly salt?: string;
}

export interface StoredVault {
  readonly methods: readonly StoredMethod[];
  readonly retryAt: number | null;
  /** Minutes; 0 is never. */
  readonly lockAfter: number;
}

/** What the page gets: `known` is false as long as nobody has asked for more than whether it is locked. */
export interface VaultSnapshot extends StoredVault {
  readonly locked: boolean;
  readonly known: boolean;
}

/** The vault key on its way between modules of one worker: wrapped by a WebCrypto key that cannot be exported. */
export type Handed = object;

/** Calls of the vault; each takes the time first. */
export interface VaultEngine {
  state(now: number): Promise<StoredVault>;
  /** With a passkey's id, the secret is what it answered. */
  unlock(now: number, secret: Uint8Array, passkey?: string): Promise<Handed>;
  setPassphrase(now: number, key: Handed, passphrase: Uint8Array): Promise<void>;
  addPasskey(now: number, key: Handed, credential: Uint8Array, salt: Uint8Array, secret: Uint8Array, name: string): Promise<void>;
  addDevice(now: number, key: Handed): Promise<void>;
  remove(now: number, id: string): Promise<void>;
  setLockAfter(now: number, minutes: number): Promise<void>;
  close(): void;
}

export type LoadVault = () => Promise<VaultEngine>;

/** What the vault's part of the worker exports. */
export interface VaultModule {
  readonly openVault: (profile: string, wasmUrl: string) => Promise<VaultEngine>;
}

/** A profile's local store, whether it is locked or not. */
export interface ProfileEngine {
  /** What is in it; `close` of this one locks. */
  readonly engine: Engine;
  isLocked(): boolean;
  unlock(key: Handed): Promise<void>;
  handOver(): Promise<Handed>;
  /** Wipes what is in memory. */
  lock(): void;
  close(): void;
}
