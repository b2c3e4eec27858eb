import { AccountHandle } from "../wasm-gen/crypto.js";
import { checkBytes } from "./arguments.js";
import { dispose, Handle, translate } from "./handle.js";
import { assertReady } from "./load.js";

let construct: (object: AccountHandle) => Account;
let reveal: (account: Account) => Handle<AccountHandle>;

/** An account key, which certifies devices. */
export class Account {
  readonly #handle: Handle<AccountHandle>;

  static {
    construct = (object) => new Account(object);
    reveal = (account) => account.#handle;
  }

  private constructor(object: AccountHandle) {
    if (!(object instanceof AccountHandle)) throw new TypeError("use Account.generate() or Account.fromSeed()");
    this.#handle = new Handle(object);
  }

  /** A new account. */
  static generate(): Account {
    assertReady();
    return construct(translate(() => AccountHandle.generate()));
  }

  /** The account of a 32-byte seed. */
  static fromSeed(seed: Uint8Array): Account {
    checkBytes(seed, "seed", 32);
    assertReady();
    return construct(translate(() => AccountHandle.fromSeed(seed)));
  }

  /** 32 bytes: what people compare, as the safety number. */
  get publicKey(): Uint8Array {
    return this.#handle.use((object) => object.publicKey());
  }

  /** 32 bytes: the whole secret of the account. */
  seed(): Uint8Array {
    return this.#handle.use((object) => object.seed());
  }

  /** Frees and wipes the key now instead of whenever this object is collected. */
  [dispose](): void {
    this.#handle.free();
  }
}

/** The handle of an account that a caller passed. */
export function accountHandle(account: unknown): Handle<AccountHandle> {
  if (!(account instanceof Account)) throw new TypeError("account must be an Account");
  return reveal(account);
}
