//! `SK` from the agreements (§3).

use zeroize::Zeroizing;

use crate::crypto::dh::SharedSecret;
use crate::crypto::kdf::{ZERO_SALT, hkdf_sha256};
use crate::crypto::kem::KemSharedSecret;
use crate::identity::VerifiedCertificate;
use crate::secret::secret;
use crate::wire::context::Party;

secret!(
    /// `SK`: what both sides have after the agreement, the first root key.
    SessionSecret, 32
);

const INFO: &[u8] = b"Sealpost_CURVE25519_SHA-256_ML-KEM-1024";

/// `SK = HKDF(0^32, 0xFF^32 || DH1 || DH2 || DH3 [|| DH4] || SS, info, 32)`.
// PQX-1
#[must_use]
pub fn derive_secret(agreements: &[SharedSecret], kem: &KemSharedSecret) -> SessionSecret {
    let mut input = Zeroizing::new(Vec::with_capacity(32 * (agreements.len() + 2)));
    input.extend_from_slice(&[0xff; 32]);
    for agreement in agreements {
        input.extend_from_slice(agreement.expose());
    }
    input.extend_from_slice(kem.expose());
    SessionSecret::init(|secret| hkdf_sha256(&ZERO_SALT, &input, INFO, secret))
}

/// A side of the session context, from its certificate.
pub(super) const fn party(certificate: &VerifiedCertificate) -> Party {
    Party {
        address: certificate.address(),
        account_key: certificate.account_key(),
        identity_key: certificate.identity_key(),
    }
}
