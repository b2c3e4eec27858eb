//! What a login leaves in the store.

use super::clock::UnixMillis;
use super::ids::Address;

/// A challenge that waits for its proof.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// 32 random bytes.
    pub challenge: [u8; 32],
    /// For whom.
    pub device: Address,
    /// Until when.
    pub expires_at: UnixMillis,
}

/// SHA-256 of an access token: what the store knows of it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// Whose token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// The device that logged in.
    pub device: Address,
    /// Until when the token is good.
    pub expires_at: UnixMillis,
}
