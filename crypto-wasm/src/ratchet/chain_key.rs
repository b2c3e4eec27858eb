//! `KDF_CK` (§4; Double Ratchet §7.2).

use super::message_key::MessageKey;
use crate::crypto::kdf::hmac_sha256_byte;
use crate::secret::secret;

secret!(
    /// A chain key, replaced at every message.
    ChainKey, 32
);

// RAT-1
impl ChainKey {
    /// `mk = HMAC-SHA-256(ck, 0x01)`.
    #[must_use]
    pub fn message_key(&self) -> MessageKey {
        #[cfg(test)]
        super::tests::count_derivation();
        MessageKey::init(|key| hmac_sha256_byte(self.expose(), 0x01, key))
    }

    /// `ck' = HMAC-SHA-256(ck, 0x02)`.
    #[must_use]
    pub fn next(&self) -> Self {
        #[cfg(test)]
        super::tests::count_derivation();
        Self::init(|key| hmac_sha256_byte(self.expose(), 0x02, key))
    }
}
