/**
 * Calls between the page and its worker. Comlink was considered: it neither settles calls when the worker dies or is closed, nor
 * tells a worker that failed to load from one that is slow, nor carries error codes; what would have to be built around it is
 * larger than this file.
 */
import { SealpostError, type SerializedError } from "./errors.js";
import type { WorkerApi, WorkerEvent } from "./worker/api.js";

type Method = keyof WorkerApi;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What the worker sends. */
export type FromWorker =
  /** Its script runs; `lock` names the Web Lock it holds as long as it lives. */
  | { readonly type: "ready"; readonly lock: string | null }
  | { readonly type: "value"; readonly id: number; readonly value: unknown }
  | { readonly type: "error"; readonly id: number; readonly error: SerializedError }
  | { readonly type: "event"; readonly event: WorkerEvent }
  /** It cannot go on. */
  | { readonly type: "dead"; readonly error: SerializedError };

/** The part of `Worker` and of the worker's global scope that is used. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

/** The part of `Worker` that calls need: what is listed goes over to the worker. */
interface WorkerPort extends Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: SealpostError) => void;
}

export interface CallerListener {
  readonly onReady: (lock: string | null) => void;
  readonly onEvent: (event: WorkerEvent) => void;
  readonly onDead: (error: SealpostError) => void;
}

/** The page's end. */
export class Caller {
  readonly #port: WorkerPort;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #failure: SealpostError | null = null;

  constructor(port: WorkerPort, listener: CallerListener) {
    this.#port = port;
    port.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#onMessage(data, listener));
  }

  call<M extends Method>(method: M, ...args: Parameters<WorkerApi[M]>): ReturnType<WorkerApi[M]> {
    const result = new Promise<unknown>((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      const id = this.#nextId;
      this.#nextId += 1;
      try {
        const ports = args.filter((arg): arg is MessagePort => arg instanceof MessagePort);
        this.#port.postMessage({ id, method, args } satisfies Call, ports);
        this.#pending.set(id, { resolve, reject });
      } catch (error) {
        reject(new SealpostError("invalid-argument", "an argument cannot be sent to the worker", { cause: error }));
      }
    });
    return result as ReturnType<WorkerApi[M]>;
  }

  /** Rejects every other call with `closed` at once; resolves when the worker put its things away, or is gone. */
  async close(): Promise<void> {
    const goodbye = this.call("close").catch(() => {});
    const id = this.#nextId - 1;
    const pending = this.#take(id);
    this.fail(new SealpostError("closed"));
    if (pending !== undefined) this.#pending.set(id, pending);
    await goodbye;
  }

  /** Rejects every pending and every later call; the first failure stays. */
  fail(error: SealpostError): void {
    this.#failure ??= error;
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }

  #onMessage(message: FromWorker, listener: CallerListener): void {
    if (message.type === "value") this.#take(message.id)?.resolve(message.value);
    else if (message.type === "error") this.#take(message.id)?.reject(SealpostError.fromJSON(message.error));
    else if (this.#failure !== null) return;
    else if (message.type === "event") listener.onEvent(message.event);
    else if (message.type === "ready") listener.onReady(message.lock);
    else listener.onDead(SealpostError.fromJSON(message.error));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

export interface Server {
  readonly ready: (lock: string | null) => void;
  readonly push: (event: WorkerEvent) => void;
  readonly die: (error: SealpostError) => void;
}

/** The worker's end: answers calls with what `api` gives or throws. */
export function serve(port: Port, api: WorkerApi): Server {
  const post = (message: FromWorker): void => port.postMessage(message);
  const answer = async ({ id, method, args }: Call): Promise<void> => {
    try {
      if (!Object.hasOwn(api, method)) throw new SealpostError("internal", "the worker has no such method");
      const call = api[method as Method] as (...args: readonly unknown[]) => Promise<unknown>;
      post({ type: "value", id, value: await call(...args) });
    } catch (error) {
      post({ type: "error", id, error: SealpostError.from(error).toJSON() });
    }
  };
  port.addEventListener("message", ({ data }: MessageEvent<Call>) => void answer(data));
  return {
    ready: (lock) => post({ type: "ready", lock }),
    push: (event) => post({ type: "event", event }),
    die: (error) => post({ type: "dead", error: error.toJSON() }),
  };
}
