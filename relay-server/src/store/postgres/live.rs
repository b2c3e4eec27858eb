//! What live pushes are made from.

use async_trait::async_trait;

use super::db::Db;
use super::rows::{Columns as _, int};
use super::{PostgresStore, StoreResult};
use crate::domain::authorization::{Action, authorize};
use crate::domain::{Address, Refusal, TopicId, UserId};
use crate::store::LiveStore;
use crate::store::live::{
    DeviceHead, Heads, NewsCommit, NewsPost, NewsRange, TopicHead, TopicNews,
};

/// Bytes of content after which a page ends early.
const PAGE_BYTES: i64 = 1024 * 1024;

#[async_trait]
impl LiveStore for PostgresStore {
    async fn heads(&self, devices: Vec<Address>, topics: Vec<TopicId>) -> StoreResult<Heads> {
        self.readers
            .run(async move |db| {
                Ok(Heads {
                    devices: device_heads(db, &devices).await?,
                    topics: topic_heads(db, &topics).await?,
                })
            })
            .await
    }

    async fn topic_news(&self, range: NewsRange) -> StoreResult<TopicNews> {
        self.readers
            .run(async move |db| topic_news(db, &range).await)
            .await
    }
}

/// Both columns of addresses.
fn columns(devices: &[Address]) -> (Vec<UserId>, Vec<i64>) {
    let ids = |device: &Address| (device.user_id, int(device.device_id.get()));
    devices.iter().map(ids).unzip()
}

async fn device_heads(db: &Db, devices: &[Address]) -> StoreResult<Vec<DeviceHead>> {
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let (users, ids) = columns(devices);
    let rows = db
        .all(
            "SELECT d.user_id, d.device_id, d.last_seq,
             ARRAY (SELECT w.topic_id FROM topic_welcomed w WHERE w.device = d.id)
             FROM unnest($1::UUID[], $2::BIGINT[]) AS asked (user_id, device_id)
             JOIN devices d ON d.user_id = asked.user_id AND d.device_id = asked.device_id
             WHERE d.revoked_at IS NULL",
            &[&users, &ids],
        )
        .await?;
    let head = |row: &tokio_postgres::Row| {
        Ok(DeviceHead {
            device: row.address(0)?,
            last_seq: row.number(2)?,
            welcomes: row.col(3)?,
        })
    };
    rows.iter().map(head).collect()
}

async fn topic_heads(db: &Db, topics: &[TopicId]) -> StoreResult<Vec<TopicHead>> {
    if topics.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db
        .all(
            "SELECT id, last_seq, epoch FROM topics WHERE id = ANY ($1)",
            &[&topics],
        )
        .await?;
    let head = |row: &tokio_postgres::Row| {
        Ok(TopicHead {
            topic: row.col(0)?,
            last_seq: row.number(1)?,
            epoch: row.number(2)?,
        })
    };
    rows.iter().map(head).collect()
}

async fn topic_news(db: &Db, range: &NewsRange) -> StoreResult<TopicNews> {
    let heads = topic_heads(db, &[range.topic]).await?;
    let head = *heads.first().ok_or(Refusal::NotFound)?;
    let members = members(db, range).await?;
    let (after, epoch, limit) = (int(range.after), int(range.epoch), int(range.limit));
    let posts = db
        .all(
            "SELECT seq, epoch, post, stored_at
             FROM (SELECT *, sum(octet_length(post)) OVER (ORDER BY seq) AS bytes
                   FROM topic_posts WHERE topic_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) page
             WHERE bytes IS NULL OR bytes <= $4 OR bytes = octet_length(post) ORDER BY seq",
            &[&range.topic, &after, &limit, &PAGE_BYTES],
        )
        .await?;
    let commits = db
        .all(
            "SELECT epoch, commit_bytes, stored_at FROM topic_commits
             WHERE topic_id = $1 AND epoch >= $2 ORDER BY epoch LIMIT $3",
            &[&range.topic, &epoch, &limit],
        )
        .await?;
    let post = |row: &tokio_postgres::Row| {
        Ok(NewsPost {
            seq: row.number(0)?,
            epoch: row.number(1)?,
            post: row.col(2)?,
            stored_at: row.number(3)?,
        })
    };
    let commit = |row: &tokio_postgres::Row| {
        Ok(NewsCommit {
            epoch: row.number(0)?,
            commit: row.col(1)?,
            stored_at: row.number(2)?,
        })
    };
    Ok(TopicNews::new(
        head,
        members,
        posts.iter().map(post).collect::<StoreResult<_>>()?,
        commits.iter().map(commit).collect::<StoreResult<_>>()?,
        range.limit,
    ))
}

/// Those of the devices to whom the topic is served.
async fn members(db: &Db, range: &NewsRange) -> StoreResult<Vec<Address>> {
    let (users, ids) = columns(&range.devices);
    let rows = db
        .all(
            "SELECT d.user_id, d.device_id,
             EXISTS (SELECT FROM topic_leaves l WHERE l.topic_id = $1 AND l.device = d.id AND l.leave_request IS NULL)
             FROM unnest($2::UUID[], $3::BIGINT[]) AS asked (user_id, device_id)
             JOIN devices d ON d.user_id = asked.user_id AND d.device_id = asked.device_id
             WHERE d.revoked_at IS NULL",
            &[&range.topic, &users, &ids],
        )
        .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        let is_member = row.col(2)?;
        if authorize(Action::UseTopic { is_member }).is_ok() {
            members.push(row.address(0)?);
        }
    }
    Ok(members)
}
