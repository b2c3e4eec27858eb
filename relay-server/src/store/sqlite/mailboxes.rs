//! Mailboxes: envelopes in order, until they are acknowledged or too old.

use rusqlite::{Connection, Row};

use super::devices::{self, DeviceRow};
use super::{StoreResult, rows};
use crate::domain::message::{
    MailboxItem, MailboxPage, MailboxRange, NewMessage, OutgoingEnvelope, StoredEnvelope,
};
use crate::domain::{Address, Bytes, Refusal, UnixMillis};

/// Bytes of content after which a page ends early.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Appends an envelope under the next seq. Only the writer gets here, so that seqs are contiguous.
pub(super) fn append(
    db: &Connection,
    device: DeviceRow,
    message: &NewMessage,
    envelope: &OutgoingEnvelope,
    now: UnixMillis,
) -> StoreResult<()> {
    let seq: u64 = db
        .prepare_cached(
            "UPDATE devices SET last_seq = last_seq + 1 WHERE id = ?1 RETURNING last_seq",
        )?
        .query_row((device.0,), |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO envelopes
         (device, seq, message_id, conversation_id, sender_user, sender_device, kind, content, stored_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        device.0,
        seq,
        message.id,
        message.conversation_id,
        message.sender.user_id,
        message.sender.device_id,
        envelope.kind,
        &envelope.content,
        now,
    ))?;
    Ok(())
}

/// Where the mailbox begins and ends.
pub(super) fn range(db: &Connection, device: DeviceRow) -> StoreResult<MailboxRange> {
    Ok(db
        .prepare_cached(
            "SELECT last_seq, coalesce((SELECT min(seq) FROM envelopes WHERE device = ?1), last_seq + 1)
             FROM devices WHERE id = ?1",
        )?
        .query_row((device.0,), |row| Ok(MailboxRange { last_seq: row.get(0)?, first_seq: row.get(1)? }))?)
}

pub(super) fn page(
    db: &Connection,
    device: Address,
    after: u64,
    limit: u32,
) -> StoreResult<MailboxPage> {
    let device = devices::require_active(db, device)?;
    let range = range(db, device)?;
    let mut statement = db.prepare_cached(
        "SELECT seq, message_id, conversation_id, sender_user, sender_device, kind, content, stored_at
         FROM envelopes WHERE device = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut items = Vec::new();
    let mut bytes = 0;
    for item in statement.query_map((device.0, after, limit), item)? {
        let item = item?;
        bytes += item.envelope.content.0.len();
        if bytes > PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    Ok(MailboxPage { range, items })
}

fn item(row: &Row<'_>) -> rusqlite::Result<MailboxItem> {
    Ok(MailboxItem {
        seq: row.get(0)?,
        envelope: StoredEnvelope {
            message_id: row.get(1)?,
            conversation_id: row.get(2)?,
            sender: rows::address(row, 3)?,
            kind: row.get(5)?,
            content: Bytes(row.get(6)?),
            stored_at: row.get(7)?,
        },
    })
}

pub(super) fn acknowledge(db: &Connection, caller: Address, up_to: u64) -> StoreResult<()> {
    let device = devices::require_active(db, caller)?;
    if up_to > range(db, device)?.last_seq {
        return Err(Refusal::bad_request("upTo: beyond the last seq").into());
    }
    db.prepare_cached("DELETE FROM envelopes WHERE device = ?1 AND seq <= ?2")?
        .execute((device.0, up_to))?;
    Ok(())
}

/// Cuts old beginnings off the mailboxes, never a piece out of the middle, and forgets old messages.
pub(super) fn expire(db: &Connection, kept_since: UnixMillis) -> StoreResult<()> {
    db.prepare_cached(
        "DELETE FROM envelopes WHERE seq <=
         (SELECT max(old.seq) FROM envelopes old WHERE old.device = envelopes.device AND old.stored_at < ?1)
         AND device IN (SELECT device FROM envelopes WHERE stored_at < ?1)",
    )?
    .execute((kept_since,))?;
    db.prepare_cached("DELETE FROM messages WHERE stored_at < ?1")?
        .execute((kept_since,))?;
    Ok(())
}
