//! Posts, and the requests that members make of the group besides commits.

use rusqlite::{Connection, OptionalExtension};

use super::super::devices;
use super::members;
use super::{StoreResult, commits};
use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{
    Deletion, DroppedPost, GroupDocument, NewPost, PendingLeave, PostItem, PostPage, PostRange,
    Posted, WrapEpoch, is_moderator,
};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, UserId};

/// Bytes of posts after which a page ends.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Stores a post under the topic's next seq. Only the writer gets here, so that seqs are contiguous.
pub(super) fn store(db: &Connection, post: &NewPost, now: UnixMillis) -> StoreResult<Posted> {
    let member = members::require(db, post.author, post.topic_id)?;
    let known: Option<(bool, u64, UnixMillis)> = db
        .prepare_cached(
            "SELECT author = ?3 AND digest = ?4, seq, stored_at FROM topic_posts WHERE topic_id = ?1 AND post_id = ?2",
        )?
        .query_row((post.topic_id, post.id, member.device.0, post.digest), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    match known {
        Some((true, seq, stored_at)) => {
            return Ok(Posted {
                seq,
                stored_at,
                is_new: false,
            });
        }
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    if !post.is_in_time(&member) {
        return Err(Refusal::EpochConflict {
            epoch: member.epoch,
        }
        .into());
    }
    let seq = db
        .prepare_cached(
            "UPDATE topics SET last_seq = last_seq + 1, last_post_at = ?2 WHERE id = ?1 RETURNING last_seq",
        )?
        .query_row((post.topic_id, now), |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO topic_posts (topic_id, seq, post_id, author, digest, post, stored_at, generation, epoch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        post.topic_id,
        seq,
        post.id,
        member.device.0,
        post.digest,
        post.post.as_slice(),
        now,
        post.generation,
        post.epoch,
    ))?;
    Ok(Posted {
        seq,
        stored_at: now,
        is_new: true,
    })
}

pub(super) fn page(
    db: &Connection,
    caller: Address,
    id: TopicId,
    range: PostRange,
    limit: u32,
) -> StoreResult<PostPage> {
    members::require(db, caller, id)?;
    let (last, first) = db
        .prepare_cached(
            "SELECT last_seq, coalesce((SELECT min(seq) FROM topic_posts WHERE topic_id = ?1), last_seq + 1)
             FROM topics WHERE id = ?1",
        )?
        .query_row((id,), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (condition, bound) = match range {
        PostRange::After(seq) => ("p.seq > ?2 ORDER BY p.seq", seq),
        PostRange::Before(seq) => ("p.seq < ?2 ORDER BY p.seq DESC", seq),
    };
    let mut statement = db.prepare_cached(&format!(
        "SELECT p.seq, p.post, p.stored_at, d.certificate, p.generation, p.epoch, p.post_id, p.digest
         FROM topic_posts p JOIN devices d ON d.id = p.author WHERE p.topic_id = ?1 AND {condition} LIMIT ?3"
    ))?;
    let (mut items, mut authors) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    let mut rows = statement.query((id, bound, limit))?;
    while let Some(row) = rows.next()? {
        let post: Option<Vec<u8>> = row.get(1)?;
        bytes += post.as_ref().map_or(0, Vec::len);
        if bytes > PAGE_BYTES && !items.is_empty() {
            break;
        }
        let author = Bytes(row.get(3)?);
        if post.is_some() && !authors.contains(&author) {
            authors.push(author);
        }
        let dropped = match (row.get(4)?, row.get(5)?) {
            (Some(generation), Some(epoch)) if post.is_none() => Some(DroppedPost {
                generation,
                epoch,
                id: row.get(6)?,
                digest: Bytes(row.get(7)?),
            }),
            _ => None,
        };
        items.push(PostItem {
            seq: row.get(0)?,
            dropped,
            post: post.map(Bytes),
            stored_at: row.get(2)?,
        });
    }
    Ok(PostPage {
        items,
        authors,
        first,
        last,
    })
}

/// Drops the ciphertext; the place stays.
pub(super) fn delete(db: &Connection, caller: Address, deletion: Deletion) -> StoreResult<()> {
    let member = members::require(db, caller, deletion.topic_id)?;
    let author: Option<UserId> = db
        .prepare_cached(
            "SELECT d.user_id FROM topic_posts p JOIN devices d ON d.id = p.author
             WHERE p.topic_id = ?1 AND p.post_id = ?2",
        )?
        .query_row((deletion.topic_id, deletion.post_id), |row| row.get(0))
        .optional()?;
    let author = author.ok_or(Refusal::NotFound)?;
    if author != caller.user_id {
        let policies = commits::policies(db, deletion.topic_id, member.settings.revision)?;
        let policy = policies.last().ok_or(Refusal::NotFound)?;
        let certificate = devices::certificate(db, caller)?.ok_or(Refusal::Unauthorized)?;
        authorize(Action::DeletePost {
            is_author: false,
            is_moderator: is_moderator(policy.as_slice(), &certificate)?,
        })?;
    }
    db.prepare_cached("UPDATE topic_posts SET post = NULL WHERE topic_id = ?1 AND post_id = ?2")?
        .execute((deletion.topic_id, deletion.post_id))?;
    Ok(())
}

/// Keeps a member's request to leave. Who has asked already is no member any more.
pub(super) fn leave(
    db: &Connection,
    caller: Address,
    id: TopicId,
    request: &Bytes,
) -> StoreResult<()> {
    let member = members::require(db, caller, id)?;
    db.prepare_cached(
        "UPDATE topic_leaves SET leave_request = ?3 WHERE device = ?2 AND topic_id = ?1",
    )?
    .execute((id, member.device.0, request.as_slice()))?;
    db.prepare_cached("DELETE FROM topic_welcomed WHERE device = ?2 AND topic_id = ?1")?
        .execute((id, member.device.0))?;
    members::count(db, id)
}

pub(super) fn group(db: &Connection, caller: Address, id: TopicId) -> StoreResult<GroupDocument> {
    let member = members::require(db, caller, id)?;
    let last_seq = db
        .prepare_cached("SELECT last_seq FROM topics WHERE id = ?1")?
        .query_row((id,), |row| row.get(0))?;
    let mut leaves = db.prepare_cached(
        "SELECT leave_request FROM topic_leaves WHERE topic_id = ?1 AND leave_request IS NOT NULL",
    )?;
    let leaves = leaves.query_map((id,), |row| {
        Ok(PendingLeave {
            request: Bytes(row.get(0)?),
        })
    })?;
    let mut wraps = db.prepare_cached(
        "SELECT secret_id, epoch FROM topic_wraps WHERE topic_id = ?1 ORDER BY secret_id",
    )?;
    let wraps = wraps.query_map((id,), |row| {
        Ok(WrapEpoch {
            secret_id: row.get(0)?,
            epoch: row.get(1)?,
        })
    })?;
    Ok(GroupDocument {
        generation: member.settings.generation,
        epoch: member.epoch,
        leaves: leaves.collect::<Result<_, _>>()?,
        last_seq,
        wraps: wraps.collect::<Result<_, _>>()?,
    })
}
