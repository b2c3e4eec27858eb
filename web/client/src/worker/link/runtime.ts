import type { Device, LinkStep, ShortString } from "../../device-types.js";
import { checkText } from "../../arguments.js";
import { SealpostError } from "../../errors.js";
import type { Me } from "../../types.js";
import type { Outcome } from "../engine.js";
import { Mutex } from "../loop.js";
import { checkDevice, checkLink, checkName } from "./arguments.js";
import { diagnose } from "./diagnostics.js";
import { EMOJI } from "./emoji.js";
import type { Compared, DeviceChange, EngineDevice, LinkEngine } from "./link-engine.js";
import type { LinkPart, LinkParts } from "./part.js";
import { Rendezvous, type Side } from "./rendezvous.js";

/** An encounter that the page has begun. */
interface Encounter {
  readonly id: number;
  readonly abort: AbortController;
  answer: ((same: boolean) => void) | null;
  /** It cannot be given up any more. */
  isThrough: boolean;
}

/** The account's devices: the list, and one encounter with another device at a time. */
export class LinkRuntime implements LinkPart {
  readonly #engine: LinkEngine;
  readonly #parts: LinkParts;
  readonly #changes = new Mutex();
  #encounter: Encounter | null = null;

  constructor(engine: LinkEngine, parts: LinkParts) {
    this.#engine = engine;
    this.#parts = parts;
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const [first, second, third] = args;
    const id = first as number;
    const options = (second ?? {}) as Readonly<Record<string, unknown>>;
    switch (method) {
      case "list":
        this.#requireMe();
        return this.#devices();
      case "diagnostics":
        return diagnose(this.#parts, () => this.#engine.stock(this.#now()), () => this.#engine.devices(this.#now()));
      case "settle":
        return this.#settle();
      case "rename": {
        const device = checkDevice(first);
        // Taking a name away is giving an empty one, not none.
        const name = checkText(second, "name", 64);
        this.#requireMe();
        this.#publish(await this.#engine.rename(this.#now(), device, name));
        return undefined;
      }
      case "revoke": {
        const device = checkDevice(first);
        this.#requireMe();
        return this.#revoke(device);
      }
      case "join": {
        const name = checkName(options["name"]);
        return this.#meet(id, "new", (encounter) => this.#join(encounter, name));
      }
      case "link": {
        const { code, full, since } = checkLink(options, third, this.#now());
        this.#requireMe();
        return this.#meet(id, "old", (encounter) => this.#link(encounter, code, full, since));
      }
      case "answer":
        if (this.#encounter?.id === id) this.#encounter.answer?.(second === true);
        return undefined;
      case "cancel":
        if (this.#encounter?.id === id && !this.#encounter.isThrough) this.#encounter.abort.abort();
        return undefined;
      default:
        throw new SealpostError("internal", "devices have no such call");
    }
  }

  async #settle(): Promise<void> {
    if (this.#parts.me() === null) return;
    const { events } = await this.#engine.settle(this.#now());
    this.#parts.publish(events);
    this.#parts.emit({ type: "devices", data: await this.#devices() });
  }

  stop(): void {
    this.#encounter?.abort.abort();
    this.#engine.close();
  }

  #now(): number {
    return this.#parts.environment.now();
  }

  #requireMe(): void {
    if (this.#parts.me() === null) throw new SealpostError("not-registered");
  }

  #publish<T>(outcome: Outcome<T>): T {
    this.#parts.publish(outcome.events);
    return outcome.value;
  }

  async #learnOwn(): Promise<void> {
    const me = this.#parts.me();
    if (me !== null) await this.#parts.learn([me.userId]);
  }

  async #devices(): Promise<Device[]> {
    return (await this.#engine.devices(this.#now())).map(shown);
  }

  async #meet<T>(id: number, side: Side, run: (encounter: Encounter) => Promise<T>): Promise<T> {
    if (this.#encounter !== null) throw new SealpostError("invalid-argument", "a device is being linked already");
    if (side === "new" && this.#parts.me() !== null) throw new SealpostError("already-registered");
    const encounter: Encounter = { id, abort: new AbortController(), answer: null, isThrough: false };
    this.#encounter = encounter;
    try {
      return await run(encounter);
    } finally {
      this.#encounter = null;
    }
  }

  #rendezvous(id: string, side: Side, { abort }: Encounter): Rendezvous {
    return new Rendezvous(id, side, (method, path, body) => this.#parts.http.request(method, path, { body }), this.#parts.environment, abort.signal);
  }

  #step({ id }: Encounter, step: LinkStep | (ShortString & { type: "compare" })): void {
    this.#parts.emit({ type: "link-step", data: { id, step } });
  }

  /** The new device's side. */
  async #join(encounter: Encounter, name: string): Promise<Me> {
    const engine = this.#engine;
    const { rendezvous, code } = await engine.newBegin(this.#now());
    const meeting = this.#rendezvous(rendezvous, "new", encounter);
    return this.#through(meeting, async () => {
      this.#step(encounter, { type: "code", code, expiresAt: await meeting.open() });
      await meeting.send(await engine.newAccept(this.#now(), await meeting.receive()));
      const compared = await engine.newReveal(this.#now(), await meeting.receive());
      await this.#ask(encounter, meeting, compared, true);
      await meeting.send(await engine.newConfirm(this.#now(), name));
      this.#step(encounter, { type: "confirmed" });
      for (;;) {
        const { done, total } = await engine.newTake(this.#now(), await meeting.receive());
        this.#step(encounter, { type: "transfer", done, total });
        if (done === total) break;
      }
      // From here on there is nothing to give up: this is a device of the account, whatever anybody says.
      encounter.isThrough = true;
      const { me, done } = await engine.newAdopt(this.#now());
      // The old device takes this one off the list again if it does not hear of it; then this one is told at its first login.
      await meeting.send(done).catch(() => {});
      // The other engine looks at what this one has written.
      await this.#parts.engine.status();
      this.#parts.adopted(me);
      return me;
    });
  }

  /** The old device's side. */
  // LNK-4, LNK-6, LNK-10
  async #link(encounter: Encounter, code: string, full: boolean, since: number): Promise<Device> {
    const engine = this.#engine;
    const { rendezvous, accept } = await engine.oldBegin(this.#now(), code.trim());
    await this.#finish();
    const meeting = this.#rendezvous(rendezvous, "old", encounter);
    return this.#through(meeting, async () => {
      await meeting.send(accept);
      const compared = await engine.oldKey(this.#now(), await meeting.receive());
      await meeting.send(compared.reveal);
      await this.#ask(encounter, meeting, compared, false);
      await engine.oldConfirm(this.#now());
      this.#step(encounter, { type: "confirmed" });
      const device = await meeting.receive();
      const change = this.#publish(await engine.oldDevice(this.#now(), device, full));
      try {
        await this.#changes.run(() => this.#tell(change));
        // What has come before the list was known went to this device alone: it is handed over.
        await this.#parts.mailbox.drain();
        let part = await engine.oldHandover(this.#now(), since);
        for (;;) {
          part = await engine.oldPart(this.#now());
          if (part.content === null) break;
          await meeting.send(part.content);
          this.#step(encounter, { type: "transfer", done: part.done, total: part.total });
        }
        await engine.oldDone(this.#now(), await meeting.receive());
      } catch (error) {
        await this.#revoke(change.deviceId).catch(() => {});
        throw error;
      }
      await meeting.end();
      const linked = (await this.#devices()).find(({ id }) => id === change.deviceId);
      if (linked === undefined) throw new SealpostError("not-found", "the device was revoked meanwhile");
      return linked;
    });
  }

  /** Has the other device told when this one gives up. */
  // LNK-7
  async #through<T>(meeting: Rendezvous, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      const error = SealpostError.from(thrown);
      const refusal = await this.#engine.refuse(this.#now()).catch(() => null);
      if (error.code !== "link-refused" || error.cause === OWN) {
        if (refusal === null) await meeting.end();
        else await meeting.last(refusal);
      }
      throw error;
    }
  }

  /** Asks the person. The old device says nothing before it has heard of the new one's: a message meanwhile is a refusal. */
  // LNK-4
  async #ask(encounter: Encounter, meeting: Rendezvous, { emoji, decimals }: Compared, isNew: boolean): Promise<void> {
    const asked = new AbortController();
    const answered = new Promise<boolean>((resolve, reject) => {
      encounter.answer = resolve;
      encounter.abort.signal.addEventListener("abort", () => reject(new SealpostError("aborted")), { once: true });
    });
    answered.catch(() => {});
    this.#step(encounter, { type: "compare", emoji: emoji.map((number) => EMOJI[number] ?? { symbol: "", name: "" }), decimals });
    const watching = meeting.watch(asked.signal);
    const over = watching.then(() => {
      if (isNew && !asked.signal.aborted) throw new SealpostError("link-refused", "the other device ended the linking");
      return answered;
    });
    try {
      const same = await Promise.race([answered, over]);
      if (!same) throw new SealpostError("link-refused", "what the devices show is not the same", { cause: OWN });
    } finally {
      asked.abort();
      over.catch(() => {});
      // One at a time asks the relay.
      await watching.catch(() => {});
      encounter.answer = null;
    }
  }

  #revoke(id: number): Promise<void> {
    return this.#changes.run(async () => {
      await this.#finishChange();
      await this.#tell(this.#publish(await this.#engine.revoke(this.#now(), id)));
    });
  }

  /** Tells the relay what an earlier run has left. */
  #finish(): Promise<void> {
    return this.#changes.run(() => this.#finishChange());
  }

  async #finishChange(): Promise<void> {
    const change = await this.#engine.change(this.#now());
    if (change !== null) await this.#tell(change);
  }

  /** The same bytes until the relay has answered; what it refuses is dropped, for it knows a newer list. */
  // LNK-6
  async #tell({ deviceId, deviceList, link }: DeviceChange): Promise<void> {
    const path = `/api/devices/${deviceId}`;
    try {
      if (link === null) await this.#parts.request("DELETE", path, { deviceList });
      else {
        const { certificate, signedPreKey, kemLastResort } = link;
        await this.#parts.request("PUT", path, { deviceList, certificate, preKeys: { signedPreKey, kemLastResort } });
      }
    } catch (error) {
      if ((error as { isFinal?: unknown }).isFinal !== true) throw error;
      this.#publish(await this.#engine.changeRefused(this.#now()));
      await this.#learnOwn();
      throw error;
    }
    this.#publish(await this.#engine.changeAccepted(this.#now()));
    await this.#learnOwn();
  }
}

/** The cause of a refusal of one's own. */
const OWN = "own";

function shown({ id, name, full, addedAt, current }: EngineDevice): Device {
  return { id, name, kind: full === null ? null : full ? "full" : "companion", addedAt, current };
}
