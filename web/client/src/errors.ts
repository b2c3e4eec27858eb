/** Every stable error code of the package, by whose fault it is. */
export type SealpostErrorCode =
  // The peer, or whoever stands between: protocol violations.
  | "decode"
  | "account-key-mismatch"
  | "address-mismatch"
  | "bad-signature"
  | "replayed-prekey-message"
  | "unknown-prekey"
  | "non-contributory"
  | "too-many-skipped"
  | "duplicate-message"
  | "decrypt"
  | "exhausted"
  | "not-a-member"
  | "sender-mismatch"
  | "device-not-listed"
  | "device-list-rollback"
  // A topic, or who acts in it.
  | "topic-mismatch"
  | "policy-chain"
  | "topic-rollback"
  | "invitation-refused"
  | "banned"
  | "commit-refused"
  | "commit-broken"
  | "epoch-conflict"
  | "forbidden"
  | "last-owner"
  | "late-post"
  // Linking a device.
  | "link-code"
  | "link-expired"
  | "link-refused"
  | "link-tampered"
  // The relay.
  | "network"
  | "relay"
  | "unauthorized"
  | "device-revoked"
  | "username-taken"
  | "not-found"
  | "rate-limited"
  | "too-large"
  | "mailbox-gap"
  // This device.
  | "storage"
  | "storage-unavailable"
  | "storage-corrupt"
  | "storage-version"
  | "storage-conflict"
  | "storage-quota"
  | "locked"
  | "wrong-passphrase"
  | "wrong-passkey"
  | "unlock-delayed"
  | "last-unlock-method"
  | "not-lockable"
  | "unsupported"
  | "load"
  | "internal"
  // The caller.
  | "invalid-argument"
  | "not-registered"
  | "already-registered"
  | "host-token"
  | "key-changed"
  | "blocked"
  | "closed"
  | "aborted";

const RETRYABLE: ReadonlySet<string> = new Set(["network", "rate-limited", "storage-conflict", "load", "unauthorized", "host-token", "epoch-conflict"]);

/** What crosses `postMessage` in place of a {@link SealpostError}. */
export interface SerializedError {
  readonly code: SealpostErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** The one error class of the package. Match on `code`, never on `message`. */
export class SealpostError extends Error {
  override readonly name = "SealpostError";
  /** Stable, documented, safe to match on. */
  readonly code: SealpostErrorCode;
  /** Whether the same call may succeed later without anything else changing. */
  readonly retryable: boolean;

  constructor(code: SealpostErrorCode, message?: string, options?: { cause?: unknown; retryable?: boolean }) {
    super(message ?? code, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options?.retryable ?? RETRYABLE.has(code);
  }

  /** Plain form for `postMessage`, where classes lose their prototype. */
  toJSON(): SerializedError {
    return { code: this.code, message: this.message, retryable: this.retryable };
  }

  /** The reverse of {@link SealpostError.toJSON}. */
  static fromJSON(value: SerializedError): SealpostError {
    return new SealpostError(value.code, value.message, { retryable: value.retryable });
  }

  /** Wraps anything thrown; a SealpostError passes unchanged, and one of another bundle or of WASM keeps what it says. */
  static from(thrown: unknown, fallback: SealpostErrorCode = "internal"): SealpostError {
    if (thrown instanceof SealpostError) return thrown;
    if (thrown instanceof Error) {
      const { code, retryable } = thrown as { code?: unknown; retryable?: unknown };
      const known = thrown.name === "SealpostError" && typeof code === "string";
      const kept = known && typeof retryable === "boolean" ? { retryable } : {};
      return new SealpostError(known ? (code as SealpostErrorCode) : fallback, thrown.message, { cause: thrown, ...kept });
    }
    return new SealpostError(fallback, String(thrown));
  }
}
