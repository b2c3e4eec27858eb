//! The code that the new device shows.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::LinkingError;
use crate::codec;
use crate::crypto::dh::X25519PublicKey;
use crate::wire::{Version1, Wire};

/// What stands in the code: where the devices meet, and a key by which the old one knows that it is the new one that it meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkingCode {
    /// 1.
    pub version: Version1,
    /// Id of the rendezvous at the relay, random.
    pub rendezvous: [u8; 16],
    /// The new device's first ephemeral key. The relay does not see it.
    pub key: X25519PublicKey,
}

codec!(struct LinkingCode { version, rendezvous, key });

impl Wire for LinkingCode {}

impl LinkingCode {
    /// As text: base64url without padding.
    ///
    /// # Errors
    /// None in practice.
    // LNK-1
    pub fn to_text(&self) -> Result<String, LinkingError> {
        Ok(Base64UrlUnpadded::encode_string(&self.to_bytes()?))
    }

    /// Reads a code as somebody has copied it: spaces around it are no part of it.
    ///
    /// # Errors
    /// [`LinkingError::Code`].
    // LNK-1
    pub fn from_text(text: &str) -> Result<Self, LinkingError> {
        let bytes = Base64UrlUnpadded::decode_vec(text.trim()).map_err(|_| LinkingError::Code)?;
        Self::from_bytes(&bytes).map_err(|_| LinkingError::Code)
    }

    /// The id of the rendezvous as text, base64url without padding.
    #[must_use]
    pub fn rendezvous_text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.rendezvous)
    }
}
