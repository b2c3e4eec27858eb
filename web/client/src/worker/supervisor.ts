import { SealpostError } from "../errors.js";
import type { Auth } from "./auth.js";
import { RECONNECT_DELAYS } from "./backoff.js";
import type { Environment } from "./environment.js";
import type { HubHandlers, HubLink } from "./hub.js";
import type { Http } from "./http.js";
import { Loop } from "./loop.js";
import type { Mailbox } from "./mailbox.js";
import type { MailboxRange } from "./shapes.js";
import type { Status } from "./status.js";

/** A connection that lived so long was a good one: the next loss starts again with the shortest delay. */
const STABLE_MS = 10_000;

export interface SupervisorOptions {
  http: Http;
  auth: Auth;
  environment: Environment;
  mailbox: Mailbox;
  status: Status;
  handlers: Omit<HubHandlers, "envelope">;
  /** The relay is reached, after it was not, and the mailbox is drained. */
  onReached: () => void;
  report: (error: SealpostError) => void;
}

/**
 * Keeps this device connected, for ever: drains the mailbox over HTTP while the hub connects, then has the hub push the rest.
 * When only the hub cannot be reached, each new try drains again, so that the mailbox is polled.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #loop: Loop;
  #link: HubLink | null = null;
  #isPolling = false;
  #isStopped = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#loop = new Loop(options.environment, () => this.#connect(), {
      delays: RECONNECT_DELAYS,
      onFailure: (error, retryAt) => this.#onFailure(error, retryAt),
    });
  }

  /** The connection to the hub, while there is one. */
  get link(): HubLink | null {
    return this.#link;
  }

  /** Connects, or tries again now. */
  kick(): void {
    if (this.#link === null) this.#loop.kick();
  }

  /** Gives a connection up that may be dead, and connects again, which tells. */
  doubt(): void {
    void this.#link?.stop().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#loop.stop();
    await this.#link?.stop().catch(() => {});
  }

  /** One connection from start to end; always throws, for the end of a connection is a failure. */
  async #connect(): Promise<never> {
    let hub: HubLink | SealpostError;
    try {
      hub = await this.#reach();
    } catch (error) {
      this.#isPolling = false;
      throw error;
    }
    if (!(hub instanceof SealpostError)) return this.#serve(hub);
    if (!this.#isPolling) this.#options.onReached();
    this.#isPolling = true;
    throw hub;
  }

  /** Logs in, drains the mailbox and connects the hub; gives the error if only the last one failed. */
  async #reach(): Promise<HubLink | SealpostError> {
    const { http, auth, environment, mailbox, status } = this.#options;
    if (status.connection.state !== "offline" && !this.#isPolling) status.set("connecting");
    await auth.token();
    const connecting = environment.connectHub(`${http.base}/hubs/communication`, () => auth.token(), this.#handlers());
    const [connected, drained] = await Promise.allSettled([connecting, mailbox.drain(() => this.#onPage())]);
    const hub = connected.status === "fulfilled" ? connected.value : SealpostError.from(connected.reason, "network");
    if (drained.status === "fulfilled" && !this.#isStopped) return hub;
    if (!(hub instanceof SealpostError)) void hub.stop().catch(() => {});
    throw drained.status === "rejected" ? drained.reason : new SealpostError("closed");
  }

  async #serve(link: HubLink): Promise<never> {
    const { environment, mailbox, status, onReached } = this.#options;
    const since = environment.now();
    this.#link = link;
    try {
      this.#check(await link.resume(mailbox.cursor));
      mailbox.acknowledgeWith((upTo) => link.acknowledge(upTo));
      this.#isPolling = false;
      status.set("online");
      onReached();
      await link.ended;
    } catch (error) {
      void link.stop().catch(() => {});
      throw SealpostError.from(error, "network");
    } finally {
      this.#link = null;
      mailbox.acknowledgeWith(null);
      if (environment.now() - since >= STABLE_MS) this.#loop.reset();
    }
    throw new SealpostError("network", "the connection to the relay was lost");
  }

  /** The relay's mailbox ends before what is stored here: it lost data, and new messages with it until it caught up. */
  #check({ lastSeq }: MailboxRange): void {
    const { mailbox, report } = this.#options;
    if (lastSeq < mailbox.cursor) report(new SealpostError("relay", "the relay's mailbox went back in time"));
  }

  #handlers(): HubHandlers {
    const { mailbox, handlers } = this.#options;
    return { ...handlers, envelope: (seq, envelope) => mailbox.push(seq, envelope) };
  }

  #onPage(): void {
    if (!this.#isPolling) this.#options.status.set("syncing");
  }

  #onFailure(error: SealpostError, retryAt: number): void {
    const { status, environment } = this.#options;
    if (this.#isPolling) {
      status.set("online", null, error);
    } else if (retryAt <= environment.now() && status.connection.state === "online") {
      // The first try after a loss starts at once; whether it was an interruption at all will be seen.
      status.set("connecting");
    } else {
      status.set("offline", retryAt, error);
    }
  }
}
