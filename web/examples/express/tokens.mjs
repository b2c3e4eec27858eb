// What the application tells the relay: "this page is that user's", signed, for five minutes.
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const LIFETIME = "5m";

/** Who the tokens are for: `AUTH_AUDIENCE` of the relay. */
export const AUDIENCE = "sealpost";

/**
 * A signing key that lives as long as this process. Several processes, or one that is restarted often, keep theirs in a file or a key store;
 * the relay goes on with the keys of the set that it read last.
 * @param {string} issuer `AUTH_ISSUER` of the relay
 */
export async function createTokens(issuer) {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const kid = crypto.randomUUID();
  const key = { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" };
  return {
    /** What `AUTH_JWKS_URL` answers. */
    keySet: { keys: [key] },
    sign: (userId) => new SignJWT().setProtectedHeader({ alg: "EdDSA", kid }).setIssuer(issuer).setAudience(AUDIENCE).setSubject(userId).setExpirationTime(LIFETIME).sign(privateKey),
  };
}
