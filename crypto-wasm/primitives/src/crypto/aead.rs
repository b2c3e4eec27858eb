//! AES-GCM with a 12-byte nonce and the 16-byte tag last: AES-256 everywhere but in MLS, whose ciphersuite has AES-128.

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

/// AES-128-GCM for MLS, whose keys are slices.
///
/// # Errors
/// [`ProtocolError::Decode`] for a key or nonce of another length, [`ProtocolError::Exhausted`] as [`AeadKey::seal`].
#[cfg(feature = "topics")]
pub fn seal_aes128(
    key: &[u8],
    nonce: &[u8],
    plaintext: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, ProtocolError> {
    let (cipher, nonce) = aes128(key, nonce)?;
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    cipher
        .encrypt(nonce.into(), payload)
        .map_err(|_| ProtocolError::Exhausted)
}

/// The reverse of [`seal_aes128`].
///
/// # Errors
/// [`ProtocolError::Decode`] as [`seal_aes128`], [`ProtocolError::Decrypt`] as [`AeadKey::open`].
#[cfg(feature = "topics")]
pub fn open_aes128(
    key: &[u8],
    nonce: &[u8],
    ciphertext: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, ProtocolError> {
    let (cipher, nonce) = aes128(key, nonce)?;
    let payload = Payload {
        msg: ciphertext,
        aad,
    };
    cipher
        .decrypt(nonce.into(), payload)
        .map_err(|_| ProtocolError::Decrypt)
}

#[cfg(feature = "topics")]
fn aes128<'a>(
    key: &[u8],
    nonce: &'a [u8],
) -> Result<(aes_gcm::Aes128Gcm, &'a [u8; NONCE_LENGTH]), ProtocolError> {
    let cipher = aes_gcm::Aes128Gcm::new_from_slice(key).map_err(|_| ProtocolError::Decode)?;
    let nonce = nonce.try_into().map_err(|_| ProtocolError::Decode)?;
    Ok((cipher, nonce))
}
