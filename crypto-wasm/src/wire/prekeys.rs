//! Prekeys and the bundle of them that an initiator fetches (§2), not verified.

use super::certificate::DeviceCertificate;
use super::codec::{Flag, Signed, Wire};
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::crypto::kem::KemPublicKey;
use crate::crypto::sign::Signature;

/// The signed prekey, `SPK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPreKey {
    /// Random, 31 bits, not 0.
    pub id: u32,
    /// Unix milliseconds; information only.
    pub created_at_ms: u64,
    /// The public half.
    pub public_key: X25519PublicKey,
    /// By the identity key over the fields above, label "signed prekey".
    pub signature: Signature,
}

codec!(struct SignedPreKey { id, created_at_ms, public_key, signature });

/// A one-time prekey, `OPK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneTimePreKey {
    /// Random, 31 bits, not 0.
    pub id: u32,
    /// The public half.
    pub public_key: X25519PublicKey,
}

codec!(struct OneTimePreKey { id, public_key });

/// A KEM prekey, `PQPK`: for one use, or the last resort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KemPreKey {
    /// Random, 31 bits, not 0; one-time and last-resort keys share the ids.
    pub id: u32,
    /// Unix milliseconds; information only.
    pub created_at_ms: u64,
    /// Whether it may be used more than once.
    pub last_resort: Flag,
    /// The encapsulation key.
    pub public_key: KemPublicKey,
    /// By the identity key over the fields above, label "kem prekey".
    pub signature: Signature,
}

codec!(struct KemPreKey { id, created_at_ms, last_resort, public_key, signature });

/// What it takes to begin a session with a device. See
/// [`VerifiedBundle`](crate::identity::VerifiedBundle).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreKeyBundle {
    /// Whose device it is.
    pub certificate: DeviceCertificate,
    /// `SPK_B`.
    pub signed_prekey: SignedPreKey,
    /// `OPK_B`, while there are any.
    pub one_time_prekey: Option<OneTimePreKey>,
    /// `PQPK_B`.
    pub kem_prekey: KemPreKey,
}

codec!(struct PreKeyBundle { certificate, signed_prekey, one_time_prekey, kem_prekey });

impl Wire for SignedPreKey {}
impl Wire for OneTimePreKey {}
impl Wire for KemPreKey {}
impl Wire for PreKeyBundle {}

impl Signed for SignedPreKey {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl Signed for KemPreKey {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}
