//! ML-KEM-1024 (FIPS 203).

use crate::ProtocolError;
use crate::codec::{Decode, Encode, Reader, Writer};

/// Length of an encapsulation key.
pub const PUBLIC_KEY_LENGTH: usize = 1568;
/// Length of a ciphertext.
pub const CIPHERTEXT_LENGTH: usize = 1568;

/// Coefficients in an encapsulation key: four polynomials of degree 255.
const COEFFICIENTS: usize = 4 * 256;

/// An encapsulation key of the right length whose coefficients are below q (FIPS 203 §7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KemPublicKey(Box<[u8; PUBLIC_KEY_LENGTH]>);

/// A ciphertext of the right length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KemCiphertext(Box<[u8; CIPHERTEXT_LENGTH]>);

impl KemPublicKey {
    /// Takes an encoded encapsulation key.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if its length is wrong or a coefficient is not below q.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        let bytes: Box<[u8; PUBLIC_KEY_LENGTH]> =
            // ENC-10
            Box::new(bytes.try_into().map_err(|_| ProtocolError::Decode)?);
        // ENC-10
        if has_coefficients_below_q(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(ProtocolError::Decode)
        }
    }

    /// The encoded key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; PUBLIC_KEY_LENGTH] {
        &self.0
    }
}

/// The modulus check of FIPS 203 §7.2 on the encoding: two coefficients of 12 bits in 3 bytes, little-endian, and the
/// 32-byte seed behind them. Decoding for use checks again, but does much more, and most keys are only passed on.
fn has_coefficients_below_q(key: &[u8; PUBLIC_KEY_LENGTH]) -> bool {
    const Q: u16 = 3329;
    let (coefficients, _) = key.as_chunks::<3>();
    coefficients
        .iter()
        .take(COEFFICIENTS / 2)
        .all(|&[low, middle, high]| {
            let first = u16::from(low) | (u16::from(middle) & 0x0f) << 8;
            let second = u16::from(middle) >> 4 | u16::from(high) << 4;
            first < Q && second < Q
        })
}

impl KemCiphertext {
    /// Takes a ciphertext.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if its length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProtocolError> {
        // ENC-10
        Ok(Self(Box::new(
            bytes.try_into().map_err(|_| ProtocolError::Decode)?,
        )))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; CIPHERTEXT_LENGTH] {
        &self.0
    }
}

/// Both travel as `opaque<V>`.
macro_rules! opaque {
    ($name:ident) => {
        impl Encode for $name {
            fn encode(&self, to: &mut Writer) {
                to.vector_of_bytes(self.0.as_slice());
            }
        }

        impl Decode for $name {
            fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
                Self::from_bytes(from.vector()?)
            }
        }
    };
}
opaque!(KemPublicKey);
opaque!(KemCiphertext);

#[cfg(feature = "client")]
pub use private::{KemPrivateSeed, KemSharedSecret};

#[cfg(feature = "client")]
mod private {
    use ml_kem::{
        B32, Decapsulate, DecapsulationKey, Encapsulate, EncapsulationKey, KeyExport, MlKem1024,
    };
    use rand_core::CryptoRng;

    use super::{KemCiphertext, KemPublicKey};
    use crate::ProtocolError;
    use crate::secret::secret;

    secret!(
        /// A decapsulation key in the form in which it is stored: the 64-byte seed `d || z` (§2).
        // KEY-5
        KemPrivateSeed, 64
    );

    secret!(
        /// What an encapsulation shares.
        KemSharedSecret, 32
    );

    impl KemPrivateSeed {
        /// Draws a key.
        pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
            Self::init(|seed| rng.fill_bytes(seed))
        }

        fn expand(&self) -> DecapsulationKey<MlKem1024> {
            let mut seed = ml_kem::Seed::default();
            seed.copy_from_slice(self.expose());
            let key = DecapsulationKey::from_seed(seed);
            zeroize::Zeroize::zeroize(seed.as_mut_slice());
            key
        }

        /// The encapsulation key.
        #[must_use]
        pub fn public_key(&self) -> KemPublicKey {
            public_key(&self.expand())
        }

        /// Decapsulates; a damaged ciphertext gives an unrelated secret (implicit rejection). Also returns the
        /// encapsulation key, which expanding the seed gives anyway.
        #[must_use]
        pub fn decapsulate(&self, ciphertext: &KemCiphertext) -> (KemSharedSecret, KemPublicKey) {
            let key = self.expand();
            let mut shared = key.decapsulate(&(*ciphertext.0).into());
            let secret = copy_and_wipe(&mut shared);
            (secret, public_key(&key))
        }
    }

    impl KemPublicKey {
        /// Encapsulates to this key; the coins `m` are the next 32 bytes of `rng`.
        ///
        /// # Errors
        /// None in practice: the key was checked when it was decoded.
        pub fn encapsulate(
            &self,
            mut rng: &mut dyn CryptoRng,
        ) -> Result<(KemCiphertext, KemSharedSecret), ProtocolError> {
            let key = EncapsulationKey::<MlKem1024>::new(&(*self.0).into())
                .map_err(|_| ProtocolError::Decode)?;
            let (ciphertext, mut shared) = key.encapsulate_with_rng(&mut rng);
            let secret = copy_and_wipe(&mut shared);
            Ok((KemCiphertext::from_bytes(ciphertext.as_slice())?, secret))
        }
    }

    fn public_key(key: &DecapsulationKey<MlKem1024>) -> KemPublicKey {
        KemPublicKey(Box::new(key.encapsulation_key().to_bytes().into()))
    }

    fn copy_and_wipe(shared: &mut B32) -> KemSharedSecret {
        let secret = KemSharedSecret::init(|bytes| bytes.copy_from_slice(shared));
        zeroize::Zeroize::zeroize(shared.as_mut_slice());
        secret
    }
}
