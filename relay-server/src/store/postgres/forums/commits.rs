//! Commits, in the order that the relay gives them: one for each epoch. Whoever commits holds the topic.

use super::super::db::Db;
use super::super::devices::{self, DeviceRow};
use super::super::rows::{Columns as _, int};
use super::{StoreResult, archive, members, welcomes};
use crate::domain::forum::{
    AcceptedCommit, CommitItem, CommitPage, Committed, History, JoinMaterial,
};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, limits};

/// Stores a commit if the topic is still in its epoch.
pub(super) async fn store(
    db: &Db,
    accepted: &AcceptedCommit,
    now: UnixMillis,
) -> StoreResult<Committed> {
    let commit = &accepted.commit;
    let (id, made_in) = (commit.topic_id, commit.epoch);
    let device = devices::require_active(db, commit.committer).await?;
    let access = members::access(db, commit.committer, id, now).await?;
    if !access.may_commit() {
        return Err(Refusal::NotFound.into());
    }
    let committed = |is_new| Committed {
        epoch: made_in + 1,
        is_new,
    };
    if access.epoch != made_in {
        return if is_committed(db, device, commit.topic_id, made_in, &commit.commit).await? {
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
    put(db, accepted, device, now).await?;
    move_members(db, accepted, device).await?;
    if let Some(policy) = &accepted.policy {
        db.execute(
            "INSERT INTO topic_policies (topic_id, revision, policy) VALUES ($1, $2, $3)",
            &[&id, &int(accepted.settings.revision), policy],
        )
        .await?;
    }
    if !accepted.removed.is_empty() || accepted.settings.history == History::SinceJoining {
        archive::drop_wraps(db, id).await?;
    }
    let given = (commit.links.as_slice(), commit.wraps.as_slice());
    archive::insert(db, id, (device, &accepted.settings), given, now).await?;
    if let Some(welcome) = &commit.welcome {
        let tree = accepted.tree.as_deref().unwrap_or_default();
        welcomes::insert(db, accepted, (&welcome.welcome, tree), now).await?;
    }
    if let Some(snapshot) = &accepted.snapshot {
        db.execute(
            "UPDATE topic_snapshots SET epoch = $2, snapshot = $3 WHERE topic_id = $1",
            &[&id, &int(made_in + 1), snapshot],
        )
        .await?;
    }
    Ok(committed(true))
}

/// The commit itself, and the topic's new state, if its epoch is what it was.
async fn put(
    db: &Db,
    accepted: &AcceptedCommit,
    device: DeviceRow,
    now: UnixMillis,
) -> StoreResult<()> {
    let (commit, settings) = (&accepted.commit, &accepted.settings);
    let moved = db
        .execute(
            "UPDATE topics SET epoch = $3, generation = $4, revision = $5, visibility = $6::BIGINT, history = $7,
             history_days = $8, group_info = $9, last_removed = $10,
             public_title = CASE WHEN $6::BIGINT = 3 THEN public_title END WHERE id = $1 AND epoch = $2",
            &[
                &commit.topic_id,
                &int(commit.epoch),
                &int(commit.epoch + 1),
                &int(settings.generation),
                &int(settings.revision),
                &int(settings.visibility.number()),
                &int(settings.history.number()),
                &int(settings.history_days),
                &commit.group_info,
                &!accepted.removed.is_empty(),
            ],
        )
        .await?;
    if moved == 0 {
        let (epoch, ..) = members::state(db, commit.topic_id).await?;
        return Err(Refusal::EpochConflict { epoch }.into());
    }
    db.execute(
        "INSERT INTO topic_commits (topic_id, epoch, committer, commit_bytes, stored_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            &commit.topic_id,
            &int(commit.epoch),
            &device.0,
            &commit.commit,
            &int(now),
        ],
    )
    .await?;
    Ok(())
}

async fn move_members(db: &Db, accepted: &AcceptedCommit, committer: DeviceRow) -> StoreResult<()> {
    let commit = &accepted.commit;
    let (id, epoch) = (commit.topic_id, commit.epoch + 1);
    for removed in &accepted.removed {
        members::remove(db, id, *removed, commit.epoch).await?;
    }
    for added in &accepted.added {
        let unknown = Refusal::CommitRefused {
            reason: "unknown-device",
        };
        let Some(row) = devices::active(db, added.address).await? else {
            return Err(unknown.into());
        };
        let certificate = devices::certificate(db, added.address).await?;
        if certificate.as_ref() != Some(&added.certificate) {
            return Err(unknown.into());
        }
        members::insert(db, id, added.address, row, epoch).await?;
    }
    if accepted.is_external && accepted.added.is_empty() {
        members::insert(db, id, commit.committer, committer, epoch).await?;
    }
    members::count(db, id).await
}

pub(super) async fn is_committed(
    db: &Db,
    device: DeviceRow,
    id: TopicId,
    epoch: u64,
    commit: &[u8],
) -> StoreResult<bool> {
    let same = db
        .optional(
            "SELECT committer = $3 AND commit_bytes = $4 FROM topic_commits WHERE topic_id = $1 AND epoch = $2",
            &[&id, &int(epoch), &device.0, &commit],
        )
        .await?;
    same.map_or(Ok(false), |row| row.col(0))
}

/// The log, for members, and for who was removed as far as that.
pub(super) async fn page(
    db: &Db,
    caller: Address,
    id: TopicId,
    after: u64,
    limit: u32,
) -> StoreResult<CommitPage> {
    let until = match members::require(db, caller, id).await {
        Ok(member) => member.epoch,
        Err(refused) => removal(db, caller, id).await?.ok_or(refused)? + 1,
    };
    let rows = db
        .all(
            "SELECT epoch, commit_bytes
             FROM (SELECT *, sum(octet_length(commit_bytes)) OVER (ORDER BY epoch) AS bytes
                   FROM topic_commits WHERE topic_id = $1 AND epoch >= $2 AND epoch < $3 ORDER BY epoch LIMIT $4) page
             WHERE bytes <= $5 OR bytes = octet_length(commit_bytes) ORDER BY epoch",
            &[
                &id,
                &int(after),
                &int(until),
                &int(limit),
                &int(limits::COMMIT_PAGE_BYTES),
            ],
        )
        .await?;
    let items: Vec<CommitItem> = rows
        .iter()
        .map(|row| {
            Ok(CommitItem {
                epoch: row.number(0)?,
                commit: Bytes(row.col(1)?),
            })
        })
        .collect::<StoreResult<_>>()?;
    let next = items.last().map(|last| last.epoch + 1);
    Ok(CommitPage {
        next: next.filter(|next| *next < until),
        items,
    })
}

/// The epoch of the commit that removed the caller's device.
async fn removal(db: &Db, caller: Address, id: TopicId) -> StoreResult<Option<u64>> {
    let device = devices::require_active(db, caller).await?;
    let row = db
        .optional(
            "SELECT epoch FROM topic_removals WHERE topic_id = $1 AND device = $2",
            &[&id, &device.0],
        )
        .await?;
    row.map(|row| row.number(0)).transpose()
}

/// The chain of policies up to a revision.
pub(super) async fn policies(db: &Db, id: TopicId, revision: u32) -> StoreResult<Vec<Bytes>> {
    let rows = db
        .all(
            "SELECT policy FROM topic_policies WHERE topic_id = $1 AND revision <= $2 ORDER BY revision",
            &[&id, &int(revision)],
        )
        .await?;
    rows.iter().map(|row| row.col(0).map(Bytes)).collect()
}

pub(super) async fn join_material(db: &Db, id: TopicId) -> StoreResult<JoinMaterial> {
    let (epoch, settings, _) = members::state(db, id).await?;
    let topic = db
        .one(
            "SELECT group_info, forum_id, last_seq, public_title FROM topics WHERE id = $1",
            &[&id],
        )
        .await?;
    let wraps = db
        .all(
            "SELECT wrap FROM topic_wraps WHERE topic_id = $1 ORDER BY secret_id",
            &[&id],
        )
        .await?;
    Ok(JoinMaterial {
        epoch,
        forum_id: topic.col(1)?,
        last_seq: topic.number(2)?,
        public_title: topic.col(3)?,
        group_info: Bytes(topic.col(0)?),
        policies: policies(db, id, settings.revision).await?,
        wraps: wraps
            .iter()
            .map(|row| row.col(0).map(Bytes))
            .collect::<Result<_, _>>()?,
    })
}
