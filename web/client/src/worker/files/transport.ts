/** Blobs at the relay: uploads by tus 1.0.0, downloads that go on where they broke. */
import { SealpostError } from "../../errors.js";
import { Backoff, RETRY_DELAYS } from "../backoff.js";
import { retryAfterOf } from "../http.js";
import type { FileParts } from "./part.js";
import type { Source } from "./seal.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Failures one after another, without a byte more, after which the person is asked. */
const MAX_FAILURES = 6;
/** Chunks of a request, at first and at most. A larger one takes fewer turns; a smaller one loses less when it breaks. */
const FIRST_CHUNKS = 4;
const MAX_CHUNKS = 16;
/** A request is to take about this long, in milliseconds. */
const FAST_MS = 1_000;
const SLOW_MS = 6_000;
/** An answer that takes longer does not come. */
const STALLED_MS = 60_000;

type Init = { readonly method: string; readonly headers?: Record<string, string>; readonly body?: BodyInit };

/** Calls for blobs, with tus' headers. */
export class BlobCalls {
  readonly #parts: FileParts;
  readonly #signal: AbortSignal;

  constructor(parts: FileParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** An authorized request; a 2xx answer, or an error. */
  async request(path: string, init: Init): Promise<Response> {
    const token = await this.#parts.token();
    let response = await this.#fetch(path, init, token);
    if (response.status === 401) {
      this.#parts.invalidate(token);
      response = await this.#fetch(path, init, await this.#parts.token());
    }
    if (!response.ok) throw await this.#parts.refusal(response);
    return response;
  }

  async #fetch(path: string, { method, headers, body }: Init, token: string): Promise<Response> {
    this.#signal.throwIfAborted();
    const stalled = new AbortController();
    // Bodies take as long as they take: what is timed is the relay's silence after small ones, and of answers.
    const cancel = body === undefined ? this.#parts.environment.timer(() => stalled.abort(), STALLED_MS) : (): void => {};
    try {
      return await this.#parts.environment.fetch(this.#parts.base + path, {
        method,
        headers: { "Tus-Resumable": "1.0.0", Authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([this.#signal, stalled.signal]),
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw new SealpostError("network", "the relay cannot be reached", { cause: error });
    } finally {
      cancel();
    }
  }

  /** Waits before a further try, unless it is of no use: then the error is thrown. */
  async pause(error: unknown, backoff: Backoff, failures: number): Promise<void> {
    this.#signal.throwIfAborted();
    const known = SealpostError.from(error);
    if (!known.retryable || failures >= MAX_FAILURES) throw error;
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.environment.timer(resolve, backoff.next(retryAfterOf(known)));
      const stop = (): void => {
        cancel();
        resolve();
      };
      this.#signal.addEventListener("abort", stop, { once: true });
    });
    this.#signal.throwIfAborted();
  }

  newBackoff(): Backoff {
    return new Backoff(RETRY_DELAYS, this.#parts.environment.random);
  }

  now(): number {
    return this.#parts.environment.now();
  }
}

/** Uploads what comes, as a blob of this id. Interrupted, it goes on from where the relay says that it is. */
export async function upload(calls: BlobCalls, id: string, length: number, chunks: AsyncIterable<Bytes>, onProgress: (sent: number) => void): Promise<void> {
  const path = `/api/blobs/${id}`;
  const begin = { "Upload-Length": String(length), "Upload-Metadata": `id ${btoa(id)}` };
  await persist(calls, () => calls.request("/api/blobs", { method: "POST", headers: begin }));
  let wanted = FIRST_CHUNKS;
  let sent = 0;
  const send = async (part: Blob): Promise<void> => {
    const begun = calls.now();
    await sendPart(calls, path, sent, part, (offset) => onProgress(offset));
    sent += part.size;
    onProgress(sent);
    const took = calls.now() - begun;
    if (took < FAST_MS) wanted = Math.min(wanted * 2, MAX_CHUNKS);
    else if (took > SLOW_MS) wanted = Math.max(wanted >> 1, 1);
  };
  let collected: Bytes[] = [];
  let under: Promise<void> = Promise.resolve();
  for await (const chunk of chunks) {
    collected.push(chunk);
    if (collected.length < wanted) continue;
    // One part is made while the one before is on its way.
    await under;
    under = send(new Blob(collected));
    under.catch(() => {});
    collected = [];
  }
  await under;
  if (collected.length > 0) await send(new Blob(collected));
}

/** Sends a part that begins at `start`; of what the relay has of it already, nothing. */
async function sendPart(calls: BlobCalls, path: string, start: number, part: Blob, onOffset: (offset: number) => void): Promise<void> {
  const backoff = calls.newBackoff();
  let offset = start;
  let failures = 0;
  const end = start + part.size;
  while (offset < end) {
    try {
      const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
      const answer = await calls.request(path, { method: "PATCH", headers, body: part.slice(offset - start) });
      offset = readOffset(answer, offset + 1, end);
    } catch (error) {
      failures += 1;
      await calls.pause(isConflict(error) ? new SealpostError("network", undefined, { cause: error }) : error, backoff, failures);
      const before = offset;
      offset = await persist(calls, async () => readOffset(await calls.request(path, { method: "HEAD" }), start, end));
      if (offset > before) failures = 0;
      onOffset(offset);
    }
  }
}

/** Another request of this upload, thought lost, has come after all. */
function isConflict(error: unknown): boolean {
  return (error as { status?: unknown }).status === 409;
}

function readOffset(response: Response, least: number, most: number): number {
  const text = response.headers.get("Upload-Offset") ?? "";
  const offset = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (offset < least || offset > most) throw new SealpostError("relay", "the relay lost part of the upload");
  return offset;
}

async function persist<T>(calls: BlobCalls, attempt: () => Promise<T>): Promise<T> {
  const backoff = calls.newBackoff();
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      await calls.pause(error, backoff, failures);
    }
  }
}

/** A blob of an expected length, read from its beginning. One of another length is `decrypt`. */
// ATT-4
export class Download implements Source {
  readonly #calls: BlobCalls;
  readonly #path: string;
  readonly #length: number;
  readonly #backoff: Backoff;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** What came and was not asked for yet. */
  #rest: Uint8Array = new Uint8Array();
  /** How many bytes have come. */
  #at = 0;
  #failures = 0;

  constructor(calls: BlobCalls, id: string, length: number) {
    this.#calls = calls;
    this.#path = `/api/blobs/${id}`;
    this.#length = length;
    this.#backoff = calls.newBackoff();
  }

  async read(length: number): Promise<Bytes> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        if (this.#at >= this.#length) break;
        this.#rest = await this.#more();
      }
      const taken = this.#rest.subarray(0, length - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return filled === length ? bytes : bytes.slice(0, filled);
  }

  async #more(): Promise<Uint8Array> {
    for (;;) {
      try {
        this.#reader ??= await this.#connect();
        const { value, done } = await this.#reader.read();
        if (done) throw new SealpostError("network", "the download broke off");
        this.#at += value.length;
        if (this.#at > this.#length) throw new SealpostError("decrypt", "the file is longer than it should be");
        this.#failures = 0;
        this.#backoff.reset();
        return value;
      } catch (error) {
        this.#reader = null;
        this.#failures += 1;
        const known = error instanceof SealpostError || (error as Error).name === "SealpostError";
        await this.#calls.pause(known ? error : new SealpostError("network", "the download broke off", { cause: error }), this.#backoff, this.#failures);
      }
    }
  }

  async #connect(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const headers: Record<string, string> = this.#at === 0 ? {} : { Range: `bytes=${this.#at}-` };
    const response = await this.#calls.request(this.#path, { method: "GET", headers });
    const total = this.#at === 0 ? response.headers.get("Content-Length") : /\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
    if (this.#at > 0 && response.status !== 206) throw new SealpostError("relay", "the relay does not go on where the download broke");
    if (total !== null && total !== undefined && total !== String(this.#length)) throw new SealpostError("decrypt", "the file has another length than it should have");
    if (response.body === null) throw new SealpostError("relay", "the relay's answer has no body");
    return response.body.getReader();
  }

  /** Ends what is under way. */
  cancel(): void {
    void this.#reader?.cancel().catch(() => {});
  }
}
