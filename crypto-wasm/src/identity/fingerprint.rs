//! The safety number that two people compare, and the code that they scan (§6).

use crate::codec;
use crate::crypto::hash::sha512;
use crate::crypto::sign::Ed25519PublicKey;
use crate::wire::{UserId, Version1, Wire};

/// Iterations of SHA-512.
const ITERATIONS: usize = 5200;

/// The 60 digits that both users see, without spaces.
// SAF-2
#[must_use]
pub fn safety_number(
    user_a: &UserId,
    account_key_a: &Ed25519PublicKey,
    user_b: &UserId,
    account_key_b: &Ed25519PublicKey,
) -> String {
    let a = digits(user_a, account_key_a);
    let b = digits(user_b, account_key_b);
    if a < b { a + &b } else { b + &a }
}

/// One user's 30 digits.
// SAF-1
fn digits(user_id: &UserId, account_key: &Ed25519PublicKey) -> String {
    let key = account_key.as_bytes();
    let mut hash = sha512(&[&[0, 0], key, user_id.as_bytes(), key]);
    for _ in 1..ITERATIONS {
        hash = sha512(&[&hash, key]);
    }
    let (groups, _) = hash.as_chunks::<5>();
    groups
        .iter()
        .take(6)
        .map(|group| {
            let number = group
                .iter()
                .fold(0_u64, |number, byte| number * 256 + u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect()
}

/// What a scanned QR code holds: the showing user's view of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafetyCode {
    /// Always 1.
    pub version: Version1,
    /// The user who shows the code.
    pub own_user_id: UserId,
    /// That user's account key.
    pub own_account_key: Ed25519PublicKey,
    /// The user who scans it.
    pub peer_user_id: UserId,
    /// That user's account key, as the showing user knows it.
    pub peer_account_key: Ed25519PublicKey,
}

codec!(struct SafetyCode {
    version,
    own_user_id,
    own_account_key,
    peer_user_id,
    peer_account_key,
});

impl Wire for SafetyCode {}

impl SafetyCode {
    /// Whether a code scanned from the peer's screen says the same as this one, seen from the other side.
    // SAF-3
    #[must_use]
    pub fn matches(&self, scanned: &Self) -> bool {
        self.own_user_id == scanned.peer_user_id
            && self.own_account_key == scanned.peer_account_key
            && self.peer_user_id == scanned.own_user_id
            && self.peer_account_key == scanned.own_account_key
    }
}
