//! The device certificate (§2), not verified.

use super::address::Address;
use super::codec::{Signed, Version1, Wire};
use crate::codec;
use crate::crypto::sign::{Ed25519PublicKey, Signature};

/// An account key's statement that an identity key is that of a device. See
/// [`VerifiedCertificate`](crate::identity::VerifiedCertificate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCertificate {
    /// Always 1.
    pub version: Version1,
    /// The device.
    pub address: Address,
    /// The account key that signed.
    pub account_key: Ed25519PublicKey,
    /// The device's identity key, `IK`.
    pub identity_key: Ed25519PublicKey,
    /// Unix milliseconds; information only.
    pub created_at_ms: u64,
    /// By the account key over the fields above, label "device certificate".
    pub signature: Signature,
}

codec!(struct DeviceCertificate {
    version,
    address,
    account_key,
    identity_key,
    created_at_ms,
    signature,
});

impl Wire for DeviceCertificate {}

impl Signed for DeviceCertificate {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}
