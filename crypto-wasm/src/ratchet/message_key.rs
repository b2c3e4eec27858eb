//! The key of one message, and its use (§4).

use rand_core::CryptoRng;

use crate::ProtocolError;
use crate::codec;
use crate::crypto::aead::{AeadKey, NONCE_LENGTH};
use crate::crypto::kdf::{ZERO_SALT, hkdf_sha256};
use crate::secret::secret;
use crate::wire::{Header, RatchetMessage, Version1};

secret!(
    /// A message key, deleted when its message was decrypted.
    MessageKey, 32
);

const INFO: &[u8] = b"Sealpost_MessageKey";

impl MessageKey {
    /// `key(mk)`, the AES-256-GCM key.
    // RAT-1
    #[must_use]
    pub fn aead_key(&self) -> AeadKey {
        AeadKey::init(|key| hkdf_sha256(&ZERO_SALT, self.expose(), INFO, key))
    }

    /// Encrypts a message. The nonce is the next 12 bytes of `rng`.
    ///
    /// # Errors
    /// Those of [`AeadKey::seal`].
    pub fn seal(
        &self,
        associated_data: &[u8; 32],
        header: Header,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<RatchetMessage, ProtocolError> {
        let mut nonce = [0; NONCE_LENGTH];
        // RAT-2
        rng.fill_bytes(&mut nonce);
        let aad = aad(associated_data, &header)?;
        Ok(RatchetMessage {
            version: Version1,
            header,
            nonce,
            ciphertext: self.aead_key().seal(&nonce, plaintext, &aad)?,
        })
    }

    /// Decrypts a message.
    ///
    /// # Errors
    /// [`ProtocolError::Decrypt`] if it does not authenticate.
    pub fn open(
        &self,
        associated_data: &[u8; 32],
        message: &RatchetMessage,
    ) -> Result<Vec<u8>, ProtocolError> {
        let aad = aad(associated_data, &message.header)?;
        self.aead_key()
            .open(&message.nonce, &message.ciphertext, &aad)
    }
}

/// `AD || Header`.
// RAT-3
fn aad(associated_data: &[u8; 32], header: &Header) -> Result<Vec<u8>, ProtocolError> {
    codec::encode(&[associated_data, header])
}
