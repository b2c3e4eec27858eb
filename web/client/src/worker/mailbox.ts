import { SealpostError } from "../errors.js";
import type { Engine, MailboxItem } from "./engine.js";
import type { Environment } from "./environment.js";
import { isTemporary } from "./http.js";
import { Loop, Mutex } from "./loop.js";
import type { Relay } from "./relay.js";
import { readMailboxItem } from "./shapes.js";
import type { Publish, Users } from "./users.js";

const ACK_DELAY_MS = 100;
/** Pushes beyond this are dropped and fetched in pages instead. */
const MAX_QUEUE = 1_000;
const MAX_BATCH = 100;
/** Times the engine may ask for users without getting any further. */
const MAX_ROUNDS = 5;

export interface MailboxOptions {
  engine: Engine;
  relay: Relay;
  users: Users;
  environment: Environment;
  /** Names the lock that keeps two tabs from doing the same work. */
  profile: string;
  publish: Publish;
  report: (error: SealpostError) => void;
  /** Something was received: the outbox may have answers to send. */
  onReceived: () => void;
}

/** Brings the relay's mailbox into the engine, in order, and acknowledges what is stored. */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #mutex = new Mutex();
  readonly #recovery: Loop;
  #queue: MailboxItem[] = [];
  #flushing = false;
  #cursor = 0;
  #cancelAck: (() => void) | null = null;
  #acknowledge: ((upTo: number) => Promise<void>) | null = null;

  constructor(options: MailboxOptions) {
    this.#options = options;
    this.#recovery = new Loop(options.environment, () => this.drain(), {
      onFailure: (error) => {
        if (!isTemporary(error)) options.report(error);
      },
    });
  }

  /** Highest seq known to be stored. */
  get cursor(): number {
    return this.#cursor;
  }

  stop(): void {
    this.#recovery.stop();
    this.#cancelAck?.();
  }

  /** How to acknowledge while the hub is connected; null: over HTTP. */
  acknowledgeWith(acknowledge: ((upTo: number) => Promise<void>) | null): void {
    this.#acknowledge = acknowledge;
  }

  /** Fetches everything that waits at the relay, page by page. `onPage` is told when the relay answered. */
  drain(onPage?: () => void): Promise<void> {
    return this.#mutex.run(() => this.#drain(onPage));
  }

  /** An envelope pushed by the hub. */
  push(seq: unknown, envelope: unknown): void {
    let item: MailboxItem;
    try {
      item = readMailboxItem(seq, envelope);
    } catch (error) {
      this.#options.report(SealpostError.from(error));
      return;
    }
    if (this.#queue.length < MAX_QUEUE) this.#queue.push(item);
    else this.#queue = [];
    if (this.#flushing) return;
    this.#flushing = true;
    void this.#mutex.run(() => this.#flush());
  }

  async #flush(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue.splice(0, MAX_BATCH);
        if (hasGap(batch, this.#cursor)) await this.#drain();
        else await this.#receive(batch);
      }
    } catch {
      // The relay keeps what is not acknowledged; recovery fetches it from there, and reports if that fails too.
      this.#queue = [];
      this.#recovery.kick();
    } finally {
      this.#flushing = false;
    }
  }

  async #drain(onPage?: () => void): Promise<void> {
    const { engine, relay, report } = this.#options;
    this.#cursor = Math.max(this.#cursor, (await engine.status()).cursor);
    let after = this.#cursor;
    for (;;) {
      const page = await relay.mailbox(after);
      onPage?.();
      if (page.malformed > 0) report(new SealpostError("relay", "the mailbox holds malformed envelopes"));
      await this.#receive(page.items);
      if (page.firstSeq <= this.#cursor) this.#scheduleAck();
      if (page.next === null || page.next <= after) break;
      after = page.next;
    }
  }

  async #receive(items: readonly MailboxItem[]): Promise<void> {
    const rest = items.filter((item) => item.seq > this.#cursor);
    if (rest.length === 0) return;
    const { environment, profile, onReceived } = this.#options;
    await environment.exclusive(`sealpost-mailbox:${profile}`, () => this.#process(rest));
    this.#scheduleAck();
    onReceived();
  }

  async #process(items: MailboxItem[]): Promise<void> {
    const { engine, users, environment, publish } = this.#options;
    let rest = items;
    let rounds = 0;
    while (rest.length > 0) {
      const before = this.#cursor;
      const { cursor, users: wanted } = publish(await engine.receive(rest, environment.now()));
      this.#cursor = Math.max(this.#cursor, cursor);
      if (wanted.length === 0) return;
      rounds = this.#cursor > before ? 1 : rounds + 1;
      if (rounds > MAX_ROUNDS) throw new SealpostError("internal", "the engine asks for the same users again and again");
      rest = rest.filter((item) => item.seq > this.#cursor);
      await users.resolve(wanted);
    }
  }

  #scheduleAck(): void {
    this.#cancelAck ??= this.#options.environment.timer(() => {
      this.#cancelAck = null;
      void this.#sendAck();
    }, ACK_DELAY_MS);
  }

  /** A lost acknowledgement is made good by the next one, which no longer trusts the hub's connection. */
  async #sendAck(): Promise<void> {
    try {
      await (this.#acknowledge?.(this.#cursor) ?? this.#options.relay.acknowledge(this.#cursor));
    } catch {
      this.#acknowledge = null;
    }
  }
}

function hasGap(batch: readonly MailboxItem[], cursor: number): boolean {
  let last = cursor;
  for (const { seq } of batch) {
    if (seq > last + 1) return true;
    last = Math.max(last, seq);
  }
  return false;
}
