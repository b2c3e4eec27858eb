//! Posts, and the requests that members make of the group besides commits. Whoever writes holds the topic.

use super::super::db::Db;
use super::super::devices;
use super::super::rows::{Columns as _, int};
use super::members;
use super::{StoreResult, commits};
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{
    Deletion, DroppedPost, GroupDocument, NewPost, PendingLeave, PostItem, PostPage, PostRange,
    Posted, WrapEpoch, is_moderator,
};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, UserId};

/// Bytes of posts after which a page ends.
const PAGE_BYTES: i64 = 4 * 1024 * 1024;

/// Stores a post under the topic's next seq. The topic stays locked until the transaction is committed: whoever reads a seq
/// has read all before it.
pub(super) async fn store(db: &Db, post: &NewPost, now: UnixMillis) -> StoreResult<Posted> {
    let member = members::require(db, post.author, post.topic_id).await?;
    let known = db
        .optional(
            "SELECT author = $3 AND digest = $4, seq, stored_at FROM topic_posts WHERE topic_id = $1 AND post_id = $2",
            &[
                &post.topic_id,
                &post.id,
                &member.device.0,
                &post.digest.as_slice(),
            ],
        )
        .await?;
    if let Some(known) = known {
        return if known.col(0)? {
            Ok(Posted {
                seq: known.number(1)?,
                stored_at: known.number(2)?,
                is_new: false,
            })
        } else {
            Err(Refusal::Conflict.into())
        };
    }
    if !post.is_in_time(&member) {
        return Err(Refusal::EpochConflict {
            epoch: member.epoch,
        }
        .into());
    }
    let seq = db
        .one(
            "UPDATE topics SET last_seq = last_seq + 1, last_post_at = $2 WHERE id = $1 RETURNING last_seq",
            &[&post.topic_id, &int(now)],
        )
        .await?
        .number::<u64>(0)?;
    db.execute(
        "INSERT INTO topic_posts (topic_id, seq, post_id, author, digest, post, stored_at, generation, epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            &post.topic_id,
            &int(seq),
            &post.id,
            &member.device.0,
            &post.digest.as_slice(),
            &post.post.as_slice(),
            &int(now),
            &int(post.generation),
            &int(post.epoch),
        ],
    )
    .await?;
    Ok(Posted {
        seq,
        stored_at: now,
        is_new: true,
    })
}

const AFTER: &str =
    "SELECT p.seq, p.post, p.stored_at, d.certificate, p.generation, p.epoch, p.post_id, p.digest
    FROM (SELECT *, sum(octet_length(post)) OVER (ORDER BY seq) AS bytes
          FROM topic_posts WHERE topic_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) p
    JOIN devices d ON d.id = p.author
    WHERE bytes IS NULL OR bytes <= $4 OR bytes = octet_length(post) ORDER BY p.seq";

const BEFORE: &str =
    "SELECT p.seq, p.post, p.stored_at, d.certificate, p.generation, p.epoch, p.post_id, p.digest
    FROM (SELECT *, sum(octet_length(post)) OVER (ORDER BY seq DESC) AS bytes
          FROM topic_posts WHERE topic_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3) p
    JOIN devices d ON d.id = p.author
    WHERE bytes IS NULL OR bytes <= $4 OR bytes = octet_length(post) ORDER BY p.seq DESC";

pub(super) async fn page(
    db: &Db,
    caller: Address,
    id: TopicId,
    range: PostRange,
    limit: u32,
) -> StoreResult<PostPage> {
    members::require(db, caller, id).await?;
    let ends = db
        .one(
            "SELECT last_seq, coalesce((SELECT min(seq) FROM topic_posts WHERE topic_id = $1), last_seq + 1)
             FROM topics WHERE id = $1",
            &[&id],
        )
        .await?;
    let (sql, bound) = match range {
        PostRange::After(seq) => (AFTER, seq),
        PostRange::Before(seq) => (BEFORE, seq),
    };
    let rows = db
        .all(sql, &[&id, &int(bound), &int(limit), &PAGE_BYTES])
        .await?;
    let (mut items, mut authors) = (Vec::new(), Vec::new());
    for row in rows {
        let post: Option<Vec<u8>> = row.col(1)?;
        let author = Bytes(row.col(3)?);
        if post.is_some() && !authors.contains(&author) {
            authors.push(author);
        }
        let dropped = match post {
            Some(_) => None,
            None => Some(DroppedPost {
                generation: row.number(4)?,
                epoch: row.number(5)?,
                id: row.col(6)?,
                digest: Bytes(row.col(7)?),
            }),
        };
        items.push(PostItem {
            dropped,
            seq: row.number(0)?,
            post: post.map(Bytes),
            stored_at: row.number(2)?,
        });
    }
    Ok(PostPage {
        items,
        authors,
        first: ends.number(1)?,
        last: ends.number(0)?,
    })
}

/// Drops the ciphertext; the place stays.
pub(super) async fn delete(db: &Db, caller: Address, deletion: Deletion) -> StoreResult<()> {
    let member = members::require(db, caller, deletion.topic_id).await?;
    let author: UserId = db
        .optional(
            "SELECT d.user_id FROM topic_posts p JOIN devices d ON d.id = p.author
             WHERE p.topic_id = $1 AND p.post_id = $2",
            &[&deletion.topic_id, &deletion.post_id],
        )
        .await?
        .ok_or(Refusal::NotFound)?
        .col(0)?;
    if author != caller.user_id {
        let policies = commits::policies(db, deletion.topic_id, member.settings.revision).await?;
        let policy = policies.last().ok_or(Refusal::NotFound)?;
        let certificate = devices::certificate(db, caller)
            .await?
            .ok_or(Refusal::Unauthorized)?;
        authorize(Action::DeletePost {
            is_author: false,
            is_moderator: is_moderator(policy.as_slice(), &certificate)?,
        })?;
    }
    db.execute(
        "UPDATE topic_posts SET post = NULL WHERE topic_id = $1 AND post_id = $2",
        &[&deletion.topic_id, &deletion.post_id],
    )
    .await?;
    Ok(())
}

/// Keeps a member's request to leave. Who has asked already is no member any more.
pub(super) async fn leave(
    db: &Db,
    caller: Address,
    id: TopicId,
    request: &Bytes,
) -> StoreResult<()> {
    let member = members::require(db, caller, id).await?;
    db.execute(
        "UPDATE topic_leaves SET leave_request = $3 WHERE device = $2 AND topic_id = $1",
        &[&id, &member.device.0, &request.as_slice()],
    )
    .await?;
    db.execute(
        "DELETE FROM topic_welcomed WHERE device = $2 AND topic_id = $1",
        &[&id, &member.device.0],
    )
    .await?;
    members::count(db, id).await
}

pub(super) async fn group(db: &Db, caller: Address, id: TopicId) -> StoreResult<GroupDocument> {
    let member = members::require(db, caller, id).await?;
    let last_seq = db
        .one("SELECT last_seq FROM topics WHERE id = $1", &[&id])
        .await?
        .number(0)?;
    let leaves = db
        .all(
            "SELECT leave_request FROM topic_leaves WHERE topic_id = $1 AND leave_request IS NOT NULL
             ORDER BY user_id, device",
            &[&id],
        )
        .await?;
    let wraps = db
        .all(
            "SELECT secret_id, epoch FROM topic_wraps WHERE topic_id = $1 ORDER BY secret_id",
            &[&id],
        )
        .await?;
    let leave = |row: &tokio_postgres::Row| {
        Ok(PendingLeave {
            request: Bytes(row.col(0)?),
        })
    };
    let wrap = |row: &tokio_postgres::Row| {
        Ok(WrapEpoch {
            secret_id: row.col(0)?,
            epoch: row.number(1)?,
        })
    };
    Ok(GroupDocument {
        generation: member.settings.generation,
        epoch: member.epoch,
        leaves: leaves.iter().map(leave).collect::<StoreResult<_>>()?,
        last_seq,
        wraps: wraps.iter().map(wrap).collect::<StoreResult<_>>()?,
    })
}
