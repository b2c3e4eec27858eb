//! The login proof (relay API).

use super::address::Address;
use super::codec::Wire;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PublicKey, Signature};

/// What a device signs with its identity key to log in, label "relay auth".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAuth {
    /// The relay's origin as the client reached it, in ASCII.
    pub origin: Vec<u8>,
    /// The relay's challenge.
    pub challenge: [u8; 32],
    /// The device that logs in.
    pub address: Address,
    /// The challenge's end, Unix milliseconds.
    pub expires_at_ms: u64,
}

codec!(struct RelayAuth { origin, challenge, address, expires_at_ms });

impl Wire for RelayAuth {}

impl RelayAuth {
    /// Verifies the device's signature.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`] if it does not verify under `identity_key`.
    pub fn verify(
        &self,
        identity_key: &Ed25519PublicKey,
        signature: &Signature,
    ) -> Result<(), ProtocolError> {
        identity_key.verify(label::RELAY_AUTH, &self.to_bytes()?, signature)
    }
}
