//! A topic's next group.

use rusqlite::Connection;

use super::{StoreResult, archive, members};
use crate::domain::forum::NextGroup;
use crate::domain::{Address, DeviceId, Refusal, TopicId};

/// Puts a topic's next group in the place of the one that is. Who was in that one may read its log to the end; posts and links stay.
pub(super) fn store(db: &Connection, next: &NextGroup) -> StoreResult<Vec<Address>> {
    let id = next.topic_id;
    let member = members::require(db, next.founder, id)?;
    if member.epoch != next.after {
        return Err(Refusal::EpochConflict {
            epoch: member.epoch,
        }
        .into());
    }
    let left = leaves(db, id)?;
    for device in &left {
        members::remove(db, id, *device, next.after)?;
    }
    db.prepare_cached("DELETE FROM topic_leaves WHERE topic_id = ?1")?
        .execute((id,))?;
    db.prepare_cached("DELETE FROM topic_welcomed WHERE topic_id = ?1")?
        .execute((id,))?;
    db.prepare_cached("DELETE FROM topic_welcomes WHERE topic_id = ?1")?
        .execute((id,))?;
    members::insert(db, id, next.founder, member.device, next.epoch)?;
    archive::drop_wraps(db, id)?;
    let settings = &next.settings;
    db.prepare_cached(
        "UPDATE topics SET epoch = ?2, generation = ?3, revision = ?4, group_info = ?5, digest = ?6, last_removed = 1 WHERE id = ?1",
    )?
    .execute((
        id,
        next.epoch,
        settings.generation,
        settings.revision,
        &next.group_info,
        next.digest,
    ))?;
    db.prepare_cached(
        "INSERT INTO topic_policies (topic_id, revision, policy) VALUES (?1, ?2, ?3)",
    )?
    .execute((id, settings.revision, &next.policy))?;
    db.prepare_cached("UPDATE topic_snapshots SET epoch = ?2, snapshot = ?3 WHERE topic_id = ?1")?
        .execute((id, next.epoch, &next.snapshot))?;
    members::count(db, id)?;
    Ok(left
        .into_iter()
        .filter(|device| *device != next.founder)
        .collect())
}

fn leaves(db: &Connection, id: TopicId) -> StoreResult<Vec<Address>> {
    let mut statement = db.prepare_cached(
        "SELECT l.user_id, d.device_id FROM topic_leaves l JOIN devices d ON d.id = l.device WHERE l.topic_id = ?1",
    )?;
    let rows = statement.query_map((id,), |row| {
        let device_id: DeviceId = row.get(1)?;
        Ok(Address {
            user_id: row.get(0)?,
            device_id,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
