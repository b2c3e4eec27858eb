import { checkBoolean, checkFunction, checkObject, checkProfile, checkRelay, checkUrl, checkUsername } from "./arguments.js";
import { createConversations, createMessages } from "./conversations.js";
import type { Devices } from "./device-types.js";
import { createDevices, type Encounters } from "./devices.js";
import type { Diagnostics } from "./diagnostic-types.js";
import { Emitter } from "./emitter.js";
import { SealpostError } from "./errors.js";
import type { Forums, JoinStep, Posts } from "./forum-types.js";
import { createForums, createPosts } from "./forums.js";
import { globals } from "./globals.js";
import { askHost, type HostToken } from "./host-token.js";
import { startWorker, type Host } from "./host.js";
import { askToPersist, Mark } from "./mark.js";
import { createContacts } from "./people.js";
import type { Connection, Contacts, Conversations, LostProfile, Me, Messages, OpenOptions, SealpostEvents, Unsubscribe } from "./types.js";
import type { Vault } from "./vault-types.js";
import { PageVault } from "./vault.js";
import type { Opened, WorkerEvent, WorkerOptions } from "./worker/api.js";

/** How long a closing worker may take to say goodbye to the relay, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
const CONNECTING: Connection = { state: "connecting", retryAt: null, pending: 0 };

/**
 * One open profile. Everything it does happens in a worker of its own; every promise it gives is settled, at the latest by
 * {@link Sealpost.close}, and rejects with nothing but {@link SealpostError}.
 */
export class Sealpost {
  /** People: looking them up, safety numbers, changed keys. */
  readonly contacts: Contacts;
  /** Private and group conversations. */
  readonly conversations: Conversations;
  /** Sending, and reading the local history. */
  readonly messages: Messages;
  /** Categories and topics. What they need is loaded when they are first used. */
  readonly forums: Forums;
  /** Posts of topics. */
  readonly posts: Posts;
  /** The account's devices: linking, the list, revoking. What they need is loaded when they are first used. */
  readonly devices: Devices;
  /** How the profile is opened, and locking it. */
  readonly vault: Vault;

  readonly #emitter = new Emitter();
  readonly #vault: PageVault;
  readonly #joins = new Map<string, (step: JoinStep) => void>();
  readonly #encounters: Encounters = new Map();
  readonly #host: Host;
  readonly #hostToken: HostToken | undefined;
  readonly #mark: Mark;
  readonly #wake = (): void => this.#onWake();
  readonly #doubt = (): void => void this.#host.caller.call("doubt").catch(() => {});
  #me: Me | null = null;
  #lost: LostProfile | null = null;
  #connection: Connection = CONNECTING;
  #closing: Promise<void> | null = null;

  /**
   * Opens a profile, its local store and the connection to the relay; does not wait for the relay, so it works offline. A profile that
   * somebody has to unlock first opens too: then `vault.state.locked` is true, and {@link Vault.unlock} is what to call. Rejects with `unsupported` outside browsers, `load` (may be tried again), `storage`, `locked` (nothing can open it), `aborted`,
   * `invalid-argument`.
   */
  static async open(options: OpenOptions): Promise<Sealpost> {
    checkObject(options, "options");
    const { signal } = options;
    const settings: WorkerOptions = {
      relay: checkRelay(options.relay),
      profile: checkProfile(options.profile ?? "default"),
      ...(options.wasmUrl === undefined ? {} : { wasmUrl: checkUrl(options.wasmUrl, "wasmUrl") }),
      ...(options.forumsUrl === undefined ? {} : { forumsUrl: checkUrl(options.forumsUrl, "forumsUrl") }),
      ...(options.filesUrl === undefined ? {} : { filesUrl: checkUrl(options.filesUrl, "filesUrl") }),
      ...(options.vaultUrl === undefined ? {} : { vaultUrl: checkUrl(options.vaultUrl, "vaultUrl") }),
      ...(options.vaultWasmUrl === undefined ? {} : { vaultWasmUrl: checkUrl(options.vaultWasmUrl, "vaultWasmUrl") }),
      ...(options.linkUrl === undefined ? {} : { linkUrl: checkUrl(options.linkUrl, "linkUrl") }),
      ...(options.linkWasmUrl === undefined ? {} : { linkWasmUrl: checkUrl(options.linkWasmUrl, "linkWasmUrl") }),
      ...(options.prepareForums === undefined ? {} : { prepareForums: checkBoolean(options.prepareForums, "prepareForums") }),
      ...(options.hostToken === undefined ? {} : { hasHostToken: true }),
      ...(options.forumsWasmUrl === undefined ? {} : { forumsWasmUrl: checkUrl(options.forumsWasmUrl, "forumsWasmUrl") }),
    };
    const hostToken = options.hostToken === undefined ? undefined : checkFunction(options.hostToken, "hostToken");
    const workerUrl = options.workerUrl === undefined ? undefined : checkUrl(options.workerUrl, "workerUrl");
    if (signal?.aborted) throw new SealpostError("aborted");
    checkSupport();
    const sealpost = new Sealpost(settings.profile, workerUrl, hostToken);
    await sealpost.#open(settings, signal);
    return sealpost;
  }

  private constructor(profile: string, workerUrl: string | undefined, hostToken: HostToken | undefined) {
    this.#mark = new Mark(profile);
    this.#hostToken = hostToken;
    this.#host = startWorker(workerUrl, {
      onEvent: (event) => this.#onEvent(event),
      onDead: (error) => this.#onDead(error),
    });
    const { caller } = this.#host;
    this.contacts = createContacts(caller);
    this.conversations = createConversations(caller);
    this.messages = createMessages(caller);
    this.forums = createForums(caller, this.#joins);
    this.posts = createPosts(caller);
    this.devices = createDevices(caller, this.#encounters);
    this.#vault = new PageVault(caller);
    this.vault = this.#vault;
  }

  /** This profile's account and device; null before registration, and while the profile is locked. */
  get me(): Me | null {
    return this.#me;
  }

  /** What the connection to the relay is doing now. */
  get connection(): Connection {
    return this.#connection;
  }

  /**
   * Set if this profile had an account in this browser, and its database is gone: nothing of it can be brought back from here. A device that has the account can
   * link this browser ({@link Devices.join}); or {@link Sealpost.register} begins anew, under another name. Null again from then on, or after {@link Sealpost.forgetLost}.
   */
  get lost(): LostProfile | null {
    return this.#lost;
  }

  /** Has the browser no longer remember that there was an account. */
  forgetLost(): void {
    if (this.#lost === null) return;
    this.#lost = null;
    this.#mark.clear();
  }

  /**
   * Registers a new account with this device. Rejects with `username-taken` (try another), `already-registered` (this profile, or in
   * host-app mode the application's account), `unauthorized` or `host-token` (host-app mode: the relay refused the application's token, or there was none), or `network`:
   * then the same call may be repeated, and a later {@link Sealpost.open} repeats it by itself.
   */
  async register(options: { username: string }): Promise<Me> {
    checkObject(options, "options");
    return this.#host.caller.call("register", checkUsername(options.username));
  }

  /**
   * What helps to find out what is wrong with this profile, for its person to send to somebody: counts, times and codes; no names, texts, keys or addresses, and ids only as
   * hashes with a salt that is not in it. Rejects with `load` or `locked`; what else cannot be found out is in it as a code.
   */
  async diagnostics(): Promise<Diagnostics> {
    return (await this.#host.caller.call("devices", "diagnostics", [])) as Diagnostics;
  }

  /** Calls `listener` on every such event from now on, until the function given back is called. */
  on<K extends keyof SealpostEvents>(event: K, listener: (data: SealpostEvents[K]) => void): Unsubscribe {
    if (typeof listener !== "function") throw new SealpostError("invalid-argument", "listener must be a function");
    const off = this.#emitter.on(event, listener);
    if (event !== "exchange") return off;
    this.#watch();
    return () => {
      off();
      this.#watch();
    };
  }

  /** Ends the connection and the worker. Calls under way reject with `closed`; what is in the outbox stays there. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** {@link Sealpost.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(settings: WorkerOptions, signal: AbortSignal | undefined): Promise<void> {
    const { caller, terminate } = this.#host;
    const abort = (): void => terminate(new SealpostError("aborted"));
    signal?.addEventListener("abort", abort);
    try {
      const { me, connection, vault }: Opened = await caller.call("open", settings);
      this.#me ??= me;
      this.#vault.keep(vault);
      const name = this.#mark.read();
      if (this.#me !== null) this.#remember();
      else if (!vault.locked && name !== null) this.#lost = { reason: "storage-wiped", username: name || null };
      if (this.#connection === CONNECTING) this.#connection = connection;
    } catch (error) {
      terminate(SealpostError.from(error));
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#doubt);
    globals.document?.addEventListener("visibilitychange", this.#wake);
  }

  async #close(): Promise<void> {
    const { caller, terminate } = this.#host;
    this.#stopListening();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([caller.close(), timeout]);
    clearTimeout(timer);
    terminate(new SealpostError("closed"));
    this.#onEvent({ type: "connection", data: { ...this.#connection, state: "closed", retryAt: null } });
    this.#emitter.clear();
  }

  /** The worker tells of exchanges only where somebody listens. */
  #watch(): void {
    void this.#host.caller.call("watch", this.#emitter.has("exchange")).catch(() => {});
  }

  #onWake(): void {
    if (globals.document?.visibilityState === "hidden") return;
    void this.#host.caller.call("wake").catch(() => {});
  }

  #onEvent(event: WorkerEvent): void {
    if (event.type === "join-progress") {
      this.#joins.get(event.data.name)?.(event.data.step);
      return;
    }
    if (event.type === "link-step") {
      this.#encounters.get(event.data.id)?.(event.data.step);
      return;
    }
    if (event.type === "host-token") {
      void this.#onHostToken(event.data.id);
      return;
    }
    if (event.type === "vault") {
      if (event.data.locked) this.#me = null;
      const state = this.#vault.keep(event.data);
      this.#remember();
      this.#emitter.emit("vault", state);
      return;
    }
    if (event.type === "me") {
      this.#me = event.data;
      this.#lost = null;
      this.#remember();
      askToPersist();
    }
    if (event.type === "connection") this.#connection = event.data;
    this.#emitter.emit(event.type, event.data);
  }

  /** Where the profile has to be unlocked, its name is nobody's business either. */
  #remember(): void {
    const { known, methods } = this.#vault.state;
    if (this.#me !== null) this.#mark.write(!known || methods.some(({ type }) => type === "device") ? this.#me.username : "");
  }

  async #onHostToken(id: number): Promise<void> {
    const token = this.#hostToken === undefined ? null : await askHost(this.#hostToken);
    await this.#host.caller.call("hostToken", id, token).catch(() => {});
  }

  /** The worker is gone: nothing will work any more until the profile is opened again. */
  #onDead(error: SealpostError): void {
    this.#stopListening();
    const reason = { code: error.code, message: error.message };
    this.#onEvent({ type: "connection", data: { ...this.#connection, state: "closed", retryAt: null, error: reason } });
    this.#onEvent({ type: "error", data: reason });
  }

  #stopListening(): void {
    this.#vault.stop();
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#doubt);
    globals.document?.removeEventListener("visibilitychange", this.#wake);
  }
}

function checkSupport(): void {
  if (typeof Worker === "undefined" || typeof WebAssembly === "undefined" || !hasIndexedDb()) {
    throw new SealpostError("unsupported", "Sealpost runs where there are workers, IndexedDB and WebAssembly: in browsers");
  }
}

/** Some browsers throw at the mention of a storage that the person has forbidden. */
function hasIndexedDb(): boolean {
  try {
    return typeof indexedDB !== "undefined";
  } catch (error) {
    throw new SealpostError("storage-unavailable", "the browser forbids its storage", { cause: error });
  }
}
