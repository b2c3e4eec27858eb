//! `KDF_RK` (§4; Double Ratchet §7.2).

use zeroize::Zeroizing;

use super::chain_key::ChainKey;
use crate::crypto::dh::SharedSecret;
use crate::crypto::kdf::hkdf_sha256;
use crate::pqxdh::SessionSecret;
use crate::secret::secret;

secret!(
    /// The root key, replaced at every step of the Diffie-Hellman ratchet.
    RootKey, 32
);

const INFO: &[u8] = b"Sealpost_RootChain";

impl RootKey {
    /// The first root key is the session secret.
    #[must_use]
    pub fn from_session(secret: &SessionSecret) -> Self {
        Self::copy_from(secret.expose())
    }

    /// `KDF_RK(rk, dh)`: the next root key and the first key of a chain.
    // RAT-1
    #[must_use]
    pub fn step(&self, agreement: &SharedSecret) -> (Self, ChainKey) {
        let mut output = Zeroizing::new([0; 64]);
        hkdf_sha256(self.expose(), agreement.expose(), INFO, &mut output);
        let (root, chain) = output.split_at(32);
        (
            Self::init(|key| key.copy_from_slice(root)),
            ChainKey::init(|key| key.copy_from_slice(chain)),
        )
    }
}
