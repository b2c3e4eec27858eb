//! Welcomes that wait for the devices that were added.

use super::super::db::Db;
use super::super::devices;
use super::super::rows::{Columns as _, int};
use super::{StoreResult, commits};
use crate::domain::forum::{AcceptedCommit, Welcome};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis};

/// Bytes of Welcomes and trees after which a page ends.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// The rows of a device come in the order of their numbers, since whoever adds it holds its user.
pub(super) async fn insert(
    db: &Db,
    accepted: &AcceptedCommit,
    (welcome, tree): (&[u8], &[u8]),
    now: UnixMillis,
) -> StoreResult<()> {
    let (id, epoch) = (accepted.commit.topic_id, accepted.commit.epoch + 1);
    db.execute(
        "INSERT INTO topic_welcomes (topic_id, epoch, revision, welcome, tree, stored_at, last_seq)
         SELECT $1, $2, $3, $4, $5, $6, last_seq FROM topics WHERE id = $1",
        &[
            &id,
            &int(epoch),
            &int(accepted.settings.revision),
            &welcome,
            &tree,
            &int(now),
        ],
    )
    .await?;
    for added in &accepted.added {
        let device = devices::active(db, added.address)
            .await?
            .ok_or(Refusal::NotFound)?;
        db.execute(
            "DELETE FROM topic_welcomed WHERE device = $1 AND topic_id = $2",
            &[&device.0, &id],
        )
        .await?;
        db.execute(
            "INSERT INTO topic_welcomed (device, topic_id, epoch) VALUES ($1, $2, $3)",
            &[&device.0, &id, &int(epoch)],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn page(
    db: &Db,
    caller: Address,
    after: u64,
    limit: u32,
) -> StoreResult<Vec<(u64, Welcome)>> {
    let device = devices::require_active(db, caller).await?;
    let rows = db
        .all(
            "SELECT page.id, page.topic_id, page.epoch, page.welcome, page.tree, page.revision, t.forum_id, page.last_seq
             FROM (SELECT d.id, w.*, sum(octet_length(w.welcome) + octet_length(w.tree)) OVER (ORDER BY d.id) AS bytes
                   FROM topic_welcomed d JOIN topic_welcomes w ON w.topic_id = d.topic_id AND w.epoch = d.epoch
                   WHERE d.device = $1 AND d.id > $2 ORDER BY d.id LIMIT $3) page
             JOIN topics t ON t.id = page.topic_id
             WHERE page.bytes <= $4 OR page.bytes = octet_length(page.welcome) + octet_length(page.tree) ORDER BY page.id",
            &[&device.0, &int(after), &int(limit), &PAGE_BYTES],
        )
        .await?;
    let mut items = Vec::new();
    for row in rows {
        let topic_id: TopicId = row.col(1)?;
        let welcome = Welcome {
            topic_id,
            forum_id: row.col(6)?,
            last_seq: row.number(7)?,
            epoch: row.number(2)?,
            welcome: Bytes(row.col(3)?),
            tree: Bytes(row.col(4)?),
            policies: commits::policies(db, topic_id, row.number(5)?).await?,
        };
        items.push((row.number(0)?, welcome));
    }
    Ok(items)
}

/// Drops one device's Welcome, and what it shared with others if it was the last. Whoever does holds the topic.
pub(super) async fn remove(db: &Db, caller: Address, id: TopicId, epoch: u64) -> StoreResult<()> {
    let device = devices::require_active(db, caller).await?;
    db.execute(
        "DELETE FROM topic_welcomed WHERE device = $1 AND topic_id = $2 AND epoch = $3",
        &[&device.0, &id, &int(epoch)],
    )
    .await?;
    db.execute(
        "DELETE FROM topic_welcomes WHERE topic_id = $1 AND epoch = $2 AND NOT EXISTS
         (SELECT 1 FROM topic_welcomed WHERE topic_id = $1 AND epoch = $2)",
        &[&id, &int(epoch)],
    )
    .await?;
    Ok(())
}
