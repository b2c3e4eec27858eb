//! A topic's next group. Whoever founds it holds the topic.

use super::super::db::Db;
use super::super::rows::{Columns as _, int};
use super::{StoreResult, archive, members};
use crate::domain::forum::NextGroup;
use crate::domain::{Address, Refusal, TopicId};

/// Puts a topic's next group in the place of the one that is. Who was in that one may read its log to the end; posts and links stay.
pub(super) async fn store(db: &Db, next: &NextGroup) -> StoreResult<Vec<Address>> {
    let id = next.topic_id;
    let member = members::require(db, next.founder, id).await?;
    if member.epoch != next.after {
        return Err(Refusal::EpochConflict {
            epoch: member.epoch,
        }
        .into());
    }
    let left = leaves(db, id).await?;
    for device in &left {
        members::remove(db, id, *device, next.after).await?;
    }
    for delete in [
        "DELETE FROM topic_leaves WHERE topic_id = $1",
        "DELETE FROM topic_welcomed WHERE topic_id = $1",
        "DELETE FROM topic_welcomes WHERE topic_id = $1",
    ] {
        db.execute(delete, &[&id]).await?;
    }
    members::insert(db, id, next.founder, member.device, next.epoch).await?;
    archive::drop_wraps(db, id).await?;
    let settings = &next.settings;
    db.execute(
        "UPDATE topics SET epoch = $2, generation = $3, revision = $4, group_info = $5, digest = $6, last_removed = TRUE WHERE id = $1",
        &[
            &id,
            &int(next.epoch),
            &int(settings.generation),
            &int(settings.revision),
            &next.group_info,
            &next.digest.as_slice(),
        ],
    )
    .await?;
    db.execute(
        "INSERT INTO topic_policies (topic_id, revision, policy) VALUES ($1, $2, $3)",
        &[&id, &int(settings.revision), &next.policy],
    )
    .await?;
    db.execute(
        "UPDATE topic_snapshots SET epoch = $2, snapshot = $3 WHERE topic_id = $1",
        &[&id, &int(next.epoch), &next.snapshot],
    )
    .await?;
    members::count(db, id).await?;
    let others = left.into_iter().filter(|device| *device != next.founder);
    Ok(others.collect())
}

async fn leaves(db: &Db, id: TopicId) -> StoreResult<Vec<Address>> {
    let rows = db
        .all(
            "SELECT l.user_id, d.device_id FROM topic_leaves l JOIN devices d ON d.id = l.device WHERE l.topic_id = $1
             ORDER BY l.user_id, d.device_id",
            &[&id],
        )
        .await?;
    rows.iter().map(|row| row.address(0)).collect()
}
