import { SealpostError, type SealpostErrorCode } from "../errors.js";
import { encodeBase64Url } from "./base64url.js";
import type { Refusal } from "./engine.js";
import type { Environment } from "./environment.js";
import { readProblem } from "./shapes.js";

const TIMEOUT_MS = 30_000;
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/** The relay's answer to a call it did not carry out. */
export class RelayError extends SealpostError {
  readonly status: number;
  /** The problem document; null if the answer was not one, i.e. if something other than the relay may have answered. */
  readonly problem: Refusal | null;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfter: number;

  constructor(status: number, problem: Refusal | null, retryAfter = 0) {
    const code = errorCode(status, problem);
    super(code, problem?.detail ?? `the relay answered ${status}${problem ? ` (${problem.code})` : ""}`, {
      retryable: isTransient(status, problem) || code === "unauthorized",
    });
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** The relay itself decided against the call: repeating the same bytes changes nothing. */
  get isFinal(): boolean {
    return this.problem !== null && this.status !== 401 && !isTransient(this.status, this.problem);
  }
}

function isTransient(status: number, problem: Refusal | null): boolean {
  return problem === null || status === 408 || status === 429 || status >= 500;
}

function errorCode(status: number, problem: Refusal | null): SealpostErrorCode {
  if (status === 429) return "rate-limited";
  if (problem === null) return "relay";
  switch (problem.code) {
    case "unauthorized":
    case "username-taken":
    case "not-found":
    case "bad-signature":
    case "too-large":
      return problem.code;
    default:
      return "relay";
  }
}

/** How long a failure asks to wait, in milliseconds. */
export function retryAfterOf(error: SealpostError): number {
  // Not `instanceof`: the part for topics has a class of its own (see SealpostError.from).
  const { retryAfter } = (error.cause instanceof Error && !("retryAfter" in error) ? error.cause : error) as { retryAfter?: unknown };
  return typeof retryAfter === "number" ? retryAfter : 0;
}

/** Whether nothing but time is needed: the relay could not be reached, or could not answer now. */
export function isTemporary(error: SealpostError): boolean {
  return error.retryable || error.code === "closed" || error.code === "aborted";
}

export interface RequestOptions {
  body?: unknown;
  token?: string;
}

/** JSON over fetch: no cookies, no redirects, no cache, time-outs, typed errors. */
export class Http {
  /** Without a trailing slash. */
  readonly base: string;
  /** What login proofs name. */
  readonly origin: string;
  readonly #environment: Environment;
  readonly #closing = new AbortController();

  constructor(relay: string, environment: Environment) {
    const url = new URL(relay);
    this.origin = url.origin;
    this.base = url.origin + url.pathname.replace(/\/+$/, "");
    this.#environment = environment;
  }

  /** Aborts what is under way; later requests reject with `closed`. */
  close(): void {
    this.#closing.abort();
  }

  /** The parsed body of a 2xx answer, null if it has none. Throws `RelayError`, or `network` or `closed`. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<unknown> {
    if (this.#closing.signal.aborted) throw new SealpostError("closed");
    const abort = new AbortController();
    const onClose = (): void => abort.abort(new SealpostError("closed"));
    this.#closing.signal.addEventListener("abort", onClose);
    const timeOut = (): void => abort.abort(new SealpostError("network", "the relay did not answer in time"));
    const cancelTimer = this.#environment.timer(timeOut, TIMEOUT_MS);
    try {
      return await this.#exchange(method, path, options, abort.signal);
    } catch (error) {
      if (abort.signal.reason instanceof SealpostError) throw abort.signal.reason;
      if (error instanceof SealpostError) throw error;
      throw new SealpostError("network", "the relay cannot be reached", { cause: error });
    } finally {
      cancelTimer();
      this.#closing.signal.removeEventListener("abort", onClose);
    }
  }

  async #exchange(method: string, path: string, options: RequestOptions, signal: AbortSignal): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (options.token !== undefined) headers["Authorization"] = `Bearer ${options.token}`;
    const init: RequestInit = {
      method,
      headers,
      signal,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    };
    if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = toJson(options.body);
    }
    const response = await this.#environment.fetch(this.base + path, init);
    if (!response.ok) throw await this.refusal(response);
    if (response.status === 204) return null;
    return parseJson(await response.text());
  }

  /** What an answer says that is none of success. */
  async refusal(response: Response): Promise<RelayError> {
    const isProblem = /^application\/problem\+json\b/i.test(response.headers.get("Content-Type") ?? "");
    let problem: Refusal | null = null;
    if (isProblem) {
      try {
        problem = readProblem(JSON.parse(await response.text()));
      } catch (error) {
        if (!(error instanceof SyntaxError) && !(error instanceof SealpostError)) throw error;
      }
    }
    const retryAfter = retryAfterHeader(response.headers.get("Retry-After"), this.#environment.now());
    return new RelayError(response.status, problem, retryAfter);
  }
}

/** JSON with byte strings as base64url. */
export function toJson(body: unknown): string {
  return JSON.stringify(body, (_key, value: unknown) => (value instanceof Uint8Array ? encodeBase64Url(value) : value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SealpostError("relay", "the relay's answer is not JSON", { cause: error, retryable: true });
  }
}

/** `Retry-After` is seconds or a date (RFC 9110 §10.2.3). */
function retryAfterHeader(value: string | null, now: number): number {
  if (value === null) return 0;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS) : 0;
}
