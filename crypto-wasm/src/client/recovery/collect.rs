//! What goes into a backup.

use std::mem::take;

use zeroize::Zeroizing;

use super::records::{BackupLines, BackupRecord};
use crate::client::account;
use crate::client::devices::{account_key, of_account};
use crate::client::error::ClientError;
use crate::client::records::encode;
use crate::client::txn::Txn;
use crate::codec;
use crate::crypto::hash::sha256;
use crate::crypto::passphrase::SALT_LENGTH;
use crate::crypto::sign::Signature;
use crate::recovery::{
    BackupManifest, BackupPiece, RecoveryError, RecoveryKeys, RecoverySecret, SealedChunk,
};
use crate::wire::{Flag, Version1};

/// Bytes of lines after which a piece ends.
const PIECE: usize = 32 * 1024;
/// Most bytes of a chunk before it is padded.
const CHUNK: usize = 56 * 1024;

/// A backup as the relay is to keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Higher for each.
    pub sequence: u64,
    /// SHA-256 of the token that a browser without a login shows.
    pub verifier: [u8; 32],
    /// Of the passphrase; empty for words.
    pub salt: Vec<u8>,
    /// Encrypted.
    pub manifest: Vec<u8>,
    /// All of them; those that the relay has need not be sent.
    pub chunks: Vec<SealedChunk>,
}

/// What this device knows of the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupState {
    /// The highest sequence that the relay is known to have had; 0 for none.
    pub stored: u64,
    /// When it had it, Unix milliseconds.
    pub stored_at: u64,
    /// Whether lines are part of it.
    pub history: bool,
    /// Whether it is opened by a passphrase.
    pub passphrase: bool,
}

// REC-6, REC-8
pub(crate) fn set_up(
    txn: &mut Txn<'_>,
    secret: &RecoverySecret,
    salt: Option<&[u8; SALT_LENGTH]>,
    history: bool,
    relay_sequence: u64,
) -> Result<(), ClientError> {
    let own = account::load(txn)?;
    account_key(&own)?;
    let before = BackupRecord::find(txn)?.map_or(0, |record| record.sequence);
    let record = BackupRecord {
        version: Version1,
        secret: RecoverySecret::copy_from(secret.expose()),
        salt: salt.map(|salt| salt.to_vec()).unwrap_or_default(),
        history: Flag(history),
        sequence: before.max(relay_sequence),
        stored: 0,
        stored_at: 0,
    };
    record.save(txn)
}

pub(crate) fn state(txn: &mut Txn<'_>) -> Result<Option<BackupState>, ClientError> {
    Ok(BackupRecord::find(txn)?.map(|record| BackupState {
        stored: record.stored,
        stored_at: record.stored_at,
        history: record.history.0,
        passphrase: !record.salt.is_empty(),
    }))
}

/// A piece in sealed chunks.
fn seal(
    keys: &RecoveryKeys,
    bytes: &[u8],
    into: &mut Vec<SealedChunk>,
) -> Result<BackupPiece, RecoveryError> {
    let mut chunks = Vec::new();
    for part in bytes.chunks(CHUNK) {
        let sealed = keys.seal_chunk(part)?;
        chunks.push(sealed.id);
        into.push(sealed);
    }
    Ok(BackupPiece { chunks })
}

/// The next backup. Its sequence is on the disk before anybody sees it.
// REC-6, REC-8
pub(crate) fn collect(txn: &mut Txn<'_>, now_ms: u64) -> Result<Backup, ClientError> {
    let mut record = BackupRecord::load(txn)?;
    let own = account::load(txn)?;
    let account = account_key(&own)?;
    let since = if record.history.0 { 0 } else { u64::MAX };
    let mut handover = of_account(txn, since)?;
    record.sequence += 1;
    record.save(txn)?;

    let mut pieces = Vec::new();
    for conversation in &mut handover.conversations {
        let mut lines = take(&mut conversation.lines).into_iter().peekable();
        // From the oldest on, so that a new line changes the last piece alone.
        while lines.peek().is_some() {
            let mut piece = BackupLines {
                conversation: conversation.id,
                lines: Vec::new(),
            };
            let mut length = 0;
            while length < PIECE
                && let Some(line) = lines.next()
            {
                length += Zeroizing::new(codec::encode(&[&line])?).len();
                piece.lines.push(line);
            }
            pieces.push(encode(&piece)?);
        }
    }
    let keys = RecoveryKeys::of(&record.secret);
    let mut chunks = Vec::new();
    let mut sealed = vec![seal(&keys, &encode(&handover)?, &mut chunks)?];
    for piece in pieces {
        sealed.push(seal(&keys, &piece, &mut chunks)?);
    }
    let mut manifest = BackupManifest {
        version: Version1,
        user_id: own.user_id,
        account_key: own.account_key,
        sequence: record.sequence,
        created_at_ms: now_ms,
        list_sequence: account::device_list(&own)?.sequence,
        history: record.history,
        pieces: sealed,
        signature: Signature::from_bytes([0; 64]),
    };
    account.sign_backup(&mut manifest)?;
    Ok(Backup {
        sequence: manifest.sequence,
        verifier: sha256(keys.token.expose()),
        salt: record.salt,
        manifest: keys.seal_manifest(&manifest, txn.rng)?,
        chunks,
    })
}

/// The relay has a backup of this device.
// REC-8
pub(crate) fn stored(txn: &mut Txn<'_>, sequence: u64, now_ms: u64) -> Result<(), ClientError> {
    let mut record = BackupRecord::load(txn)?;
    if sequence > record.sequence {
        return Err(ClientError::Relay("a backup that was never made"));
    }
    if sequence > record.stored {
        record.stored = sequence;
        record.stored_at = now_ms;
        record.save(txn)?;
    }
    Ok(())
}

/// Whether the relay still has what it had; `None` if it says that there is no backup.
// REC-8
pub(crate) fn check(txn: &mut Txn<'_>, at_relay: Option<u64>) -> Result<(), ClientError> {
    match BackupRecord::find(txn)? {
        Some(record) if at_relay.unwrap_or(0) < record.stored => {
            Err(RecoveryError::RolledBack.into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn turn_off(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    BackupRecord::delete(txn);
    Ok(())
}
