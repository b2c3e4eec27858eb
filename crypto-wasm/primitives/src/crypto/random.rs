//! A generator that lives from a seed, for libraries that take no generator as an argument.

use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, Rng as _, SeedableRng as _};

use crate::secret::SecretBytes;

/// ChaCha20 under a seed of 32 bytes. Wiped on drop.
pub struct SeededRng(Box<ChaCha20Rng>);

impl SeededRng {
    /// Draws a seed.
    #[must_use]
    pub fn from_rng(rng: &mut dyn CryptoRng) -> Self {
        let seed = SecretBytes::<32>::init(|seed| rng.fill_bytes(seed));
        Self(Box::new(ChaCha20Rng::from_seed(*seed.expose())))
    }

    /// Fills `output`.
    pub fn fill(&mut self, output: &mut [u8]) {
        self.0.fill_bytes(output);
    }
}
