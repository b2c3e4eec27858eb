//! The primitives under the rules of §1. The only module that names primitive crates.

#[cfg(feature = "client")]
pub mod aead;
pub mod dh;
pub mod hash;
#[cfg(feature = "client")]
pub mod kdf;
pub mod kem;
pub mod label;
#[cfg(feature = "client")]
pub mod passphrase;
#[cfg(feature = "topics")]
pub mod random;
pub mod sign;
