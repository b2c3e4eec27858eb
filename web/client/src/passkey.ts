/** Passkeys as sources of keys: WebAuthn with the extension `prf`, which answers a salt with 32 bytes that only this passkey gives. */
import { invalid } from "./arguments.js";
import { SealpostError } from "./errors.js";
import { encodeBase64Url } from "./worker/base64url.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** A passkey that was made, and its answer to the salt. */
export interface NewPasskey {
  readonly credential: Bytes;
  readonly salt: Bytes;
  readonly secret: Bytes;
}

/** A passkey that may answer. */
export interface AskedPasskey {
  readonly id: string;
  readonly credential: Bytes;
  readonly salt: Bytes;
}

const TIMEOUT_MS = 120_000;
/** EdDSA, ES256, RS256: nothing is ever verified, but something has to be asked for. */
const ALGORITHMS = [-8, -7, -257];

export async function createPasskey(name: string, known: readonly AskedPasskey[]): Promise<NewPasskey> {
  const salt = random(32);
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: random(32),
        rp: { name: location.hostname },
        user: { id: random(16), name, displayName: name },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        excludeCredentials: known.map(({ credential }) => ({ type: "public-key", id: credential })),
        extensions: { prf: { eval: { first: salt } } },
        timeout: TIMEOUT_MS,
      },
    }),
  );
  const credential = new Uint8Array(made.rawId);
  const { prf } = made.getClientExtensionResults();
  if (prf?.enabled !== true && prf?.results === undefined) throw withoutKeys();
  // Many tell at the making only that they can answer.
  const secret = prf.results === undefined ? (await askPasskey([{ id: "", credential, salt }])).secret : secretOf(prf.results);
  return { credential, salt, secret };
}

/** The answer of one of these passkeys. */
export async function askPasskey(passkeys: readonly AskedPasskey[], signal?: AbortSignal): Promise<{ id: string; secret: Bytes }> {
  const salts = passkeys.map(({ credential, salt }) => [encodeBase64Url(credential), { first: salt }] as const);
  const got = await asked(() =>
    navigator.credentials.get({
      ...(signal === undefined ? {} : { signal }),
      publicKey: {
        challenge: random(32),
        allowCredentials: passkeys.map(({ credential }) => ({ type: "public-key", id: credential })),
        userVerification: "required",
        extensions: { prf: { evalByCredential: Object.fromEntries(salts) } },
        timeout: TIMEOUT_MS,
      },
    }),
  );
  const credential = encodeBase64Url(new Uint8Array(got.rawId));
  const passkey = passkeys.find((known) => encodeBase64Url(known.credential) === credential);
  const results = got.getClientExtensionResults().prf?.results;
  if (passkey === undefined || results === undefined) throw withoutKeys();
  return { id: passkey.id, secret: secretOf(results) };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (typeof PublicKeyCredential === "undefined") throw new SealpostError("unsupported", "there are no passkeys here");
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotAllowedError" || name === "AbortError") throw new SealpostError("aborted", "the passkey was not used", { cause: error });
    if (name === "InvalidStateError") throw invalid("this passkey was added already");
    throw new SealpostError("unsupported", "passkeys cannot be used here", { cause: error });
  }
  if (!(credential instanceof PublicKeyCredential)) throw new SealpostError("aborted", "the passkey was not used");
  return credential;
}

function secretOf(results: AuthenticationExtensionsPRFValues): Bytes {
  const { first } = results;
  const secret = ArrayBuffer.isView(first) ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength) : new Uint8Array(first);
  if (secret.length !== 32) throw withoutKeys();
  return secret;
}

function withoutKeys(): SealpostError {
  return new SealpostError("unsupported", "this passkey gives no keys (WebAuthn's extension prf)");
}

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
