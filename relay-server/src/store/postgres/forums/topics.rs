//! Forums and topics as they are created and listed.

use tokio_postgres::Row;

use super::super::db::Db;
use super::super::devices;
use super::super::rows::{Columns as _, int};
use super::{StoreResult, members};
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{
    Forum, NewForum, NewTopic, StoredCommit, StoredGroup, Topic, Visibility,
};
use crate::domain::{Address, ForumId, Refusal, TopicId, UnixMillis, Username};

pub(super) async fn grant_administration(db: &Db, username: &Username) -> StoreResult<()> {
    let granted = db
        .execute(
            "UPDATE users SET is_administrator = TRUE WHERE username = $1",
            &[&username.as_str()],
        )
        .await?;
    if granted == 0 {
        return Err(Refusal::NotFound.into());
    }
    Ok(())
}

/// Nodes that start at the same time make one: each locks out the others until its own is there.
pub(super) async fn create_first_forum(
    db: &Db,
    forum: &NewForum,
    now: UnixMillis,
) -> StoreResult<()> {
    db.control("LOCK TABLE forums IN SHARE ROW EXCLUSIVE MODE")
        .await?;
    db.execute(
        "INSERT INTO forums (id, name, created_at) SELECT $1, $2, $3
         WHERE NOT EXISTS (SELECT 1 FROM forums)",
        &[&forum.id, &forum.name, &int(now)],
    )
    .await?;
    Ok(())
}

pub(super) async fn is_administrator(db: &Db, caller: Address) -> StoreResult<bool> {
    let row = db
        .optional(
            "SELECT is_administrator FROM users WHERE id = $1",
            &[&caller.user_id],
        )
        .await?;
    row.map_or(Ok(false), |row| row.col(0))
}

pub(super) async fn create_forum(
    db: &Db,
    caller: Address,
    forum: &NewForum,
    now: UnixMillis,
) -> StoreResult<Forum> {
    devices::require_active(db, caller).await?;
    authorize(Action::CreateForum {
        is_administrator: is_administrator(db, caller).await?,
    })?;
    db.execute(
        "INSERT INTO forums (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[&forum.id, &forum.name, &int(now)],
    )
    .await?;
    let stored = db
        .one(
            "SELECT id, name, created_at FROM forums WHERE id = $1",
            &[&forum.id],
        )
        .await?;
    let stored = forum_of(&stored)?;
    if stored.name == forum.name {
        Ok(stored)
    } else {
        Err(Refusal::Conflict.into())
    }
}

fn forum_of(row: &Row) -> StoreResult<Forum> {
    Ok(Forum {
        id: row.col(0)?,
        name: row.col(1)?,
        created_at: row.number(2)?,
    })
}

pub(super) async fn forums(db: &Db, after: Option<ForumId>, limit: u32) -> StoreResult<Vec<Forum>> {
    let after = after.unwrap_or(ForumId::from_bytes([0; 16]));
    let rows = db
        .all(
            "SELECT id, name, created_at FROM forums WHERE id > $1 ORDER BY id LIMIT $2",
            &[&after, &int(limit)],
        )
        .await?;
    rows.iter().map(forum_of).collect()
}

pub(super) async fn create(db: &Db, new: &NewTopic, now: UnixMillis) -> StoreResult<Topic> {
    let device = devices::require_active(db, new.founder).await?;
    if let Some(same) = is_same(db, new).await? {
        return again(db, new, same).await;
    }
    let there: bool = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM forums WHERE id = $1)",
            &[&new.forum_id],
        )
        .await?
        .col(0)?;
    if !there {
        return Err(Refusal::NotFound.into());
    }
    if devices::certificate(db, new.founder).await?.as_ref() != Some(&new.certificate) {
        return Err(Refusal::bad_request("groupInfo: not by the caller's device").into());
    }
    if !insert(db, new, now).await? {
        // Somebody else was creating it, too.
        let same = is_same(db, new).await?.ok_or(Refusal::Conflict)?;
        return again(db, new, same).await;
    }
    db.execute(
        "INSERT INTO topic_snapshots (topic_id, epoch, snapshot) VALUES ($1, 0, $2)",
        &[&new.id, &new.snapshot],
    )
    .await?;
    db.execute(
        "INSERT INTO topic_policies (topic_id, revision, policy) VALUES ($1, $2, $3)",
        &[&new.id, &int(new.settings.revision), &new.policy],
    )
    .await?;
    members::insert(db, new.id, new.founder, device, 0).await?;
    find(db, new.founder, new.id).await
}

/// Whether the topic that is stored under the id is this one.
async fn is_same(db: &Db, new: &NewTopic) -> StoreResult<Option<bool>> {
    let known = db
        .optional(
            "SELECT digest = $2 FROM topics WHERE id = $1",
            &[&new.id, &new.digest.as_slice()],
        )
        .await?;
    known.map(|row| row.col(0)).transpose()
}

async fn again(db: &Db, new: &NewTopic, same: bool) -> StoreResult<Topic> {
    if same {
        find(db, new.founder, new.id).await
    } else {
        Err(Refusal::Conflict.into())
    }
}

/// Whether nobody was faster.
async fn insert(db: &Db, new: &NewTopic, now: UnixMillis) -> StoreResult<bool> {
    let settings = &new.settings;
    let inserted = db
        .execute(
            "INSERT INTO topics (id, forum_id, founder_id, digest, generation, epoch, revision, visibility, history,
             history_days, public_title, group_info, members, created_at)
             VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, 1, $12) ON CONFLICT DO NOTHING",
            &[
                &new.id,
                &new.forum_id,
                &new.founder.user_id,
                &new.digest.as_slice(),
                &int(settings.generation),
                &int(settings.revision),
                &int(settings.visibility.number()),
                &int(settings.history.number()),
                &int(settings.history_days),
                &new.public_title,
                &new.group_info,
                &int(now),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// The columns of [`topic_of`]; `$1` is the caller's device.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.forum_id, t.generation, t.epoch, t.visibility, t.history, t.history_days, t.founder_id,
             t.public_title, t.members, t.created_at, t.last_seq, t.last_post_at,
             EXISTS (SELECT 1 FROM topic_leaves o WHERE o.device = $1 AND o.topic_id = t.id AND o.leave_request IS NULL) ",
            $rest
        )
    };
}

fn topic_of(row: &Row) -> StoreResult<Topic> {
    Ok(Topic {
        id: row.col(0)?,
        forum_id: row.col(1)?,
        generation: row.number(2)?,
        epoch: row.number(3)?,
        visibility: row.visibility(4)?,
        history: row.history(5)?,
        history_days: row.number(6)?,
        founder_id: row.col(7)?,
        public_title: row.col(8)?,
        members: row.number(9)?,
        created_at: row.number(10)?,
        last_seq: row.number(11)?,
        last_post_at: row.optional_number(12)?,
        is_member: row.col(13)?,
    })
}

pub(super) async fn find(db: &Db, caller: Address, id: TopicId) -> StoreResult<Topic> {
    let device = devices::require_active(db, caller).await?;
    let row = db
        .optional(select!("FROM topics t WHERE t.id = $2"), &[&device.0, &id])
        .await?;
    let topic = topic_of(&row.ok_or(Refusal::NotFound)?)?;
    authorize(Action::SeeTopic {
        is_open: topic.visibility == Visibility::Open,
        has_leaf: members::sees(db, caller, id, topic.visibility).await?,
    })?;
    Ok(topic)
}

pub(super) async fn list(
    db: &Db,
    caller: Address,
    forum: ForumId,
    after: Option<TopicId>,
    limit: u32,
) -> StoreResult<Vec<Topic>> {
    let device = devices::require_active(db, caller).await?;
    let after = after.unwrap_or(TopicId::from_bytes([0; 16]));
    // The condition is that of `members::sees`.
    let rows = db
        .all(
            select!(
                "FROM topics t WHERE t.forum_id = $2 AND t.id > $3
                 AND (t.visibility = 3 OR EXISTS (SELECT 1 FROM topic_leaves l
                      WHERE l.topic_id = t.id AND l.user_id = $4 AND l.leave_request IS NULL))
                 ORDER BY t.id LIMIT $5"
            ),
            &[&device.0, &forum, &after, &caller.user_id, &int(limit)],
        )
        .await?;
    rows.iter().map(topic_of).collect()
}

pub(super) async fn own(
    db: &Db,
    caller: Address,
    after: Option<TopicId>,
    limit: u32,
) -> StoreResult<Vec<Topic>> {
    let device = devices::require_active(db, caller).await?;
    let after = after.unwrap_or(TopicId::from_bytes([0; 16]));
    let rows = db
        .all(
            select!(
                "FROM topic_leaves l JOIN topics t ON t.id = l.topic_id
                 WHERE l.device = $1 AND l.topic_id > $2 AND l.leave_request IS NULL ORDER BY l.topic_id LIMIT $3"
            ),
            &[&device.0, &after, &int(limit)],
        )
        .await?;
    rows.iter().map(topic_of).collect()
}

/// The newest snapshot and the commits since.
pub(super) async fn stored_group(db: &Db, id: TopicId) -> StoreResult<StoredGroup> {
    let row = db
        .optional(
            "SELECT epoch, snapshot FROM topic_snapshots WHERE topic_id = $1",
            &[&id],
        )
        .await?
        .ok_or(Refusal::NotFound)?;
    let log = db
        .all(
            "SELECT commit_bytes, stored_at FROM topic_commits WHERE topic_id = $1 AND epoch >= $2 ORDER BY epoch",
            &[&id, &row.col::<i64>(0)?],
        )
        .await?;
    let commit = |row: &Row| {
        Ok(StoredCommit {
            commit: row.col(0)?,
            stored_at: row.number(1)?,
        })
    };
    Ok(StoredGroup {
        snapshot: row.col(1)?,
        log: log.iter().map(commit).collect::<StoreResult<_>>()?,
    })
}

/// Drops what is kept no longer, but for links. What somebody else has in hands goes the next time.
pub(super) async fn expire(db: &Db, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()> {
    db.execute(
        "DELETE FROM topic_admissions WHERE (topic_id, device) IN
         (SELECT topic_id, device FROM topic_admissions WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
        &[&int(now)],
    )
    .await?;
    db.execute(
        "DELETE FROM topic_welcomes WHERE (topic_id, epoch) IN
         (SELECT topic_id, epoch FROM topic_welcomes WHERE stored_at < $1 FOR UPDATE SKIP LOCKED)",
        &[&int(kept_since)],
    )
    .await?;
    Ok(())
}

/// The topics whose links are kept for some days, with ids above `after`, ascending.
pub(super) async fn of_days(db: &Db, after: TopicId) -> StoreResult<Vec<TopicId>> {
    let rows = db
        .all(
            "SELECT id FROM topics WHERE history = 3 AND id > $1 ORDER BY id LIMIT 100",
            &[&after],
        )
        .await?;
    rows.iter().map(|row| row.col(0)).collect()
}
