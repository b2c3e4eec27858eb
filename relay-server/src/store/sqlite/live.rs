//! What live pushes are made from.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _};

use super::{SqliteStore, StoreResult, devices};
use crate::domain::authorization::{Action, authorize};
use crate::domain::{Address, Refusal, TopicId};
use crate::store::LiveStore;
use crate::store::live::{
    DeviceHead, Heads, NewsCommit, NewsPost, NewsRange, TopicHead, TopicNews,
};

/// Bytes of content after which a page ends early.
const PAGE_BYTES: i64 = 1024 * 1024;

#[async_trait]
impl LiveStore for SqliteStore {
    async fn heads(&self, devices: Vec<Address>, topics: Vec<TopicId>) -> StoreResult<Heads> {
        self.readers
            .run(move |db| {
                let mut heads = Heads::default();
                for device in devices {
                    heads.devices.extend(device_head(db, device)?);
                }
                for topic in topics {
                    heads.topics.extend(topic_head(db, topic)?);
                }
                Ok(heads)
            })
            .await
    }

    async fn topic_news(&self, range: NewsRange) -> StoreResult<TopicNews> {
        self.readers.run(move |db| topic_news(db, &range)).await
    }
}

fn device_head(db: &Connection, device: Address) -> StoreResult<Option<DeviceHead>> {
    let Some(row) = devices::active(db, device)? else {
        return Ok(None);
    };
    let last_seq = db
        .prepare_cached("SELECT last_seq FROM devices WHERE id = ?1")?
        .query_row((row.0,), |row| row.get(0))?;
    let mut welcomes =
        db.prepare_cached("SELECT topic_id FROM topic_welcomed WHERE device = ?1")?;
    let welcomes = welcomes.query_map((row.0,), |row| row.get(0))?;
    Ok(Some(DeviceHead {
        device,
        last_seq,
        welcomes: welcomes.collect::<Result<_, _>>()?,
    }))
}

fn topic_head(db: &Connection, topic: TopicId) -> StoreResult<Option<TopicHead>> {
    Ok(db
        .prepare_cached("SELECT last_seq, epoch FROM topics WHERE id = ?1")?
        .query_row((topic,), |row| {
            Ok(TopicHead {
                topic,
                last_seq: row.get(0)?,
                epoch: row.get(1)?,
            })
        })
        .optional()?)
}

fn topic_news(db: &Connection, range: &NewsRange) -> StoreResult<TopicNews> {
    let head = topic_head(db, range.topic)?.ok_or(Refusal::NotFound)?;
    let mut posts = db.prepare_cached(
        "SELECT seq, coalesce(epoch, 0), post, stored_at
         FROM (SELECT *, sum(octet_length(post)) OVER (ORDER BY seq) AS bytes
               FROM topic_posts WHERE topic_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3) page
         WHERE bytes IS NULL OR bytes <= ?4 OR bytes = octet_length(post) ORDER BY seq",
    )?;
    let given = (range.topic, range.after, range.limit, PAGE_BYTES);
    let posts = posts.query_map(given, |row| {
        Ok(NewsPost {
            seq: row.get(0)?,
            epoch: row.get(1)?,
            post: row.get(2)?,
            stored_at: row.get(3)?,
        })
    })?;
    let mut commits = db.prepare_cached(
        "SELECT epoch, commit_bytes, stored_at FROM topic_commits
         WHERE topic_id = ?1 AND epoch >= ?2 ORDER BY epoch LIMIT ?3",
    )?;
    let commits = commits.query_map((range.topic, range.epoch, range.limit), |row| {
        Ok(NewsCommit {
            epoch: row.get(0)?,
            commit: row.get(1)?,
            stored_at: row.get(2)?,
        })
    })?;
    let mut members = Vec::new();
    for device in &range.devices {
        let is_member = is_member(db, *device, range.topic)?;
        if authorize(Action::UseTopic { is_member }).is_ok() {
            members.push(*device);
        }
    }
    Ok(TopicNews::new(
        head,
        members,
        posts.collect::<Result<_, _>>()?,
        commits.collect::<Result<_, _>>()?,
        range.limit,
    ))
}

fn is_member(db: &Connection, device: Address, topic: TopicId) -> StoreResult<bool> {
    let Some(row) = devices::active(db, device)? else {
        return Ok(false);
    };
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM topic_leaves WHERE topic_id = ?1 AND device = ?2 AND leave_request IS NULL)",
        )?
        .query_row((topic, row.0), |row| row.get(0))?)
}
