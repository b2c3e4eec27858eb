//! The backup of the account at the relay, and coming back from it (protocol §10). As everywhere in the client, each operation is one
//! step, and the caller does the network.

mod collect;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod records;
mod restore;

pub use collect::{Backup, BackupState};
pub use restore::Restore;

use rand_core::CryptoRng;

use super::Client;
use super::devices::DeviceChange;
use super::error::ClientError;
use super::views::{Me, Outcome};
use crate::crypto::passphrase::SALT_LENGTH;
use crate::recovery::RecoverySecret;
use crate::store::Store;

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// This device makes backups from now on, which the secret opens; `salt` is that of a passphrase, and `relay_sequence` that of the backup
    /// that the relay has, or 0.
    ///
    /// # Errors
    /// `forbidden` if this device holds no account key.
    pub async fn set_up_backup(
        &self,
        secret: &RecoverySecret,
        salt: Option<&[u8; SALT_LENGTH]>,
        history: bool,
        relay_sequence: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| collect::set_up(txn, secret, salt, history, relay_sequence))
            .await
    }

    /// What this device knows of the backup; `None` if it makes none.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn backup_state(&self) -> Result<Option<BackupState>, ClientError> {
        self.ask(collect::state).await
    }

    /// The next backup of everything.
    ///
    /// # Errors
    /// `not-found` if none was set up; `forbidden` if this device holds no account key.
    pub async fn back_up(&self, now_ms: u64) -> Result<Outcome<Backup>, ClientError> {
        self.step(|txn| collect::collect(txn, now_ms)).await
    }

    /// The relay has the backup of this sequence.
    ///
    /// # Errors
    /// `not-found` if none was set up; `relay` for one that was never made.
    pub async fn backup_stored(
        &self,
        sequence: u64,
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| collect::stored(txn, sequence, now_ms))
            .await
    }

    /// Compares what the relay has with what it had.
    ///
    /// # Errors
    /// `backup-rolled-back`.
    pub async fn check_backup(&self, at_relay: Option<u64>) -> Result<(), ClientError> {
        self.ask(|txn| collect::check(txn, at_relay)).await
    }

    /// This device makes no backups any more.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn turn_off_backup(&self) -> Result<Outcome<()>, ClientError> {
        self.step(collect::turn_off).await
    }

    /// Draws the device that this profile is to become; it is on disk, and given again until the relay has a later list.
    ///
    /// # Errors
    /// `already-registered`; `backup-damaged` if chunks are missing, or do not make an account.
    pub async fn begin_restore(
        &self,
        restore: &Restore,
        now_ms: u64,
    ) -> Result<Outcome<DeviceChange>, ClientError> {
        self.step(|txn| restore::begin(txn, restore, now_ms)).await
    }

    /// The relay has the new list: this profile is that device of the account from then on, and goes on making the backup.
    ///
    /// # Errors
    /// As [`begin_restore`](Self::begin_restore); `not-found` before it; `invalid-argument` for a name of more than 64 bytes.
    pub async fn finish_restore(
        &self,
        restore: &Restore,
        salt: &[u8],
        name: &str,
        now_ms: u64,
    ) -> Result<Outcome<Me>, ClientError> {
        self.step(|txn| restore::finish(txn, restore, salt, name, now_ms))
            .await
    }
}
