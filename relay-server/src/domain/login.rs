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

/// Somebody's account with the host application, in host-app mode.
#[derive(Clone, PartialEq, Eq)]
pub struct HostAccount {
    /// Who says so (`iss`).
    pub issuer: String,
    /// Who it is, for the issuer (`sub`).
    pub subject: String,
}

/// What the log may know of it: nothing.
impl std::fmt::Debug for HostAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an account with the host application")
    }
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
