//! The backup of an account at the relay (protocol §10): the secret that opens it, its keys, its chunks and the manifest that lists them.
//! Knows neither storage nor network.

mod chunk;
mod keys;
mod manifest;
mod secret;

pub use chunk::{ChunkId, SealedChunk};
pub use keys::{BackupKey, BackupToken, ChunkIdKey, RecoveryKeys};
pub use manifest::{BackupManifest, BackupPiece};
pub use secret::RecoverySecret;

use crate::ProtocolError;

/// Why a backup cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// What was entered are no 24 words of the list, or their checksum is wrong.
    #[error("these are not the 24 words of a recovery phrase")]
    Phrase,
    /// The passphrase is too short to be one.
    #[error("a passphrase for recovery has at least 12 characters")]
    Passphrase,
    /// It is not what the account's device has stored, or it is another secret's.
    #[error("the backup is damaged, or another secret opens it")]
    Damaged,
    /// The relay gives an older backup than the one that it had.
    #[error("the relay gives an older backup than it had")]
    RolledBack,
}

impl RecoveryError {
    /// Stable code, see `SealpostErrorCode` of the package.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Phrase => "recovery-phrase",
            Self::Passphrase => "recovery-passphrase",
            Self::Damaged => "backup-damaged",
            Self::RolledBack => "backup-rolled-back",
        }
    }
}

/// What does not decode, verify or authenticate was not stored by the account's device.
// REC-7
impl From<ProtocolError> for RecoveryError {
    fn from(_: ProtocolError) -> Self {
        Self::Damaged
    }
}
