//! Welcomes that wait for the devices that were added.

use rusqlite::Connection;

use super::super::devices;
use super::{StoreResult, commits};
use crate::domain::forum::{AcceptedCommit, Welcome};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis};

/// Bytes of Welcomes and trees after which a page ends.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

pub(super) fn insert(
    db: &Connection,
    accepted: &AcceptedCommit,
    (welcome, tree): (&[u8], &[u8]),
    now: UnixMillis,
) -> StoreResult<()> {
    let (id, epoch) = (accepted.commit.topic_id, accepted.commit.epoch + 1);
    db.prepare_cached(
        "INSERT INTO topic_welcomes (topic_id, epoch, revision, welcome, tree, stored_at, last_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT last_seq FROM topics WHERE id = ?1))",
    )?
    .execute((id, epoch, accepted.settings.revision, welcome, tree, now))?;
    for added in &accepted.added {
        let device = devices::active(db, added.address)?.ok_or(Refusal::NotFound)?;
        db.prepare_cached("DELETE FROM topic_welcomed WHERE device = ?1 AND topic_id = ?2")?
            .execute((device.0, id))?;
        db.prepare_cached(
            "INSERT INTO topic_welcomed (device, topic_id, epoch) VALUES (?1, ?2, ?3)",
        )?
        .execute((device.0, id, epoch))?;
    }
    Ok(())
}

pub(super) fn page(
    db: &Connection,
    caller: Address,
    after: u64,
    limit: u32,
) -> StoreResult<Vec<(u64, Welcome)>> {
    let device = devices::require_active(db, caller)?;
    let mut statement = db.prepare_cached(
        "SELECT d.id, w.topic_id, w.epoch, w.welcome, w.tree, w.revision, t.forum_id,
                coalesce(w.last_seq, t.last_seq)
         FROM topic_welcomed d JOIN topic_welcomes w ON w.topic_id = d.topic_id AND w.epoch = d.epoch
         JOIN topics t ON t.id = d.topic_id
         WHERE d.device = ?1 AND d.id > ?2 ORDER BY d.id LIMIT ?3",
    )?;
    let mut rows = statement.query((device.0, after, limit))?;
    let mut items = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let (topic_id, revision): (TopicId, u32) = (row.get(1)?, row.get(5)?);
        let (welcome, tree): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
        bytes += welcome.len() + tree.len();
        if bytes > PAGE_BYTES && !items.is_empty() {
            break;
        }
        let welcome = Welcome {
            topic_id,
            forum_id: row.get(6)?,
            last_seq: row.get(7)?,
            epoch: row.get(2)?,
            welcome: Bytes(welcome),
            tree: Bytes(tree),
            policies: commits::policies(db, topic_id, revision)?,
        };
        items.push((row.get(0)?, welcome));
    }
    Ok(items)
}

/// Drops one device's Welcome, and what it shared with others if it was the last.
pub(super) fn remove(db: &Connection, caller: Address, id: TopicId, epoch: u64) -> StoreResult<()> {
    let device = devices::require_active(db, caller)?;
    db.prepare_cached(
        "DELETE FROM topic_welcomed WHERE device = ?1 AND topic_id = ?2 AND epoch = ?3",
    )?
    .execute((device.0, id, epoch))?;
    db.prepare_cached(
        "DELETE FROM topic_welcomes WHERE topic_id = ?1 AND epoch = ?2 AND NOT EXISTS
         (SELECT 1 FROM topic_welcomed WHERE topic_id = ?1 AND epoch = ?2)",
    )?
    .execute((id, epoch))?;
    Ok(())
}
