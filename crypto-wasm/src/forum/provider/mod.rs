//! Primitives for mls-rs: the ciphersuite MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 on the primitives of §1, with their refusals.
//!
//! A relay gets [`PublicSuite`], which hashes and verifies; members get `MemberSuite`, which does everything.

#[cfg(feature = "topics")]
pub mod hpke;
#[cfg(feature = "topics")]
mod member;
mod public;

use mls_rs::CipherSuite;
use mls_rs::crypto::{HpkePublicKey, SignaturePublicKey};
use mls_rs::error::IntoAnyError;

use crate::ProtocolError;
use crate::crypto::dh::X25519PublicKey;
use crate::crypto::sign::{Ed25519PublicKey, Signature};

#[cfg(feature = "topics")]
pub use member::{MemberSuite, RandomSource};
pub use public::PublicSuite;

/// The one ciphersuite.
pub const CIPHER_SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

/// Why a primitive refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// An input is refused (§1).
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Needs a private key or randomness that is not there.
    #[error("this suite has no private keys or randomness")]
    Unsupported,
}

impl IntoAnyError for SuiteError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

/// Verifies strictly.
fn verify(
    public_key: &SignaturePublicKey,
    signature: &[u8],
    data: &[u8],
) -> Result<(), SuiteError> {
    let bad = |_| ProtocolError::BadSignature;
    let key = Ed25519PublicKey::from_bytes(public_key.as_bytes().try_into().map_err(bad)?);
    let signature = Signature::from_bytes(signature.try_into().map_err(bad)?);
    Ok(key.verify_unlabelled(data, &signature)?)
}

/// A canonical u-coordinate.
pub(super) fn x25519_public_key(key: &[u8]) -> Result<X25519PublicKey, SuiteError> {
    let bytes = key.try_into().map_err(|_| ProtocolError::Decode)?;
    Ok(X25519PublicKey::from_bytes(bytes)?)
}

fn validate_public_key(key: &HpkePublicKey) -> Result<(), SuiteError> {
    x25519_public_key(key).map(|_| ())
}
