//! AES-256-GCM with a 12-byte nonce and the 16-byte tag last.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};

use crate::ProtocolError;
use crate::secret::secret;

secret!(
    /// An AES-256-GCM key, used for one message.
    AeadKey, 32
);

/// Length of a nonce.
pub const NONCE_LENGTH: usize = 12;
/// Length of the tag.
pub const TAG_LENGTH: usize = 16;

impl AeadKey {
    /// Encrypts, returning the ciphertext with its tag.
    ///
    /// # Errors
    /// [`ProtocolError::Exhausted`] if the plaintext is longer than the mode permits (64 GiB).
    pub fn seal(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        plaintext: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, ProtocolError> {
        Aes256Gcm::new(self.expose().into())
            .encrypt(
                nonce.into(),
                Payload {
                    msg: plaintext,
                    aad,
                },
            )
            .map_err(|_| ProtocolError::Exhausted)
    }

    /// Decrypts a ciphertext with its tag.
    ///
    /// # Errors
    /// [`ProtocolError::Decrypt`] if it does not authenticate or is shorter than a tag.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        ciphertext: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, ProtocolError> {
        Aes256Gcm::new(self.expose().into())
            .decrypt(
                nonce.into(),
                Payload {
                    msg: ciphertext,
                    aad,
                },
            )
            // RAT-4
            .map_err(|_| ProtocolError::Decrypt)
    }
}
