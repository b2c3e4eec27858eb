//! The session context, whose hash is the associated data of every message of a session (§3).

use super::address::Address;
use super::codec::Flag;
use super::prekeys::OneTimePreKey;
use crate::ProtocolError;
use crate::codec;
use crate::crypto::hash::hash_with_label;
use crate::crypto::kem::{KemCiphertext, KemPublicKey};
use crate::crypto::label;
use crate::crypto::sign::Ed25519PublicKey;

/// One side of a session: who it is, by its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// The device.
    pub address: Address,
    /// Its account's key.
    pub account_key: Ed25519PublicKey,
    /// Its identity key, in Ed25519 form.
    pub identity_key: Ed25519PublicKey,
}

codec!(encode Party { address, account_key, identity_key });

/// Everything that a session was made from. Only ever encoded, to be hashed.
// PQX-2
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionContext {
    /// Who began.
    pub initiator: Party,
    /// Whose prekeys were used.
    pub responder: Party,
    /// `EncodeEC(EK)`.
    pub base_key: [u8; 33],
    /// Id of `SPK_B`.
    pub signed_prekey_id: u32,
    /// `EncodeEC(SPK_B)`.
    pub signed_prekey: [u8; 33],
    /// `OPK_B`, if one was used.
    pub one_time_prekey: Option<OneTimePreKey>,
    /// Id of `PQPK_B`.
    pub kem_prekey_id: u32,
    /// Whether `PQPK_B` is the last resort.
    pub kem_last_resort: Flag,
    /// `PQPK_B`.
    pub kem_public_key: KemPublicKey,
    /// `CT`.
    pub kem_ciphertext: KemCiphertext,
}

codec!(encode SessionContext {
    initiator,
    responder,
    base_key,
    signed_prekey_id,
    signed_prekey,
    one_time_prekey,
    kem_prekey_id,
    kem_last_resort,
    kem_public_key,
    kem_ciphertext,
});

impl SessionContext {
    /// The encoding.
    ///
    /// # Errors
    /// None in practice: every field's length is bounded.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ProtocolError> {
        codec::encode(&[self])
    }

    /// `AD = HashWithLabel("session context", SessionContext)`.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes).
    // PQX-3
    pub fn associated_data(&self) -> Result<[u8; 32], ProtocolError> {
        Ok(hash_with_label(label::SESSION_CONTEXT, &self.to_bytes()?))
    }
}
