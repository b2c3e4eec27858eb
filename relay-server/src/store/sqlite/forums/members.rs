//! Who is in a topic: the one place where it is decided whom a topic is served to.

use rusqlite::{Connection, OptionalExtension};

use super::super::devices::{self, DeviceRow};
use super::StoreResult;
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{Access, Settings, Visibility};
use crate::domain::{Address, Refusal, TopicId, UnixMillis};

/// A device that is served as a member.
pub(super) type Member = crate::domain::forum::Member<DeviceRow>;

/// A topic's epoch and settings, and whether its last commit removed somebody.
pub(super) fn state(db: &Connection, id: TopicId) -> StoreResult<(u64, Settings, bool)> {
    let state = db
        .prepare_cached(
            "SELECT epoch, generation, revision, visibility, history, history_days, last_removed
             FROM topics WHERE id = ?1",
        )?
        .query_row((id,), |row| {
            let settings = Settings {
                generation: row.get(1)?,
                revision: row.get(2)?,
                visibility: row.get(3)?,
                history: row.get(4)?,
                history_days: row.get(5)?,
            };
            Ok((row.get(0)?, settings, row.get(6)?))
        })
        .optional()?;
    state.ok_or_else(|| Refusal::NotFound.into())
}

/// The epoch since which a device has its leaf, and whether it asked to leave.
fn leaf(db: &Connection, id: TopicId, device: DeviceRow) -> StoreResult<Option<(u64, bool)>> {
    Ok(db
        .prepare_cached(
            "SELECT since_epoch, leave_request IS NOT NULL FROM topic_leaves WHERE device = ?2 AND topic_id = ?1",
        )?
        .query_row((id, device.0), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The caller as a member; whoever is none does not see the topic.
pub(super) fn require(db: &Connection, caller: Address, id: TopicId) -> StoreResult<Member> {
    let device = devices::require_active(db, caller)?;
    let (epoch, settings, last_removed) = state(db, id)?;
    let leaf = leaf(db, id, device)?;
    let since_epoch = leaf.and_then(|(since, leaves)| (!leaves).then_some(since));
    authorize(Action::UseTopic {
        is_member: since_epoch.is_some(),
    })?;
    Ok(Member {
        device,
        since_epoch: since_epoch.ok_or(Refusal::NotFound)?,
        epoch,
        settings,
        last_removed,
    })
}

pub(super) fn access(
    db: &Connection,
    caller: Address,
    id: TopicId,
    now: UnixMillis,
) -> StoreResult<Access> {
    let device = devices::require_active(db, caller)?;
    let (epoch, settings, _) = state(db, id)?;
    let leaf = leaf(db, id, device)?;
    let digest = db
        .prepare_cached("SELECT digest FROM topics WHERE id = ?1")?
        .query_row((id,), |row| row.get(0))?;
    let is_admitted = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM topic_admissions WHERE topic_id = ?1 AND device = ?2 AND expires_at > ?3)",
        )?
        .query_row((id, device.0, now), |row| row.get(0))?;
    Ok(Access {
        epoch,
        settings,
        is_member: matches!(leaf, Some((_, false))),
        has_leaf: leaf.is_some(),
        is_admitted,
        digest,
    })
}

pub(super) fn admit(
    db: &Connection,
    caller: Address,
    id: TopicId,
    until: UnixMillis,
) -> StoreResult<()> {
    let device = devices::require_active(db, caller)?;
    db.prepare_cached(
        "INSERT INTO topic_admissions (topic_id, device, expires_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (topic_id, device) DO UPDATE SET expires_at = excluded.expires_at",
    )?
    .execute((id, device.0, until))?;
    Ok(())
}

/// Whether a caller may see that there is the topic: open ones, and those that a device of the caller's user is in.
pub(super) fn sees(
    db: &Connection,
    caller: Address,
    id: TopicId,
    visibility: Visibility,
) -> StoreResult<bool> {
    if visibility == Visibility::Open {
        return Ok(true);
    }
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM topic_leaves
             WHERE topic_id = ?1 AND user_id = ?2 AND leave_request IS NULL)",
        )?
        .query_row((id, caller.user_id), |row| row.get(0))?)
}

/// Gives a device a leaf, as if it had none before.
pub(super) fn insert(
    db: &Connection,
    id: TopicId,
    device: Address,
    row: DeviceRow,
    epoch: u64,
) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO topic_leaves (topic_id, user_id, device, since_epoch) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (topic_id, user_id, device) DO UPDATE SET since_epoch = excluded.since_epoch, leave_request = NULL",
    )?
    .execute((id, device.user_id, row.0, epoch))?;
    for table in ["topic_removals", "topic_admissions"] {
        db.prepare_cached(&format!(
            "DELETE FROM {table} WHERE topic_id = ?1 AND device = ?2"
        ))?
        .execute((id, row.0))?;
    }
    Ok(())
}

/// Takes a device's leaf, by the commit made in `epoch`.
pub(super) fn remove(db: &Connection, id: TopicId, device: Address, epoch: u64) -> StoreResult<()> {
    // A revoked device has no leaf here any more.
    let Some(row) = devices::active(db, device)? else {
        return Ok(());
    };
    db.prepare_cached("DELETE FROM topic_leaves WHERE device = ?2 AND topic_id = ?1")?
        .execute((id, row.0))?;
    db.prepare_cached("DELETE FROM topic_welcomed WHERE device = ?2 AND topic_id = ?1")?
        .execute((id, row.0))?;
    db.prepare_cached(
        "INSERT INTO topic_removals (topic_id, device, epoch) VALUES (?1, ?2, ?3)
         ON CONFLICT (topic_id, device) DO UPDATE SET epoch = excluded.epoch",
    )?
    .execute((id, row.0, epoch))?;
    Ok(())
}

/// Counts the accounts that are served.
pub(super) fn count(db: &Connection, id: TopicId) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE topics SET members = (SELECT count(DISTINCT user_id) FROM topic_leaves
         WHERE topic_id = ?1 AND leave_request IS NULL) WHERE id = ?1",
    )?
    .execute((id,))?;
    Ok(())
}

/// The topics in which a device has a leaf.
pub(super) fn of_device(db: &Connection, device: DeviceRow) -> StoreResult<Vec<TopicId>> {
    let mut statement = db.prepare_cached("SELECT topic_id FROM topic_leaves WHERE device = ?1")?;
    let rows = statement.query_map((device.0,), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes all leaves, Welcomes and KeyPackages of a device that is being revoked. The groups have its leaves until somebody commits.
pub(in super::super) fn revoke(db: &Connection, device: DeviceRow) -> StoreResult<()> {
    let topics = of_device(db, device)?;
    for table in [
        "topic_leaves",
        "topic_welcomed",
        "topic_removals",
        "topic_admissions",
        "key_packages",
    ] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE device = ?1"))?
            .execute((device.0,))?;
    }
    for topic in topics {
        count(db, topic)?;
    }
    Ok(())
}
