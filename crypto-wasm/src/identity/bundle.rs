//! Verification of prekeys and bundles (§2).

use super::certificate::{Expectations, VerifiedCertificate};
use crate::ProtocolError;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PublicKey, VerifyingKey};
use crate::wire::codec::Signed as _;
use crate::wire::{Address, KemPreKey, OneTimePreKey, PreKeyBundle, SignedPreKey};

impl SignedPreKey {
    /// Verifies the signature under the device's identity key.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if it does not verify.
    pub fn verify(&self, identity_key: &Ed25519PublicKey) -> Result<(), ProtocolError> {
        self.verify_checked(&identity_key.verifying_key()?)
    }

    fn verify_checked(&self, identity_key: &VerifyingKey) -> Result<(), ProtocolError> {
        identity_key.verify(label::SIGNED_PREKEY, &self.signed_bytes()?, &self.signature)
    }
}

impl KemPreKey {
    /// Verifies the signature under the device's identity key.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if it does not verify.
    pub fn verify(&self, identity_key: &Ed25519PublicKey) -> Result<(), ProtocolError> {
        self.verify_checked(&identity_key.verifying_key()?)
    }

    fn verify_checked(&self, identity_key: &VerifyingKey) -> Result<(), ProtocolError> {
        identity_key.verify(label::KEM_PREKEY, &self.signed_bytes()?, &self.signature)
    }
}

/// A bundle all of whose signatures verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBundle {
    certificate: VerifiedCertificate,
    identity_key: VerifyingKey,
    signed_prekey: SignedPreKey,
    one_time_prekey: Option<OneTimePreKey>,
    kem_prekey: KemPreKey,
}

impl VerifiedBundle {
    /// Checks expectations, certificate, signed prekey and KEM prekey, in this order. `initiator` is the device that
    /// wants to begin a session: its own bundle is refused.
    ///
    /// # Errors
    /// Those of [`VerifiedCertificate::verify`], [`ProtocolError::AddressMismatch`] for the initiator's own address,
    /// then [`ProtocolError::BadSignature`].
    // KEY-2, KEY-10
    pub fn verify(
        bundle: PreKeyBundle,
        expected: &Expectations,
        initiator: Address,
    ) -> Result<Self, ProtocolError> {
        expected.check(&bundle.certificate)?;
        if bundle.certificate.address == initiator {
            return Err(ProtocolError::AddressMismatch);
        }
        let (certificate, identity_key) =
            VerifiedCertificate::verify_with_key(bundle.certificate, expected)?;
        bundle.signed_prekey.verify_checked(&identity_key)?;
        bundle.kem_prekey.verify_checked(&identity_key)?;
        Ok(Self {
            certificate,
            identity_key,
            signed_prekey: bundle.signed_prekey,
            one_time_prekey: bundle.one_time_prekey,
            kem_prekey: bundle.kem_prekey,
        })
    }

    /// Whose bundle it is.
    #[must_use]
    pub const fn certificate(&self) -> &VerifiedCertificate {
        &self.certificate
    }

    /// Its device's identity key.
    #[must_use]
    pub const fn identity_key(&self) -> &VerifyingKey {
        &self.identity_key
    }

    /// `SPK_B`.
    #[must_use]
    pub const fn signed_prekey(&self) -> &SignedPreKey {
        &self.signed_prekey
    }

    /// `OPK_B`.
    #[must_use]
    pub const fn one_time_prekey(&self) -> Option<&OneTimePreKey> {
        self.one_time_prekey.as_ref()
    }

    /// `PQPK_B`.
    #[must_use]
    pub const fn kem_prekey(&self) -> &KemPreKey {
        &self.kem_prekey
    }
}
