//! Who is in a topic: the one place where it is decided whom a topic is served to.

use super::super::db::Db;
use super::super::devices::{self, DeviceRow};
use super::super::rows::{Columns as _, int};
use super::StoreResult;
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{Access, Settings, Visibility};
use crate::domain::{Address, Refusal, TopicId, UnixMillis};

/// A device that is served as a member.
pub(super) type Member = crate::domain::forum::Member<DeviceRow>;

/// A topic's epoch and settings, and whether its last commit removed somebody.
pub(super) async fn state(db: &Db, id: TopicId) -> StoreResult<(u64, Settings, bool)> {
    let row = db
        .optional(
            "SELECT epoch, generation, revision, visibility, history, history_days, last_removed
             FROM topics WHERE id = $1",
            &[&id],
        )
        .await?
        .ok_or(Refusal::NotFound)?;
    let settings = Settings {
        generation: row.number(1)?,
        revision: row.number(2)?,
        visibility: row.visibility(3)?,
        history: row.history(4)?,
        history_days: row.number(5)?,
    };
    Ok((row.number(0)?, settings, row.col(6)?))
}

/// The epoch since which a device has its leaf, and whether it asked to leave.
async fn leaf(db: &Db, id: TopicId, device: DeviceRow) -> StoreResult<Option<(u64, bool)>> {
    let row = db
        .optional(
            "SELECT since_epoch, leave_request IS NOT NULL FROM topic_leaves WHERE device = $2 AND topic_id = $1",
            &[&id, &device.0],
        )
        .await?;
    row.map(|row| Ok((row.number(0)?, row.col(1)?))).transpose()
}

/// The caller as a member; whoever is none does not see the topic.
pub(super) async fn require(db: &Db, caller: Address, id: TopicId) -> StoreResult<Member> {
    let device = devices::require_active(db, caller).await?;
    let (epoch, settings, last_removed) = state(db, id).await?;
    let leaf = leaf(db, id, device).await?;
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

pub(super) async fn access(
    db: &Db,
    caller: Address,
    id: TopicId,
    now: UnixMillis,
) -> StoreResult<Access> {
    let device = devices::require_active(db, caller).await?;
    let (epoch, settings, _) = state(db, id).await?;
    let leaf = leaf(db, id, device).await?;
    let digest = db
        .one("SELECT digest FROM topics WHERE id = $1", &[&id])
        .await?
        .key(0)?;
    let is_admitted = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM topic_admissions WHERE topic_id = $1 AND device = $2 AND expires_at > $3)",
            &[&id, &device.0, &int(now)],
        )
        .await?
        .col(0)?;
    Ok(Access {
        epoch,
        settings,
        is_member: matches!(leaf, Some((_, false))),
        has_leaf: leaf.is_some(),
        is_admitted,
        digest,
    })
}

pub(super) async fn admit(
    db: &Db,
    caller: Address,
    id: TopicId,
    until: UnixMillis,
) -> StoreResult<()> {
    let device = devices::require_active(db, caller).await?;
    db.execute(
        "INSERT INTO topic_admissions (topic_id, device, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (topic_id, device) DO UPDATE SET expires_at = excluded.expires_at",
        &[&id, &device.0, &int(until)],
    )
    .await?;
    Ok(())
}

/// Whether a caller may see that there is the topic: open ones, and those that a device of the caller's user is in.
pub(super) async fn sees(
    db: &Db,
    caller: Address,
    id: TopicId,
    visibility: Visibility,
) -> StoreResult<bool> {
    if visibility == Visibility::Open {
        return Ok(true);
    }
    db.one(
        "SELECT EXISTS (SELECT 1 FROM topic_leaves
         WHERE topic_id = $1 AND user_id = $2 AND leave_request IS NULL)",
        &[&id, &caller.user_id],
    )
    .await?
    .col(0)
}

/// Gives a device a leaf, as if it had none before.
pub(super) async fn insert(
    db: &Db,
    id: TopicId,
    device: Address,
    row: DeviceRow,
    epoch: u64,
) -> StoreResult<()> {
    db.execute(
        "INSERT INTO topic_leaves (topic_id, user_id, device, since_epoch) VALUES ($1, $2, $3, $4)
         ON CONFLICT (topic_id, user_id, device) DO UPDATE SET since_epoch = excluded.since_epoch, leave_request = NULL",
        &[&id, &device.user_id, &row.0, &int(epoch)],
    )
    .await?;
    for delete in [
        "DELETE FROM topic_removals WHERE topic_id = $1 AND device = $2",
        "DELETE FROM topic_admissions WHERE topic_id = $1 AND device = $2",
    ] {
        db.execute(delete, &[&id, &row.0]).await?;
    }
    Ok(())
}

/// Takes a device's leaf, by the commit made in `epoch`.
pub(super) async fn remove(db: &Db, id: TopicId, device: Address, epoch: u64) -> StoreResult<()> {
    // A revoked device has no leaf here any more.
    let Some(row) = devices::active(db, device).await? else {
        return Ok(());
    };
    for delete in [
        "DELETE FROM topic_leaves WHERE device = $2 AND topic_id = $1",
        "DELETE FROM topic_welcomed WHERE device = $2 AND topic_id = $1",
    ] {
        db.execute(delete, &[&id, &row.0]).await?;
    }
    db.execute(
        "INSERT INTO topic_removals (topic_id, device, epoch) VALUES ($1, $2, $3)
         ON CONFLICT (topic_id, device) DO UPDATE SET epoch = excluded.epoch",
        &[&id, &row.0, &int(epoch)],
    )
    .await?;
    Ok(())
}

/// Counts the accounts that are served.
pub(super) async fn count(db: &Db, id: TopicId) -> StoreResult<()> {
    db.execute(
        "UPDATE topics SET members = (SELECT count(DISTINCT user_id) FROM topic_leaves
         WHERE topic_id = $1 AND leave_request IS NULL) WHERE id = $1",
        &[&id],
    )
    .await?;
    Ok(())
}

/// The topics in which a device has a leaf.
pub(super) async fn of_device(db: &Db, device: DeviceRow) -> StoreResult<Vec<TopicId>> {
    let rows = db
        .all(
            "SELECT topic_id FROM topic_leaves WHERE device = $1",
            &[&device.0],
        )
        .await?;
    rows.iter().map(|row| row.col(0)).collect()
}

/// Those of an active device, if it is one.
pub(in super::super) async fn topics_of(db: &Db, device: Address) -> StoreResult<Vec<TopicId>> {
    match devices::active(db, device).await? {
        Some(device) => of_device(db, device).await,
        None => Ok(Vec::new()),
    }
}

/// Takes all leaves, Welcomes and KeyPackages of a device that is being revoked. The groups have its leaves until somebody commits.
pub(in super::super) async fn revoke(db: &Db, device: DeviceRow) -> StoreResult<()> {
    let topics = of_device(db, device).await?;
    for delete in [
        "DELETE FROM topic_leaves WHERE device = $1",
        "DELETE FROM topic_welcomed WHERE device = $1",
        "DELETE FROM topic_removals WHERE device = $1",
        "DELETE FROM topic_admissions WHERE device = $1",
        "DELETE FROM key_packages WHERE device = $1",
    ] {
        db.execute(delete, &[&device.0]).await?;
    }
    for topic in topics {
        count(db, topic).await?;
    }
    Ok(())
}
