//! Commits, in the order that the relay gives them: one for each epoch.

use rusqlite::{Connection, OptionalExtension};

use super::super::devices::{self, DeviceRow};
use super::{StoreResult, archive, members, welcomes};
use crate::domain::forum::{AcceptedCommit, CommitItem, CommitPage, Committed, JoinMaterial};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, limits};

/// Stores a commit if the topic is still in its epoch.
pub(super) fn store(
    db: &Connection,
    accepted: &AcceptedCommit,
    now: UnixMillis,
) -> StoreResult<Committed> {
    let commit = &accepted.commit;
    let (id, made_in) = (commit.topic_id, commit.epoch);
    let device = devices::require_active(db, commit.committer)?;
    let access = members::access(db, commit.committer, id, now)?;
    if !access.may_commit() {
        return Err(Refusal::NotFound.into());
    }
    let committed = |is_new| Committed {
        epoch: made_in + 1,
        is_new,
    };
    if access.epoch != made_in {
        return if is_committed(db, device, commit.topic_id, made_in, &commit.commit)? {
            Ok(committed(false))
        } else {
            Err(Refusal::EpochConflict {
                epoch: access.epoch,
            }
            .into())
        };
    }
    // Who asked to leave is served no longer, but may come back in the place of its leaf.
    if !accepted.is_external && !access.is_member {
        return Err(Refusal::NotFound.into());
    }
    put(db, accepted, device, now)?;
    move_members(db, accepted, device)?;
    if let Some(policy) = &accepted.policy {
        db.prepare_cached(
            "INSERT INTO topic_policies (topic_id, revision, policy) VALUES (?1, ?2, ?3)",
        )?
        .execute((id, accepted.settings.revision, policy))?;
    }
    if !accepted.removed.is_empty()
        || accepted.settings.history == crate::domain::forum::History::SinceJoining
    {
        archive::drop_wraps(db, id)?;
    }
    let given = (commit.links.as_slice(), commit.wraps.as_slice());
    archive::insert(db, id, (device, &accepted.settings), given, now)?;
    if let Some(welcome) = &commit.welcome {
        let tree = accepted.tree.as_deref().unwrap_or_default();
        welcomes::insert(db, accepted, (&welcome.welcome, tree), now)?;
    }
    if let Some(snapshot) = &accepted.snapshot {
        db.prepare_cached(
            "UPDATE topic_snapshots SET epoch = ?2, snapshot = ?3 WHERE topic_id = ?1",
        )?
        .execute((id, made_in + 1, snapshot))?;
    }
    Ok(committed(true))
}

/// The commit itself, and the topic's new state.
fn put(
    db: &Connection,
    accepted: &AcceptedCommit,
    device: DeviceRow,
    now: UnixMillis,
) -> StoreResult<()> {
    let (commit, settings) = (&accepted.commit, &accepted.settings);
    db.prepare_cached(
        "INSERT INTO topic_commits (topic_id, epoch, committer, commit_bytes, stored_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((commit.topic_id, commit.epoch, device.0, &commit.commit, now))?;
    db.prepare_cached(
        "UPDATE topics SET epoch = ?2, generation = ?3, revision = ?4, visibility = ?5, history = ?6, history_days = ?7,
         group_info = ?8, last_removed = ?9, public_title = CASE WHEN ?5 = 3 THEN public_title END WHERE id = ?1",
    )?
    .execute((
        commit.topic_id,
        commit.epoch + 1,
        settings.generation,
        settings.revision,
        settings.visibility,
        settings.history,
        settings.history_days,
        &commit.group_info,
        !accepted.removed.is_empty(),
    ))?;
    Ok(())
}

fn move_members(
    db: &Connection,
    accepted: &AcceptedCommit,
    committer: DeviceRow,
) -> StoreResult<()> {
    let commit = &accepted.commit;
    let (id, epoch) = (commit.topic_id, commit.epoch + 1);
    for removed in &accepted.removed {
        members::remove(db, id, *removed, commit.epoch)?;
    }
    for added in &accepted.added {
        let Some(row) = devices::active(db, added.address)? else {
            return Err(Refusal::CommitRefused {
                reason: "unknown-device",
            }
            .into());
        };
        if devices::certificate(db, added.address)?.as_ref() != Some(&added.certificate) {
            return Err(Refusal::CommitRefused {
                reason: "unknown-device",
            }
            .into());
        }
        members::insert(db, id, added.address, row, epoch)?;
    }
    if accepted.is_external && accepted.added.is_empty() {
        members::insert(db, id, commit.committer, committer, epoch)?;
    }
    members::count(db, id)
}

pub(super) fn is_committed(
    db: &Connection,
    device: DeviceRow,
    id: TopicId,
    epoch: u64,
    commit: &[u8],
) -> StoreResult<bool> {
    let same = db
        .prepare_cached(
            "SELECT committer = ?3 AND commit_bytes = ?4 FROM topic_commits WHERE topic_id = ?1 AND epoch = ?2",
        )?
        .query_row((id, epoch, device.0, commit), |row| row.get(0))
        .optional()?;
    Ok(same.unwrap_or(false))
}

/// The log, for members, and for who was removed as far as that.
pub(super) fn page(
    db: &Connection,
    caller: Address,
    id: TopicId,
    after: u64,
    limit: u32,
) -> StoreResult<CommitPage> {
    let until = match members::require(db, caller, id) {
        Ok(member) => member.epoch,
        Err(refused) => removal(db, caller, id)?.ok_or(refused)? + 1,
    };
    let mut statement = db.prepare_cached(
        "SELECT epoch, commit_bytes FROM topic_commits WHERE topic_id = ?1 AND epoch >= ?2 AND epoch < ?3
         ORDER BY epoch LIMIT ?4",
    )?;
    let mut items = Vec::new();
    let mut bytes = 0;
    let rows = statement.query_map((id, after, until, limit), |row| {
        Ok(CommitItem {
            epoch: row.get(0)?,
            commit: Bytes(row.get(1)?),
        })
    })?;
    for item in rows {
        let item = item?;
        bytes += item.commit.as_slice().len();
        if bytes > limits::COMMIT_PAGE_BYTES && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    let next = items.last().map(|last: &CommitItem| last.epoch + 1);
    Ok(CommitPage {
        next: next.filter(|next| *next < until),
        items,
    })
}

/// The epoch of the commit that removed the caller's device.
fn removal(db: &Connection, caller: Address, id: TopicId) -> StoreResult<Option<u64>> {
    let device = devices::require_active(db, caller)?;
    Ok(db
        .prepare_cached("SELECT epoch FROM topic_removals WHERE topic_id = ?1 AND device = ?2")?
        .query_row((id, device.0), |row| row.get(0))
        .optional()?)
}

/// The chain of policies up to a revision.
pub(super) fn policies(db: &Connection, id: TopicId, revision: u32) -> StoreResult<Vec<Bytes>> {
    let mut statement = db.prepare_cached(
        "SELECT policy FROM topic_policies WHERE topic_id = ?1 AND revision <= ?2 ORDER BY revision",
    )?;
    let rows = statement.query_map((id, revision), |row| row.get(0).map(Bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn join_material(db: &Connection, id: TopicId) -> StoreResult<JoinMaterial> {
    let (epoch, settings, _) = members::state(db, id)?;
    let (group_info, forum_id, last_seq, public_title) = db
        .prepare_cached(
            "SELECT group_info, forum_id, last_seq, public_title FROM topics WHERE id = ?1",
        )?
        .query_row((id,), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let mut wraps =
        db.prepare_cached("SELECT wrap FROM topic_wraps WHERE topic_id = ?1 ORDER BY secret_id")?;
    let wraps = wraps
        .query_map((id,), |row| row.get(0).map(Bytes))?
        .collect::<Result<_, _>>()?;
    Ok(JoinMaterial {
        epoch,
        forum_id,
        last_seq,
        public_title,
        group_info: Bytes(group_info),
        policies: policies(db, id, settings.revision)?,
        wraps,
    })
}
