//! Verification of device certificates (§2).

use crate::ProtocolError;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PublicKey, VerifyingKey};
use crate::wire::codec::Signed as _;
use crate::wire::{Address, DeviceCertificate};

/// What the caller knows of the peer; `None` takes anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expectations {
    /// The account key pinned for the user.
    pub account_key: Option<Ed25519PublicKey>,
    /// The address that was meant.
    pub address: Option<Address>,
}

impl Expectations {
    /// Exactly this device of this account.
    #[must_use]
    pub const fn exactly(account_key: Ed25519PublicKey, address: Address) -> Self {
        Self {
            account_key: Some(account_key),
            address: Some(address),
        }
    }

    /// Compares with a certificate, account key first.
    ///
    /// # Errors
    /// [`ProtocolError::AccountKeyMismatch`] or [`ProtocolError::AddressMismatch`].
    // KEY-7
    pub fn check(&self, certificate: &DeviceCertificate) -> Result<(), ProtocolError> {
        if self
            .account_key
            .is_some_and(|key| key != certificate.account_key)
        {
            return Err(ProtocolError::AccountKeyMismatch);
        }
        if self
            .address
            .is_some_and(|address| address != certificate.address)
        {
            return Err(ProtocolError::AddressMismatch);
        }
        Ok(())
    }
}

/// A certificate whose signature verified under the account key that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCertificate(DeviceCertificate);

impl VerifiedCertificate {
    /// Checks expectations, then both keys, then the signature.
    ///
    /// # Errors
    /// Those of [`Expectations::check`], then [`ProtocolError::BadSignature`].
    pub fn verify(
        certificate: DeviceCertificate,
        expected: &Expectations,
    ) -> Result<Self, ProtocolError> {
        Ok(Self::verify_with_key(certificate, expected)?.0)
    }

    /// The same, with the identity key as it was checked on the way.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_with_key(
        certificate: DeviceCertificate,
        expected: &Expectations,
    ) -> Result<(Self, VerifyingKey), ProtocolError> {
        expected.check(&certificate)?;
        // KEY-6
        let identity_key = certificate.identity_key.verifying_key()?;
        certificate.account_key.verify(
            label::DEVICE_CERTIFICATE,
            &certificate.signed_bytes()?,
            &certificate.signature,
        )?;
        Ok((Self(certificate), identity_key))
    }

    /// A certificate that this device made, or verified before it stored it.
    #[cfg(feature = "client")]
    pub(crate) const fn trusted(certificate: DeviceCertificate) -> Self {
        Self(certificate)
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &DeviceCertificate {
        &self.0
    }

    /// The device.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.0.address
    }

    /// The account key.
    #[must_use]
    pub const fn account_key(&self) -> Ed25519PublicKey {
        self.0.account_key
    }

    /// The identity key.
    #[must_use]
    pub const fn identity_key(&self) -> Ed25519PublicKey {
        self.0.identity_key
    }
}
