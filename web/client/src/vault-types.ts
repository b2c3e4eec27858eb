/**
 * `device`: this browser profile opens by itself. `passphrase`: the person types it. `passkey`: a security key, phone or the system's
 * own, by WebAuthn's extension `prf`.
 */
export type UnlockMethodType = "device" | "passphrase" | "passkey";

/** A way to open the profile. */
export interface UnlockMethod {
  /** For `remove`. */
  readonly id: string;
  readonly type: UnlockMethodType;
  /** What the person calls a passkey; empty for the others. */
  readonly name: string;
  /** When it was set or added, in Unix milliseconds; null for `device`. */
  readonly createdAt: number | null;
}

/** A snapshot of the vault; immutable, replaced on every change. */
export interface VaultState {
  /** While it is, every call but those of the vault rejects with `locked`. */
  readonly locked: boolean;
  /** Whether the rest is known: a profile that opened by itself is not asked for it before {@link Vault.read} or a change. */
  readonly known: boolean;
  readonly methods: readonly UnlockMethod[];
  /** From when on the next passphrase may be tried, after several wrong ones; null is at once. Kept across reloads. */
  readonly retryAt: number | null;
  /** After how many minutes without anybody at the keyboard the profile locks itself; null is never. */
  readonly lockAfter: number | null;
}

/** How to unlock. */
export type UnlockOptions = { passphrase: string } | { passkey: true; signal?: AbortSignal };

/** About a new passkey. */
export interface AddPasskeyOptions {
  /** What the person calls it. At most 64 characters. */
  name?: string;
}

/** How this profile is opened, and locking it. Each change is on disk when its promise resolves, whole or not at all. */
export interface Vault {
  /** The newest state; the event `vault` tells of each. */
  readonly state: VaultState;
  /** Reads what is stored. What unlocking and unlock methods need is loaded with the first such call. */
  read(): Promise<VaultState>;
  /** Sets the passphrase, or replaces it. 1 to 1024 bytes of UTF-8; how good it is, is for the application to say. */
  setPassphrase(passphrase: string): Promise<VaultState>;
  /**
   * Has the browser make a passkey, which it does only after a click or key press. Rejects with `unsupported` if there are none here
   * or theirs cannot be used for keys, with `aborted` if the person declines.
   */
  addPasskey(options?: AddPasskeyOptions): Promise<VaultState>;
  /** Has the profile open by itself, as every profile does in the beginning. It cannot be locked any more. */
  addDevice(): Promise<VaultState>;
  /** Removes a method. Rejects with `last-unlock-method` for the only one. */
  remove(id: string): Promise<VaultState>;
  /** Locks the profile in all tabs. Rejects with `not-lockable` while it has the method `device`, by which a reload would open it. */
  lock(): Promise<VaultState>;
  /** Opens the profile in this tab. Rejects with `wrong-passphrase`, `unlock-delayed` (see `state.retryAt`), `wrong-passkey`, `aborted`. */
  unlock(options: UnlockOptions): Promise<VaultState>;
  /** Has the profile lock itself, in all tabs, when nobody has touched any of them for so many minutes (1 to 1440); null is never. */
  setLockAfter(minutes: number | null): Promise<VaultState>;
}
