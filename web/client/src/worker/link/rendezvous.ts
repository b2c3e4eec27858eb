/** The two devices' mailbox at the relay. It is trusted with nothing: what it changes, the engine notices. */
import { SealpostError } from "../../errors.js";
import type { Environment } from "../environment.js";
import { isTemporary } from "../http.js";
import { bytes, count, list, object, type Reader } from "../shapes.js";

export type Side = "old" | "new";
type Request = (method: string, path: string, body?: unknown) => Promise<unknown>;

const MAX_CONTENT = 48 * 1024;
/** So often the relay is asked while somebody types or compares, and while messages follow each other, in milliseconds. */
const PATIENT_MS = 1_000;
const BRISK_MS = 150;
/** After so many answers without news it is asked less often. */
const BRISK_TIMES = 20;

interface Item {
  readonly number: number;
  readonly content: Uint8Array;
}

const readItem: Reader<Item> = (value, name) => {
  const item = object(value, name);
  return { number: count(item["number"], "number"), content: bytes(MAX_CONTENT)(item["content"], "content") };
};

export class Rendezvous {
  readonly #id: string;
  readonly #side: Side;
  readonly #request: Request;
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  #sent = 0;
  #received = 0;
  #waiting: Uint8Array[] = [];

  constructor(id: string, side: Side, request: Request, environment: Environment, signal: AbortSignal) {
    this.#id = id;
    this.#side = side;
    this.#request = request;
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Opens it; gives the time at which it ends. */
  async open(): Promise<number> {
    const answer = object(await this.#call("", {}), "rendezvous");
    return count(answer["expiresAt"], "expiresAt");
  }

  /** Resolves when the relay has it. */
  async send(content: string): Promise<void> {
    for (;;) {
      const answer = await this.#call("/send", { side: this.#side, number: this.#sent, content });
      if (object(answer, "answer")["accepted"] === true) break;
      await this.#sleep(BRISK_MS);
    }
    this.#sent += 1;
  }

  /** The other device's next message. */
  async receive(): Promise<Uint8Array> {
    for (let asked = 0; this.#waiting.length === 0; asked += 1) {
      if (asked > 0) await this.#sleep(asked < BRISK_TIMES ? BRISK_MS : PATIENT_MS);
      await this.#fetch();
    }
    return this.#waiting.shift() as Uint8Array;
  }

  /** Resolves when the other device has sent something, which `receive` gives; rejects when it has ended. */
  async watch(until: AbortSignal): Promise<void> {
    const isOver = (): boolean => until.aborted || this.#waiting.length > 0;
    while (!isOver()) {
      await this.#sleep(PATIENT_MS);
      if (!isOver()) await this.#fetch();
    }
  }

  /** Ends it for both; that it cannot be told is no matter. */
  async end(): Promise<void> {
    await this.#request("POST", "/api/links/end", { id: this.#id }).catch(() => {});
  }

  /** What tells the other device that it is over, also when this one is told to give up. */
  async last(content: string): Promise<void> {
    await this.#request("POST", "/api/links/send", { id: this.#id, side: this.#side, number: this.#sent, content }).catch(() => {});
  }

  async #fetch(): Promise<void> {
    const answer = object(await this.#call("/receive", { side: this.#side, from: this.#received }), "answer");
    for (const { number, content } of list(readItem, 64)(answer["items"], "items")) {
      // LNK-7
      if (number !== this.#received) throw new SealpostError("link-tampered", "a message of the other device is missing");
      this.#received += 1;
      this.#waiting.push(content);
    }
  }

  /** A call, repeated while the relay cannot be reached: the rendezvous has an end. */
  async #call(path: string, body: object): Promise<unknown> {
    for (;;) {
      if (this.#signal.aborted) throw new SealpostError("aborted");
      try {
        return await this.#request("POST", `/api/links${path}`, { id: this.#id, ...body });
      } catch (thrown) {
        const error = SealpostError.from(thrown);
        if (error.code === "not-found") throw new SealpostError("link-expired", "the other device has gone, or ten minutes have passed", { cause: thrown });
        if ((thrown as { status?: unknown }).status === 409) throw new SealpostError("link-tampered", "somebody else is at the rendezvous", { cause: thrown });
        if (!isTemporary(error) || error.code === "closed") throw error;
        await this.#sleep(PATIENT_MS);
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(new SealpostError("aborted"));
      };
      const cancel = this.#environment.timer(() => {
        this.#signal.removeEventListener("abort", abort);
        resolve();
      }, ms);
      if (this.#signal.aborted) abort();
      else this.#signal.addEventListener("abort", abort, { once: true });
    });
  }
}
