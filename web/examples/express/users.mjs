// The application's own users. Yours are in your database.
import { randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt);
const HASH_BYTES = 32;

/** Lower-case letters, digits, `_` and `-`, as the relay takes them. */
const NAME = /^[a-z0-9_-]{3,32}$/;
const MIN_PASSWORD = 8;

export class Users {
  #byName = new Map();

  /** @returns {Promise<{ user: { id: string, name: string } } | { problem: string }>} */
  async signUp(name, password) {
    if (typeof name !== "string" || !NAME.test(name)) return { problem: "A name has 3 to 32 lower-case letters, digits, - or _." };
    if (typeof password !== "string" || password.length < MIN_PASSWORD) return { problem: `A password has at least ${MIN_PASSWORD} characters.` };
    if (this.#byName.has(name)) return { problem: "That name is taken." };
    const salt = randomBytes(16);
    // Never given to anybody else, even when this user is gone: the relay knows them by it.
    const user = { id: randomUUID(), name };
    this.#byName.set(name, { user, salt, hash: derive(password, salt, HASH_BYTES) });
    return { user };
  }

  /** The user, or null. */
  async logIn(name, password) {
    const found = this.#byName.get(name);
    if (found === undefined || typeof password !== "string") return null;
    const hash = await derive(password, found.salt, HASH_BYTES);
    return timingSafeEqual(hash, await found.hash) ? found.user : null;
  }
}
