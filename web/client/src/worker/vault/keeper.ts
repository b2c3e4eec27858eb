import { SealpostError } from "../../errors.js";
import type { Connection } from "../../types.js";
import type { Opened, WorkerEvent } from "../api.js";
import type { Environment, TabPort } from "../environment.js";
import { Idle } from "./idle.js";
import type { Runtime } from "../runtime.js";
import type { Handed, LoadVault, ProfileEngine, VaultEngine, VaultSnapshot } from "./vault-engine.js";

const MINUTE_MS = 60_000;
/** Other tabs hear at most so often that somebody is here, in milliseconds. */
const ACTIVITY_MS = 5_000;
const LOCKED: Connection = { state: "offline", retryAt: null, pending: 0, error: { code: "locked", message: "the profile is locked" } };

/** A profile that opened by itself: until somebody asks, nothing more is read of its vault, nor is the code for that loaded. */
const UNREAD: VaultSnapshot = { locked: false, known: false, methods: [], retryAt: null, lockAfter: 0 };

/** What tabs of one profile tell each other of its vault. */
type VaultMessage = { readonly type: "lock" | "changed" | "active" };

export interface KeeperOptions {
  profile: string;
  engine: ProfileEngine;
  loadVault: LoadVault;
  environment: Environment;
  emit: (event: WorkerEvent) => void;
  /** Makes what works on the open profile. */
  unlocked: () => Runtime;
}

/**
 * Keeps a profile open or locked. While it is locked there is no runtime: no connection, no token, no engine with keys or records.
 * What opens and locks is done one after another.
 */
export class Keeper {
  readonly #engine: ProfileEngine;
  readonly #loadVault: LoadVault;
  readonly #environment: Environment;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #unlocked: () => Runtime;
  readonly #idle: Idle;
  readonly #port: TabPort | null;
  #runtime: Runtime | null = null;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();
  #toldActive = 0;
  #loaded: VaultEngine | null = null;

  constructor({ profile, engine, loadVault, environment, emit, unlocked }: KeeperOptions) {
    this.#engine = engine;
    this.#loadVault = loadVault;
    this.#environment = environment;
    this.#emit = emit;
    this.#unlocked = unlocked;
    this.#idle = new Idle(environment, () => void this.#lockAll().catch(() => {}));
    this.#port = environment.openTabPort(`sealpost-vault:${profile}`);
    if (this.#port !== null) this.#port.onmessage = ({ data }: MessageEvent<VaultMessage>) => this.#onTab(data);
  }

  /** Begins to work, unless somebody has to unlock the profile first. */
  async open(): Promise<Opened> {
    if (this.#engine.isLocked()) return { me: null, connection: LOCKED, vault: await this.#state() };
    return { ...(await this.#start()), vault: UNREAD };
  }

  /** What works on the open profile. */
  runtime(): Runtime {
    if (this.#closed) throw new SealpostError("closed");
    if (this.#runtime === null) throw new SealpostError("locked", "the profile is locked");
    return this.#runtime;
  }

  /** A call of the vault, answered with the state after it. */
  async call(method: string, args: readonly unknown[]): Promise<VaultSnapshot> {
    if (method === "active") {
      this.#active();
      return UNREAD;
    }
    return this.#inTurn(() => this.#call(method, args));
  }

  /** Somebody looks at the page again: it may be too late for that. */
  wake(): void {
    this.#idle.check();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle.watch(0);
    this.#port?.close();
    const runtime = this.#runtime;
    this.#runtime = null;
    await runtime?.close();
    this.#engine.close();
    this.#loaded?.close();
  }

  async #call(method: string, args: readonly unknown[]): Promise<VaultSnapshot> {
    const now = this.#environment.now();
    const vault = await this.#vault();
    const [first, second, third, fourth] = args;
    const key = (): Promise<Handed> => this.#engine.handOver();
    const secret = (value: unknown): Uint8Array => value as Uint8Array;
    try {
      if (method === "state") return await this.#state();
      if (method !== "unlock") this.runtime();
      if (method === "lock") {
        if ((await this.#state()).methods.some(({ type }) => type === "device")) throw new SealpostError("not-lockable", "the profile would open by itself: remove that method first");
        await this.#lock();
        this.#tell("lock");
        return await this.#state();
      }
      if (method === "unlock") {
        if (this.#runtime === null) {
          await this.#engine.unlock(await vault.unlock(now, secret(first), second as string | undefined));
          const { me, connection } = await this.#start();
          if (me !== null) this.#emit({ type: "me", data: me });
          this.#emit({ type: "connection", data: connection });
        }
      } else if (method === "setPassphrase") await vault.setPassphrase(now, await key(), secret(first));
      else if (method === "addPasskey") await vault.addPasskey(now, await key(), secret(first), secret(second), secret(third), fourth as string);
      else if (method === "addDevice") await vault.addDevice(now, await key());
      else if (method === "remove") await vault.remove(now, first as string);
      else if (method === "setLockAfter") await vault.setLockAfter(now, first as number);
      else throw new SealpostError("internal", "the vault has no such call");
    } catch (error) {
      // A wrong passphrase has changed how long the next one has to wait.
      if (method === "unlock") await this.#changed();
      throw error;
    } finally {
      for (const arg of args) if (arg instanceof Uint8Array) arg.fill(0);
    }
    return this.#changed();
  }

  /** Tells everybody what the vault is like now. */
  async #changed(): Promise<VaultSnapshot> {
    const vault = await this.#state();
    this.#emit({ type: "vault", data: vault });
    this.#tell("changed");
    return vault;
  }

  async #start(): Promise<Omit<Opened, "vault">> {
    const runtime = this.#unlocked();
    this.#runtime = runtime;
    try {
      return await runtime.start();
    } catch (error) {
      this.#runtime = null;
      await runtime.close();
      throw error;
    }
  }

  /** Reads the state and acts on what of it is set. */
  async #state(): Promise<VaultSnapshot> {
    const vault = await (await this.#vault()).state(this.#environment.now());
    const isLockable = this.#runtime !== null && !this.#closed && !vault.methods.some(({ type }) => type === "device");
    this.#idle.watch(isLockable ? vault.lockAfter * MINUTE_MS : 0);
    return { ...vault, locked: this.#runtime === null, known: true };
  }

  async #vault(): Promise<VaultEngine> {
    this.#loaded = await this.#loadVault();
    return this.#loaded;
  }

  /** Locks this tab and all others. */
  async #lockAll(): Promise<void> {
    this.#tell("lock");
    await this.#inTurn(() => this.#lock());
  }

  /** First nothing new is begun, then the keys go, and only then are goodbyes said. */
  async #lock(): Promise<void> {
    const runtime = this.#runtime;
    if (runtime === null) return;
    this.#runtime = null;
    const closing = runtime.close();
    this.#engine.lock();
    this.#emit({ type: "connection", data: LOCKED });
    // Where the code for more cannot be loaded, listeners must know at least this.
    const vault = await this.#state().catch(() => ({ ...UNREAD, locked: true }));
    this.#emit({ type: "vault", data: vault });
    await closing;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      if (this.#closed) throw new SealpostError("closed");
      return task();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #active(): void {
    this.#idle.touch();
    const now = this.#environment.now();
    if (Math.abs(now - this.#toldActive) < ACTIVITY_MS) return;
    this.#toldActive = now;
    this.#tell("active");
  }

  #tell(type: VaultMessage["type"]): void {
    if (!this.#closed) this.#port?.postMessage({ type } satisfies VaultMessage);
  }

  #onTab({ type }: VaultMessage): void {
    if (type === "active") this.#idle.touch();
    else if (type === "lock") void this.#inTurn(() => this.#lock()).catch(() => {});
    else void this.#state().then((vault) => this.#emit({ type: "vault", data: vault }), () => {});
  }
}
