//! One type per secret: on the heap, wiped on drop, compared in constant time, with neither `Debug` nor `Clone`.

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ProtocolError;
use crate::codec::{Decode, Encode, Reader, Writer};

/// `N` secret bytes. Named secrets are newtypes of it.
pub struct SecretBytes<const N: usize>(Box<[u8; N]>);

impl<const N: usize> SecretBytes<N> {
    /// Fills a new secret in place, so that no copy is left elsewhere.
    pub fn init(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    /// The same, where filling may fail.
    ///
    /// # Errors
    /// What `fill` returns.
    pub fn try_init<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The bytes; not to be copied into anything that is not wiped.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

// ENC-12
impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for SecretBytes<N> {}

// ENC-12
impl<const N: usize> ConstantTimeEq for SecretBytes<N> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.as_slice().ct_eq(other.0.as_slice())
    }
}

impl<const N: usize> PartialEq for SecretBytes<N> {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl<const N: usize> Eq for SecretBytes<N> {}

impl<const N: usize> Encode for SecretBytes<N> {
    fn encode(&self, to: &mut Writer) {
        to.put(self.0.as_slice());
    }
}

impl<const N: usize> Decode for SecretBytes<N> {
    fn decode(from: &mut Reader<'_>) -> Result<Self, ProtocolError> {
        let bytes = from.array()?;
        Ok(Self::init(|secret| *secret = *bytes))
    }
}

/// Declares a named secret over [`SecretBytes`].
#[cfg(feature = "client")]
#[doc(hidden)]
#[macro_export]
macro_rules! __secret {
    ($(#[$meta:meta])* $name:ident, $length:literal) => {
        $(#[$meta])*
        #[derive(PartialEq, Eq)]
        pub struct $name($crate::secret::SecretBytes<$length>);

        $crate::codec!(struct $name { 0 });

        impl zeroize::ZeroizeOnDrop for $name {}

        impl $name {
            /// Fills a new secret in place.
            pub fn init(fill: impl FnOnce(&mut [u8; $length])) -> Self {
                Self($crate::secret::SecretBytes::init(fill))
            }

            /// Copies a secret from a buffer that the caller wipes.
            #[must_use]
            pub fn copy_from(bytes: &[u8; $length]) -> Self {
                Self::init(|secret| secret.copy_from_slice(bytes))
            }

            /// The bytes; not to be copied into anything that is not wiped.
            #[must_use]
            pub fn expose(&self) -> &[u8; $length] {
                self.0.expose()
            }
        }
    };
}
#[cfg(feature = "client")]
#[doc(inline)]
pub use __secret as secret;

#[cfg(test)]
mod tests {
    use super::*;

    // ENC-12
    #[test]
    fn compares_whole_value() {
        let a = SecretBytes::<4>::init(|bytes| *bytes = [1, 2, 3, 4]);
        let b = SecretBytes::<4>::init(|bytes| *bytes = [1, 2, 3, 4]);
        let c = SecretBytes::<4>::init(|bytes| *bytes = [1, 2, 3, 5]);
        assert!(a == b);
        assert!(a != c);
    }

    #[test]
    fn a_failed_fill_is_reported() {
        assert!(SecretBytes::<4>::try_init(|_| Err(())).is_err());
    }
}
