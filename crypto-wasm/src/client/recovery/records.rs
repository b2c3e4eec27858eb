//! What is kept of the backup.

use zeroize::Zeroizing;

use crate::client::devices::HandedLine;
use crate::client::error::ClientError;
use crate::client::keys::Place;
use crate::client::records::record;
use crate::client::txn::Txn;
use crate::codec;
use crate::recovery::RecoverySecret;
use crate::store::Collection;
use crate::wire::{ConversationId, Flag, Version1, Wire};

record!(
    /// The backup that this device makes.
    BackupRecord {
        version: Version1,
        secret: RecoverySecret,
        /// Of a passphrase; empty for words.
        salt: Vec<u8>,
        /// Lines are part of it.
        history: Flag,
        /// The highest that was made.
        sequence: u64,
        /// The highest that the relay is known to have had.
        stored: u64,
        /// When that was.
        stored_at: u64,
    }
);

record!(
    /// The device that a profile is to become, with the list that the relay may have by now.
    RestoreRecord {
        version: Version1,
        device: Zeroizing<Vec<u8>>,
        certificate: Vec<u8>,
        device_list: Vec<u8>,
    }
);

/// Lines of a conversation: a piece of a backup.
pub(super) struct BackupLines {
    pub(super) conversation: ConversationId,
    pub(super) lines: Vec<HandedLine>,
}

codec!(struct BackupLines { conversation, lines });

impl Wire for BackupLines {}

fn backup() -> Place {
    (Collection::Meta, b"backup".to_vec())
}

fn restoring() -> Place {
    (Collection::Meta, b"restore".to_vec())
}

impl BackupRecord {
    pub(super) fn find(txn: &mut Txn<'_>) -> Result<Option<Self>, ClientError> {
        txn.record(backup())
    }

    pub(super) fn load(txn: &mut Txn<'_>) -> Result<Self, ClientError> {
        Self::find(txn)?.ok_or(ClientError::NotFound("backup"))
    }

    pub(super) fn save(&self, txn: &mut Txn<'_>) -> Result<(), ClientError> {
        txn.save(backup(), self)
    }

    pub(super) fn delete(txn: &mut Txn<'_>) {
        txn.delete(backup());
    }
}

impl RestoreRecord {
    pub(super) fn find(txn: &mut Txn<'_>) -> Result<Option<Self>, ClientError> {
        txn.record(restoring())
    }

    pub(super) fn save(&self, txn: &mut Txn<'_>) -> Result<(), ClientError> {
        txn.save(restoring(), self)
    }

    pub(super) fn delete(txn: &mut Txn<'_>) {
        txn.delete(restoring());
    }
}
