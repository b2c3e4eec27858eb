//! Mailboxes: envelopes in order, until they are acknowledged or too old.

use tokio_postgres::Row;

use super::StoreResult;
use super::db::Db;
use super::devices::{self, DeviceRow};
use super::rows::{Columns as _, int};
use crate::domain::message::{
    MailboxItem, MailboxPage, MailboxRange, NewMessage, OutgoingEnvelope, StoredEnvelope,
};
use crate::domain::{Address, Bytes, Refusal, UnixMillis, UserId};

/// Bytes of content after which a page ends early.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// Appends envelopes of a message under the next seqs. A device's counter stays locked until the transaction is committed:
/// whoever reads a seq has read all before it.
pub(super) async fn append(
    db: &Db,
    message_row: i64,
    message: &NewMessage,
    given: &[(DeviceRow, &OutgoingEnvelope)],
    now: UnixMillis,
) -> StoreResult<()> {
    let devices: Vec<i64> = given.iter().map(|(device, _)| device.0).collect();
    let kinds: Vec<i64> = given
        .iter()
        .map(|(_, envelope)| int(envelope.kind.number()))
        .collect();
    let contents: Vec<&[u8]> = given
        .iter()
        .map(|(_, envelope)| envelope.content.as_slice())
        .collect();
    db.execute(
        "WITH new AS MATERIALIZED (
             SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BYTEA[]) AS new (device, kind, content)),
         counted AS (
             UPDATE devices d SET last_seq = d.last_seq + 1 FROM new WHERE d.id = new.device RETURNING d.id, d.last_seq),
         remembered AS (INSERT INTO deliveries (message, device) SELECT $4, device FROM new)
         INSERT INTO envelopes
         (device, seq, message_id, conversation_id, sender_user, sender_device, kind, content, stored_at)
         SELECT counted.id, counted.last_seq, $5, $6, $7, $8, new.kind, new.content, $9
         FROM counted JOIN new ON new.device = counted.id",
        &[
            &devices,
            &kinds,
            &contents,
            &message_row,
            &message.id,
            &message.conversation_id,
            &message.sender.user_id,
            &int(message.sender.device_id.get()),
            &int(now),
        ],
    )
    .await?;
    Ok(())
}

/// Where the mailbox begins and ends.
pub(super) async fn range(db: &Db, device: DeviceRow) -> StoreResult<MailboxRange> {
    let row = db
        .one(
            "SELECT last_seq, coalesce((SELECT min(seq) FROM envelopes WHERE device = $1), last_seq + 1)
             FROM devices WHERE id = $1",
            &[&device.0],
        )
        .await?;
    Ok(MailboxRange {
        last_seq: row.number(0)?,
        first_seq: row.number(1)?,
    })
}

pub(super) async fn page(
    db: &Db,
    device: Address,
    after: u64,
    limit: u32,
) -> StoreResult<MailboxPage> {
    let device = devices::require_active(db, device).await?;
    let range = range(db, device).await?;
    let rows = db
        .all(
            "SELECT seq, message_id, conversation_id, sender_user, sender_device, kind, content, stored_at
             FROM (SELECT *, sum(octet_length(content)) OVER (ORDER BY seq) AS bytes
                   FROM envelopes WHERE device = $1 AND seq > $2 ORDER BY seq LIMIT $3) page
             WHERE bytes <= $4 OR bytes = octet_length(content) ORDER BY seq",
            &[&device.0, &int(after), &int(limit), &PAGE_BYTES],
        )
        .await?;
    let items = rows.iter().map(item).collect::<Result<_, _>>()?;
    Ok(MailboxPage { range, items })
}

fn item(row: &Row) -> StoreResult<MailboxItem> {
    Ok(MailboxItem {
        seq: row.number(0)?,
        envelope: StoredEnvelope {
            message_id: row.col(1)?,
            conversation_id: row.col(2)?,
            sender: row.address(3)?,
            kind: row.envelope_kind(5)?,
            content: Bytes(row.col(6)?),
            stored_at: row.number(7)?,
        },
    })
}

pub(super) async fn acknowledge(db: &Db, caller: Address, up_to: u64) -> StoreResult<()> {
    let device = devices::require_active(db, caller).await?;
    if up_to > range(db, device).await?.last_seq {
        return Err(Refusal::bad_request("upTo: beyond the last seq").into());
    }
    db.execute(
        "DELETE FROM envelopes WHERE device = $1 AND seq <= $2",
        &[&device.0, &int(up_to)],
    )
    .await?;
    Ok(())
}

/// Some users in whose mailboxes something is too old.
pub(super) async fn expired(db: &Db, kept_since: UnixMillis) -> StoreResult<Vec<UserId>> {
    let rows = db
        .all(
            "SELECT DISTINCT user_id FROM devices JOIN envelopes ON envelopes.device = devices.id
             WHERE envelopes.stored_at < $1 LIMIT 100",
            &[&int(kept_since)],
        )
        .await?;
    rows.iter().map(|row| row.col(0)).collect()
}

/// Cuts old beginnings off the mailboxes of these users, who are held; never a piece out of the middle.
pub(super) async fn expire(db: &Db, users: &[UserId], kept_since: UnixMillis) -> StoreResult<()> {
    db.execute(
        "DELETE FROM envelopes e USING
         (SELECT old.device, max(old.seq) AS seq FROM envelopes old JOIN devices d ON d.id = old.device
          WHERE d.user_id = ANY ($1) AND old.stored_at < $2 GROUP BY old.device) cut
         WHERE e.device = cut.device AND e.seq <= cut.seq",
        &[&users, &int(kept_since)],
    )
    .await?;
    Ok(())
}

/// Forgets old messages; one that is being sent again is kept until the next time.
pub(super) async fn forget(db: &Db, kept_since: UnixMillis) -> StoreResult<()> {
    db.execute(
        "DELETE FROM messages WHERE id IN
         (SELECT id FROM messages WHERE stored_at < $1 FOR UPDATE SKIP LOCKED)",
        &[&int(kept_since)],
    )
    .await?;
    Ok(())
}
