//! X25519 with the refusals of §1.

use crate::ProtocolError;
use crate::codec::{Decode, Reader};

/// An X25519 public key that is canonical: u < p over all 256 bits. It may still be of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct X25519PublicKey([u8; 32]);

/// p = 2^255 - 19, little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The points whose order divides 8, on the curve and its twist: 0, 1, two more, and p - 1.
const LOW_ORDER: [[u8; 32]; 5] = {
    let (mut one, mut minus_one) = ([0; 32], P);
    one[0] = 1;
    minus_one[0] -= 1;
    [[0; 32], one, LOW_ORDER_8[0], LOW_ORDER_8[1], minus_one]
};

/// Those of order 8.
const LOW_ORDER_8: [[u8; 32]; 2] = [
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
];

/// Whether a little-endian number is below p. Takes as long as the numbers are alike: for public values.
pub(super) fn is_reduced(number: &[u8; 32]) -> bool {
    number.iter().rev().lt(P.iter().rev())
}

impl X25519PublicKey {
    /// Takes a little-endian u-coordinate.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if u >= p, which covers a set top bit.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, ProtocolError> {
        // ENC-8
        if is_reduced(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(ProtocolError::Decode)
        }
    }

    /// Whether no agreement with this key contributes anything: [`NonContributory`](ProtocolError::NonContributory), whatever the private key.
    // ENC-9
    #[must_use]
    pub fn is_of_low_order(&self) -> bool {
        LOW_ORDER.contains(&self.0)
    }

    /// The little-endian u-coordinate.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `EncodeEC(pk) = 0x05 || u` (§3).
    // PQX-2
    #[must_use]
    pub fn encode_ec(&self) -> [u8; 33] {
        let mut encoded = [0x05; 33];
        for (to, from) in encoded.iter_mut().skip(1).zip(self.0) {
            *to = from;
        }
        encoded
    }
}

crate::codec!(encode X25519PublicKey { 0 });

impl Decode for X25519PublicKey {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        Self::from_bytes(*from.array()?)
    }
}

#[cfg(feature = "client")]
pub use private::{SharedSecret, X25519KeyPair, X25519PrivateKey};

#[cfg(feature = "client")]
mod private {
    use rand_core::CryptoRng;

    use super::X25519PublicKey;
    use crate::ProtocolError;
    use crate::secret::secret;

    secret!(
        /// The result of an X25519 agreement, never all-zero.
        SharedSecret, 32
    );

    secret!(
        /// An X25519 private key, clamped or not: it is clamped where it is used.
        X25519PrivateKey, 32
    );

    impl X25519PrivateKey {
        /// Draws a key.
        pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
            Self::init(|bytes| rng.fill_bytes(bytes))
        }

        /// Clamps 32 bytes into a key (RFC 7748 §5).
        // KEY-4
        #[must_use]
        pub fn from_unclamped(bytes: &[u8; 32]) -> Self {
            Self::init(|key| {
                *key = *bytes;
                let [first, .., last] = key;
                *first &= 0xf8;
                *last = (*last & 0x7f) | 0x40;
            })
        }

        /// The public half.
        #[must_use]
        pub fn public_key(&self) -> X25519PublicKey {
            let private = x25519_dalek::StaticSecret::from(*self.expose());
            X25519PublicKey(x25519_dalek::PublicKey::from(&private).to_bytes())
        }

        /// `X25519(self, theirs)`.
        ///
        /// # Errors
        /// [`ProtocolError::NonContributory`] when the result is all-zero.
        pub fn agree(&self, theirs: &X25519PublicKey) -> Result<SharedSecret, ProtocolError> {
            let private = x25519_dalek::StaticSecret::from(*self.expose());
            let shared = private.diffie_hellman(&x25519_dalek::PublicKey::from(theirs.0));
            // ENC-9
            if shared.was_contributory() {
                Ok(SharedSecret::copy_from(shared.as_bytes()))
            } else {
                Err(ProtocolError::NonContributory)
            }
        }
    }

    /// A private key with its public half, so that it is computed once.
    pub struct X25519KeyPair {
        private: X25519PrivateKey,
        public: X25519PublicKey,
    }

    crate::codec!(struct X25519KeyPair { private, public });

    impl X25519KeyPair {
        /// Draws a pair.
        pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
            Self::from_private(X25519PrivateKey::generate(rng))
        }

        /// The pair of a private key.
        #[must_use]
        pub fn from_private(private: X25519PrivateKey) -> Self {
            let public = private.public_key();
            Self { private, public }
        }

        /// The private half.
        #[must_use]
        pub fn private_key(&self) -> &X25519PrivateKey {
            &self.private
        }

        /// The public half.
        #[must_use]
        pub fn public_key(&self) -> X25519PublicKey {
            self.public
        }

        /// A copy, for the one key that two owners need: the signed prekey is a session's first ratchet key.
        #[must_use]
        pub fn duplicate(&self) -> Self {
            Self {
                private: X25519PrivateKey::copy_from(self.private.expose()),
                public: self.public,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // ENC-8
    #[test]
    fn the_largest_coordinate_is_p_minus_one() {
        let mut below = P;
        below[0] -= 1;
        assert!(X25519PublicKey::from_bytes(below).is_ok());
        assert_eq!(X25519PublicKey::from_bytes(P), Err(ProtocolError::Decode));
        let mut top_bit = [0; 32];
        top_bit[31] = 0x80;
        assert_eq!(
            X25519PublicKey::from_bytes(top_bit),
            Err(ProtocolError::Decode)
        );
    }
}
