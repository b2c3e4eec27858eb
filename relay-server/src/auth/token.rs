//! Access tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::domain::login::TokenHash;
use crate::error::ApiError;

/// 32 random bytes that stand for a login. Wiped on drop; the store knows the hash only, which is also what keeps
/// looking it up from leaking it bit by bit.
pub struct AccessToken(Zeroizing<[u8; 32]>);

impl AccessToken {
    /// Draws a token.
    ///
    /// # Errors
    /// [`ApiError::Internal`] if the system gives no randomness.
    pub fn generate() -> Result<Self, ApiError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| ApiError::Internal)?;
        Ok(Self(bytes))
    }

    /// Reads a token as clients send it; `None` if it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let bytes = <&[u8; 32]>::try_from(bytes.as_slice()).ok()?;
        Some(Self(Zeroizing::new(*bytes)))
    }

    /// The token as clients send it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// What the store knows of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_slice()).into())
    }
}
