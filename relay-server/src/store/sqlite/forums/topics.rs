//! Forums and topics as they are created and listed.

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::devices;
use super::{StoreResult, members};
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{
    Forum, NewForum, NewTopic, StoredCommit, StoredGroup, Topic, Visibility,
};
use crate::domain::{Address, ForumId, Refusal, TopicId, UnixMillis, Username};

pub(super) fn grant_administration(db: &Connection, username: &Username) -> StoreResult<()> {
    let granted = db
        .prepare_cached("UPDATE users SET is_administrator = 1 WHERE username = ?1")?
        .execute((username.as_str(),))?;
    if granted == 0 {
        return Err(Refusal::NotFound.into());
    }
    Ok(())
}

pub(super) fn is_administrator(db: &Connection, caller: Address) -> StoreResult<bool> {
    let found: Option<bool> = db
        .prepare_cached("SELECT is_administrator FROM users WHERE id = ?1")?
        .query_row((caller.user_id,), |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(false))
}

pub(super) fn create_first_forum(
    db: &Connection,
    forum: &NewForum,
    now: UnixMillis,
) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO forums (id, name, created_at) SELECT ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM forums)",
    )?
    .execute((forum.id, &forum.name, now))?;
    Ok(())
}

pub(super) fn create_forum(
    db: &Connection,
    caller: Address,
    forum: &NewForum,
    now: UnixMillis,
) -> StoreResult<Forum> {
    devices::require_active(db, caller)?;
    authorize(Action::CreateForum {
        is_administrator: is_administrator(db, caller)?,
    })?;
    let known: Option<Forum> = db
        .prepare_cached("SELECT id, name, created_at FROM forums WHERE id = ?1")?
        .query_row((forum.id,), forum_of)
        .optional()?;
    if let Some(known) = known {
        return if known.name == forum.name {
            Ok(known)
        } else {
            Err(Refusal::Conflict.into())
        };
    }
    db.prepare_cached("INSERT INTO forums (id, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute((forum.id, &forum.name, now))?;
    Ok(Forum {
        id: forum.id,
        name: forum.name.clone(),
        created_at: now,
    })
}

fn forum_of(row: &Row<'_>) -> rusqlite::Result<Forum> {
    Ok(Forum {
        id: row.get(0)?,
        name: row.get(1)?,
        created_at: row.get(2)?,
    })
}

pub(super) fn forums(
    db: &Connection,
    after: Option<ForumId>,
    limit: u32,
) -> StoreResult<Vec<Forum>> {
    let after = after.unwrap_or(ForumId::from_bytes([0; 16]));
    let mut statement = db.prepare_cached(
        "SELECT id, name, created_at FROM forums WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map((after, limit), forum_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn create(db: &Connection, new: &NewTopic, now: UnixMillis) -> StoreResult<Topic> {
    let device = devices::require_active(db, new.founder)?;
    let known: Option<bool> = db
        .prepare_cached("SELECT digest = ?2 FROM topics WHERE id = ?1")?
        .query_row((new.id, new.digest), |row| row.get(0))
        .optional()?;
    match known {
        Some(true) => return find(db, new.founder, new.id),
        Some(false) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    let there: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM forums WHERE id = ?1)")?
        .query_row((new.forum_id,), |row| row.get(0))?;
    if !there {
        return Err(Refusal::NotFound.into());
    }
    if devices::certificate(db, new.founder)?.as_ref() != Some(&new.certificate) {
        return Err(Refusal::bad_request("groupInfo: not by the caller's device").into());
    }
    insert(db, new, now)?;
    db.prepare_cached(
        "INSERT INTO topic_snapshots (topic_id, epoch, snapshot) VALUES (?1, 0, ?2)",
    )?
    .execute((new.id, &new.snapshot))?;
    db.prepare_cached(
        "INSERT INTO topic_policies (topic_id, revision, policy) VALUES (?1, ?2, ?3)",
    )?
    .execute((new.id, new.settings.revision, &new.policy))?;
    members::insert(db, new.id, new.founder, device, 0)?;
    find(db, new.founder, new.id)
}

fn insert(db: &Connection, new: &NewTopic, now: UnixMillis) -> StoreResult<()> {
    let settings = &new.settings;
    db.prepare_cached(
        "INSERT INTO topics (id, forum_id, founder_id, digest, generation, epoch, revision, visibility, history, history_days,
         public_title, group_info, members, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12)",
    )?
    .execute((
        new.id,
        new.forum_id,
        new.founder.user_id,
        new.digest,
        settings.generation,
        settings.revision,
        settings.visibility,
        settings.history,
        settings.history_days,
        &new.public_title,
        &new.group_info,
        now,
    ))?;
    Ok(())
}

/// The columns of [`topic_of`]; `?1` is the caller's device.
const COLUMNS: &str =
    "t.id, t.forum_id, t.generation, t.epoch, t.visibility, t.history, t.history_days,
     t.founder_id, t.public_title, t.members, t.created_at, t.last_seq, t.last_post_at,
     EXISTS (SELECT 1 FROM topic_leaves o WHERE o.device = ?1 AND o.topic_id = t.id AND o.leave_request IS NULL)";

fn topic_of(row: &Row<'_>) -> rusqlite::Result<Topic> {
    Ok(Topic {
        id: row.get(0)?,
        forum_id: row.get(1)?,
        generation: row.get(2)?,
        epoch: row.get(3)?,
        visibility: row.get(4)?,
        history: row.get(5)?,
        history_days: row.get(6)?,
        founder_id: row.get(7)?,
        public_title: row.get(8)?,
        members: row.get(9)?,
        created_at: row.get(10)?,
        last_seq: row.get(11)?,
        last_post_at: row.get(12)?,
        is_member: row.get(13)?,
    })
}

pub(super) fn find(db: &Connection, caller: Address, id: TopicId) -> StoreResult<Topic> {
    let device = devices::require_active(db, caller)?;
    let topic: Option<Topic> = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM topics t WHERE t.id = ?2"))?
        .query_row((device.0, id), topic_of)
        .optional()?;
    let topic = topic.ok_or(Refusal::NotFound)?;
    authorize(Action::SeeTopic {
        is_open: topic.visibility == Visibility::Open,
        has_leaf: members::sees(db, caller, id, topic.visibility)?,
    })?;
    Ok(topic)
}

pub(super) fn list(
    db: &Connection,
    caller: Address,
    forum: ForumId,
    after: Option<TopicId>,
    limit: u32,
) -> StoreResult<Vec<Topic>> {
    let device = devices::require_active(db, caller)?;
    let after = after.unwrap_or(TopicId::from_bytes([0; 16]));
    // The condition is that of `members::sees`.
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM topics t WHERE t.forum_id = ?2 AND t.id > ?3
         AND (t.visibility = 3 OR EXISTS (SELECT 1 FROM topic_leaves l
              WHERE l.topic_id = t.id AND l.user_id = ?4 AND l.leave_request IS NULL))
         ORDER BY t.id LIMIT ?5"
    ))?;
    let rows = statement.query_map((device.0, forum, after, caller.user_id, limit), topic_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn own(
    db: &Connection,
    caller: Address,
    after: Option<TopicId>,
    limit: u32,
) -> StoreResult<Vec<Topic>> {
    let device = devices::require_active(db, caller)?;
    let after = after.unwrap_or(TopicId::from_bytes([0; 16]));
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM topic_leaves l JOIN topics t ON t.id = l.topic_id
         WHERE l.device = ?1 AND l.topic_id > ?2 AND l.leave_request IS NULL ORDER BY l.topic_id LIMIT ?3"
    ))?;
    let rows = statement.query_map((device.0, after, limit), topic_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest snapshot and the commits since.
pub(super) fn stored_group(db: &Connection, id: TopicId) -> StoreResult<StoredGroup> {
    let stored: Option<(u64, Vec<u8>)> = db
        .prepare_cached("SELECT epoch, snapshot FROM topic_snapshots WHERE topic_id = ?1")?
        .query_row((id,), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (epoch, snapshot) = stored.ok_or(Refusal::NotFound)?;
    let mut statement = db.prepare_cached(
        "SELECT commit_bytes, stored_at FROM topic_commits WHERE topic_id = ?1 AND epoch >= ?2 ORDER BY epoch",
    )?;
    let log = statement.query_map((id, epoch), |row| {
        Ok(StoredCommit {
            commit: row.get(0)?,
            stored_at: row.get(1)?,
        })
    })?;
    Ok(StoredGroup {
        snapshot,
        log: log.collect::<Result<_, _>>()?,
    })
}

/// Drops what is kept no longer.
pub(super) fn expire(db: &Connection, now: UnixMillis, kept_since: UnixMillis) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM topic_admissions WHERE expires_at <= ?1")?
        .execute((now,))?;
    db.prepare_cached("DELETE FROM topic_welcomes WHERE stored_at < ?1")?
        .execute((kept_since,))?;
    let mut topics = db.prepare_cached("SELECT id FROM topics WHERE history = 3 ORDER BY id")?;
    let ids = topics
        .query_map((), |row| row.get(0))?
        .collect::<Result<Vec<TopicId>, _>>()?;
    for id in ids {
        if let Some(epoch) = super::archive::kept_from(db, id, now)? {
            db.prepare_cached("DELETE FROM topic_links WHERE topic_id = ?1 AND from_epoch < ?2")?
                .execute((id, epoch))?;
        }
    }
    Ok(())
}
