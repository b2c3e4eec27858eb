//! Project Wycheproof's vectors through our own wrappers, natively and in Node. Where a wrapper takes less than the primitive
//! can, or refuses what a file calls valid or acceptable, the vectors concerned are counted and the counts asserted, so that
//! none is left out silently. Each file's head says what and why.

#![expect(clippy::expect_used, clippy::panic, reason = "a failing test panics")]

mod aes_gcm;
mod ed25519;
mod hkdf;
mod hmac;
mod ml_kem;
mod x25519;

/// The bytes as an array, if they have its length.
fn array<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}
