import { SealpostError } from "../errors.js";
import type { Address, Engine } from "./engine.js";
import type { Environment } from "./environment.js";
import { RelayError, type Http } from "./http.js";
import { readChallenge, readToken } from "./shapes.js";

interface Token {
  readonly value: string;
  readonly renewAt: number;
}

/** Logs the device in and keeps its access token, in memory only. */
export class Auth {
  readonly #http: Http;
  readonly #engine: Pick<Engine, "signLogin">;
  readonly #environment: Environment;
  readonly #device: () => Address | null;
  readonly #hostToken: (() => Promise<string>) | undefined;
  #token: Token | null = null;
  #login: Promise<Token> | null = null;

  /** `hostToken` asks for the application's token, in host-app mode. */
  constructor(http: Http, engine: Pick<Engine, "signLogin">, environment: Environment, device: () => Address | null, hostToken?: () => Promise<string>) {
    this.#hostToken = hostToken;
    this.#http = http;
    this.#engine = engine;
    this.#environment = environment;
    this.#device = device;
  }

  /** A token good for a while longer; however many ask at once, there is one login. */
  async token(): Promise<string> {
    const token = this.#token;
    if (token !== null && this.#environment.now() < token.renewAt) return token.value;
    this.#login ??= this.#logIn().finally(() => {
      this.#login = null;
    });
    return (await this.#login).value;
  }

  /** The relay refused this token. */
  invalidate(token: string): void {
    if (this.#token?.value === token) this.#token = null;
  }

  /** An authorized request, repeated once with a new token if the relay no longer knows the old one. */
  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const token = await this.token();
    try {
      return await this.#http.request(method, path, { body, token });
    } catch (error) {
      if (!(error instanceof RelayError) || error.status !== 401) throw error;
      this.invalidate(token);
      return this.#http.request(method, path, { body, token: await this.token() });
    }
  }

  async #logIn(): Promise<Token> {
    const device = this.#device();
    if (device === null) throw new SealpostError("not-registered");
    const { userId, deviceId } = device;
    // Before the challenge, which is good for a minute.
    const token = await this.#hostToken?.();
    const asked = await this.#http.request("POST", "/api/auth/challenge", { body: { userId, deviceId } });
    const { challenge, expiresAt } = readChallenge(asked);
    const origin = this.#http.origin;
    const signature = await this.#engine.signLogin(origin, challenge, expiresAt);
    const body = { userId, deviceId, challenge, origin, signature };
    const answer = await this.#http.request("POST", "/api/auth/token", { body, ...(token === undefined ? {} : { token }) }).catch((error: unknown) => {
      if (!(error instanceof RelayError) || error.problem?.reason !== "device-revoked") throw error;
      throw new SealpostError("device-revoked", "this device was revoked", { cause: error });
    });
    const { accessToken, expiresIn } = readToken(answer);
    const life = expiresIn * 1_000;
    this.#token = { value: accessToken, renewAt: this.#environment.now() + life - Math.min(60_000, life / 4) };
    return this.#token;
  }
}
