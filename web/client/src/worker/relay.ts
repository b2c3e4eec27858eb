import { SealpostError } from "../errors.js";
import type { Auth } from "./auth.js";
import type { Address, OutboxRequest, PreKeys, Registration, UserDocument } from "./engine.js";
import { RelayError, type Http } from "./http.js";
import {
  readBundles,
  readIsAny,
  readMailboxPage,
  readPreKeyCounts,
  readUser,
  type Bundle,
  type MailboxPage,
  type PreKeyCounts,
} from "./shapes.js";

/** Most addresses that one `POST /api/prekey-bundles` takes. */
const BUNDLES_A_CALL = 1_000;
const MAILBOX_PAGE = 200;

/** The relay's calls, with answers checked. */
export class Relay {
  readonly #http: Http;
  readonly #auth: Auth;
  readonly #hostToken: (() => Promise<string>) | undefined;

  /** `hostToken` asks for the application's token, in host-app mode. */
  constructor(http: Http, auth: Auth, hostToken?: () => Promise<string>) {
    this.#http = http;
    this.#auth = auth;
    this.#hostToken = hostToken;
  }

  async register(registration: Registration): Promise<void> {
    const { id, username, deviceList, certificate, preKeys } = registration;
    const body = { id, username, deviceList, certificate, preKeys };
    const token = await this.#hostToken?.();
    const user = readUser(await this.#http.request("POST", "/api/users", { body, ...(token === undefined ? {} : { token }) }).catch((error: unknown) => {
      if (token === undefined || !(error instanceof RelayError) || error.problem?.code !== "conflict") throw error;
      throw new SealpostError("already-registered", "the application's account has a user at this relay", { cause: error });
    }));
    if (user.id !== id) throw new SealpostError("relay", "the relay registered another id");
  }

  /** Null when there is no such user. */
  async userById(id: string): Promise<UserDocument | null> {
    const user = await this.#user(`/api/users/${encodeURIComponent(id)}`);
    if (user !== null && user.id !== id) throw new SealpostError("relay", "the relay answered with another user");
    return user;
  }

  /** Null when there is no such user. */
  async userByName(username: string): Promise<UserDocument | null> {
    const user = await this.#user(`/api/users?username=${encodeURIComponent(username)}`);
    if (user !== null && user.username !== username) throw new SealpostError("relay", "the relay answered with another user");
    return user;
  }

  async #user(path: string): Promise<UserDocument | null> {
    try {
      return readUser(await this.#auth.request("GET", path));
    } catch (error) {
      if (error instanceof RelayError && error.code === "not-found") return null;
      throw error;
    }
  }

  /** Whether this device is in any topic. */
  async isInTopics(): Promise<boolean> {
    try {
      return readIsAny(await this.#auth.request("GET", "/api/forum-topics"));
    } catch (error) {
      if (error instanceof RelayError && error.code === "not-found") return false;
      throw error;
    }
  }

  async bundles(addresses: readonly Address[]): Promise<{ bundles: Bundle[]; missing: Address[] }> {
    const bundles: Bundle[] = [];
    const missing: Address[] = [];
    for (let start = 0; start < addresses.length; start += BUNDLES_A_CALL) {
      const chunk = addresses.slice(start, start + BUNDLES_A_CALL);
      const body = { addresses: chunk.map(({ userId, deviceId }) => ({ userId, deviceId })) };
      const answer = readBundles(await this.#auth.request("POST", "/api/prekey-bundles", body));
      bundles.push(...answer.bundles);
      missing.push(...answer.missing);
    }
    return { bundles, missing };
  }

  async preKeyCounts(): Promise<PreKeyCounts> {
    return readPreKeyCounts(await this.#auth.request("GET", "/api/keys/count"));
  }

  async uploadPreKeys(preKeys: PreKeys): Promise<void> {
    const { signedPreKey, kemLastResort, oneTimePreKeys, kemPreKeys } = preKeys;
    await this.#auth.request("PUT", "/api/keys", { signedPreKey, kemLastResort, oneTimePreKeys, kemPreKeys });
  }

  async mailbox(after: number): Promise<MailboxPage> {
    return readMailboxPage(await this.#auth.request("GET", `/api/mailbox?after=${after}&limit=${MAILBOX_PAGE}`));
  }

  async acknowledge(upTo: number): Promise<void> {
    await this.#auth.request("POST", "/api/mailbox/ack", { upTo });
  }

  /** A call the outbox wants made; what the relay answers beside success does not matter. */
  async execute(request: OutboxRequest): Promise<void> {
    await this.#auth.request(request.method, request.path, request.body ?? undefined);
  }
}
