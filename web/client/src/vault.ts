import { checkInteger, checkObject, checkText, invalid } from "./arguments.js";
import { globals } from "./globals.js";
import { askPasskey, createPasskey, type AskedPasskey } from "./passkey.js";
import type { Caller } from "./rpc.js";
import type { UnlockOptions, Vault, VaultState } from "./vault-types.js";
import { decodeBase64Url } from "./worker/base64url.js";
import type { StoredMethod, VaultSnapshot } from "./worker/vault/vault-engine.js";

export const MAX_PASSPHRASE_BYTES = 1024;
const MAX_PASSKEY_NAME = 64;
const MAX_LOCK_AFTER = 24 * 60;
/** The worker hears at most so often that somebody is there, in milliseconds. */
const ACTIVITY_MS = 5_000;
const ACTIVITY = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];

const UNKNOWN: VaultSnapshot = { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 };

/** The page's part of the vault: it asks for passkeys, which workers cannot, and notices that somebody is there. */
export class PageVault implements Vault {
  readonly #caller: Caller;
  readonly #onActivity = (): void => this.#active();
  #stored = UNKNOWN;
  #state = shown(UNKNOWN);
  #toldActive = 0;
  #listens = false;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get state(): VaultState {
    return this.#state;
  }

  async read(): Promise<VaultState> {
    return this.#call("state");
  }

  async setPassphrase(passphrase: string): Promise<VaultState> {
    return this.#withSecret(passphraseBytes(passphrase), (bytes) => this.#call("setPassphrase", bytes));
  }

  async addPasskey(options: { name?: string } = {}): Promise<VaultState> {
    checkObject(options, "options");
    const name = options.name === undefined ? "" : checkText(options.name, "name", MAX_PASSKEY_NAME * 4);
    if (name.length > MAX_PASSKEY_NAME) throw invalid(`name is longer than ${MAX_PASSKEY_NAME} characters`);
    if (!this.#stored.known) await this.read();
    const { credential, salt, secret } = await createPasskey(name === "" ? "Sealpost" : name, this.#passkeys());
    return this.#withSecret(secret, (bytes) => this.#call("addPasskey", credential, salt, bytes, name));
  }

  async addDevice(): Promise<VaultState> {
    return this.#call("addDevice");
  }

  async remove(id: string): Promise<VaultState> {
    return this.#call("remove", checkText(id, "id", 64));
  }

  async lock(): Promise<VaultState> {
    return this.#call("lock");
  }

  async unlock(options: UnlockOptions): Promise<VaultState> {
    checkObject(options, "options");
    if ("passphrase" in options) return this.#withSecret(passphraseBytes(options.passphrase), (bytes) => this.#call("unlock", bytes));
    const { passkey }: { passkey?: unknown } = options;
    if (passkey !== true) throw invalid("unlocking takes a passphrase or a passkey");
    if (!this.#stored.known) await this.read();
    const passkeys = this.#passkeys();
    if (passkeys.length === 0) throw invalid("there is no passkey");
    const { id, secret } = await askPasskey(passkeys, options.signal);
    return this.#withSecret(secret, (bytes) => this.#call("unlock", bytes, id));
  }

  async setLockAfter(minutes: number | null): Promise<VaultState> {
    return this.#call("setLockAfter", minutes === null ? 0 : checkInteger(minutes, "minutes", 1, MAX_LOCK_AFTER));
  }

  /** Takes what the worker says of the vault, and gives the form for listeners. */
  keep(stored: VaultSnapshot): VaultState {
    this.#stored = stored;
    this.#state = shown(stored);
    this.#listen(!stored.locked && stored.lockAfter > 0);
    return this.#state;
  }

  /** Listens to nothing any more. */
  stop(): void {
    this.#listen(false);
  }

  async #call(method: string, ...args: unknown[]): Promise<VaultState> {
    return this.keep(await this.#caller.call("vault", method, args));
  }

  /** What was sent to the worker is a copy, so this one goes. */
  async #withSecret(secret: Uint8Array, use: (secret: Uint8Array) => Promise<VaultState>): Promise<VaultState> {
    try {
      const used = use(secret);
      return await used;
    } finally {
      secret.fill(0);
    }
  }

  #passkeys(): AskedPasskey[] {
    return this.#stored.methods.flatMap(({ id, ...stored }: StoredMethod) => {
      const [credential, salt] = [decodeBase64Url(stored.credential ?? ""), decodeBase64Url(stored.salt ?? "")];
      return credential === null || salt === null || salt.length === 0 ? [] : [{ id, credential, salt }];
    });
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#listens) return;
    this.#listens = wanted;
    for (const event of ACTIVITY) {
      if (wanted) globals.document?.addEventListener(event, this.#onActivity, { capture: true, passive: true });
      else globals.document?.removeEventListener(event, this.#onActivity, { capture: true });
    }
  }

  #active(): void {
    const now = Date.now();
    if (Math.abs(now - this.#toldActive) < ACTIVITY_MS) return;
    this.#toldActive = now;
    void this.#caller.call("vault", "active", []).catch(() => {});
  }
}

function shown({ locked, known, methods, retryAt, lockAfter }: VaultSnapshot): VaultState {
  return {
    locked,
    known,
    methods: methods.map(({ id, type, name, createdAt }) => ({ id, type, name: name ?? "", createdAt })),
    retryAt,
    lockAfter: lockAfter === 0 ? null : lockAfter,
  };
}

/** The same characters typed on another keyboard may be other code points: NFKC makes them the same bytes. */
function passphraseBytes(passphrase: unknown): Uint8Array {
  const bytes = new TextEncoder().encode(checkText(passphrase, "passphrase", MAX_PASSPHRASE_BYTES).normalize("NFKC"));
  if (bytes.length === 0 || bytes.length > MAX_PASSPHRASE_BYTES) throw invalid(`a passphrase has 1 to ${MAX_PASSPHRASE_BYTES} bytes of UTF-8`);
  return bytes;
}
