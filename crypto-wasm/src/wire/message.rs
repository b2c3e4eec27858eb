//! What travels in an envelope (§4).

use super::certificate::DeviceCertificate;
use super::codec::{Version1, Wire};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::crypto::kem::KemCiphertext;

/// The ratchet header, authenticated but not encrypted; 40 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The sender's ratchet key.
    pub ratchet_key: X25519PublicKey,
    /// Messages in the sender's previous sending chain (`PN`).
    pub previous_chain_length: u32,
    /// Number in this chain, from 0 (`N`).
    pub message_number: u32,
}

codec!(struct Header { ratchet_key, previous_chain_length, message_number });

/// A message of an established session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatchetMessage {
    /// Always 1.
    pub version: Version1,
    /// The ratchet header.
    pub header: Header,
    /// The AES-GCM nonce, random.
    pub nonce: [u8; 12],
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

codec!(struct RatchetMessage { version, header, nonce, ciphertext });

/// The outer fields of a [`PreKeyMessage`]: what a responder needs to make the session. The same in every such message
/// of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreKeyFields {
    /// Always 1.
    pub version: Version1,
    /// The initiator's certificate.
    pub sender: DeviceCertificate,
    /// `EK`, without 0x05.
    pub base_key: X25519PublicKey,
    /// Id of `SPK_B`.
    pub signed_prekey_id: u32,
    /// Id of `OPK_B`, if one was used.
    pub one_time_prekey_id: Option<u32>,
    /// Id of `PQPK_B`.
    pub kem_prekey_id: u32,
    /// `CT`.
    pub kem_ciphertext: KemCiphertext,
}

codec!(struct PreKeyFields {
    version,
    sender,
    base_key,
    signed_prekey_id,
    one_time_prekey_id,
    kem_prekey_id,
    kem_ciphertext,
});

/// A message that its recipient can make the session from, sent until the initiator has decrypted a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreKeyMessage {
    /// The fields before `message`.
    pub fields: PreKeyFields,
    /// The message itself.
    pub message: RatchetMessage,
}

codec!(struct PreKeyMessage { fields, message });

impl Wire for Header {}
impl Wire for RatchetMessage {}
impl Wire for PreKeyFields {}
impl Wire for PreKeyMessage {}

/// Which of the two travels beside the bytes.
// SES-1
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EnvelopeKind {
    /// A [`PreKeyMessage`].
    PreKey = 1,
    /// A [`RatchetMessage`].
    Ratchet = 2,
}

impl EnvelopeKind {
    /// The name by which it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreKey => "prekey",
            Self::Ratchet => "ratchet",
        }
    }

    /// The kind of a name.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] for any other name.
    // SES-1
    pub fn from_name(name: &str) -> Result<Self, ProtocolError> {
        match name {
            "prekey" => Ok(Self::PreKey),
            "ratchet" => Ok(Self::Ratchet),
            _ => Err(ProtocolError::Decode),
        }
    }

    /// The value of the enum on the wire.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}
