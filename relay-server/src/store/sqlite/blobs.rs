//! Which blobs there are.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension};

use super::{SqliteStore, StoreResult, devices};
use crate::domain::blob::{Blob, BlobId, BlobPart, NewBlob};
use crate::domain::{Address, Refusal, UnixMillis, UserId};
use crate::store::BlobStore;

#[async_trait]
impl BlobStore for SqliteStore {
    async fn create_blob(
        &self,
        caller: Address,
        blob: NewBlob,
        now: UnixMillis,
    ) -> StoreResult<Blob> {
        self.writer
            .run(move |db| create(db, caller, blob, now))
            .await
    }

    async fn blob(&self, id: BlobId, now: UnixMillis) -> StoreResult<Option<Blob>> {
        self.readers.run(move |db| find(db, id, now)).await
    }

    async fn blob_parts(&self, id: BlobId) -> StoreResult<Vec<BlobPart>> {
        self.readers.run(move |db| parts(db, id)).await
    }

    async fn add_blob_part(
        &self,
        caller: Address,
        id: BlobId,
        part: BlobPart,
        kept_until: UnixMillis,
        now: UnixMillis,
    ) -> StoreResult<Blob> {
        self.writer
            .run(move |db| add(db, caller, id, part, kept_until, now))
            .await
    }

    async fn end_blob(&self, user: UserId, id: BlobId, now: UnixMillis) -> StoreResult<()> {
        self.writer.run(move |db| end(db, user, id, now)).await
    }

    async fn expired_blobs(&self, now: UnixMillis, limit: u32) -> StoreResult<Vec<BlobId>> {
        self.readers.run(move |db| expired(db, now, limit)).await
    }

    async fn forget_blobs(&self, ids: Vec<BlobId>) -> StoreResult<()> {
        self.writer.run(move |db| forget(db, &ids)).await
    }
}

fn create(db: &Connection, caller: Address, new: NewBlob, now: UnixMillis) -> StoreResult<Blob> {
    devices::require_active(db, caller)?;
    let exists = db
        .prepare_cached("SELECT 1 FROM blobs WHERE id = ?1")?
        .exists((new.id,))?;
    if exists {
        return match find(db, new.id, now)? {
            Some(blob) if blob.owner == caller.user_id && blob.length == new.length => Ok(blob),
            _ => Err(Refusal::Conflict.into()),
        };
    }
    let used: u64 = db
        .prepare_cached(
            "SELECT coalesce(sum(length), 0) FROM blobs WHERE user_id = ?1 AND expires_at > ?2",
        )?
        .query_row((caller.user_id, now), |row| row.get(0))?;
    if new.length > new.quota.saturating_sub(used) {
        return Err(Refusal::TooLarge("the user's files take all the room that they may").into());
    }
    db.prepare_cached(
        "INSERT INTO blobs (id, user_id, length, received, created_at, expires_at) VALUES (?1, ?2, ?3, 0, ?4, ?5)",
    )?
    .execute((new.id, caller.user_id, new.length, now, new.expires_at))?;
    Ok(Blob {
        owner: caller.user_id,
        length: new.length,
        received: 0,
        expires_at: new.expires_at,
    })
}

fn find(db: &Connection, id: BlobId, now: UnixMillis) -> StoreResult<Option<Blob>> {
    Ok(db
        .prepare_cached(
            "SELECT user_id, length, received, expires_at FROM blobs WHERE id = ?1 AND expires_at > ?2",
        )?
        .query_row((id, now), |row| {
            Ok(Blob {
                owner: row.get(0)?,
                length: row.get(1)?,
                received: row.get(2)?,
                expires_at: row.get(3)?,
            })
        })
        .optional()?)
}

fn parts(db: &Connection, id: BlobId) -> StoreResult<Vec<BlobPart>> {
    let mut statement = db.prepare_cached(
        "SELECT start, length, name FROM blob_parts WHERE blob_id = ?1 ORDER BY start",
    )?;
    let found = statement.query_map((id,), |row| {
        Ok(BlobPart {
            start: row.get(0)?,
            length: row.get(1)?,
            name: row.get(2)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn add(
    db: &Connection,
    caller: Address,
    id: BlobId,
    part: BlobPart,
    kept_until: UnixMillis,
    now: UnixMillis,
) -> StoreResult<Blob> {
    devices::require_active(db, caller)?;
    let found = find(db, id, now)?.filter(|blob| blob.owner == caller.user_id);
    let mut blob = found.ok_or(Refusal::NotFound)?;
    let count: u64 = db
        .prepare_cached("SELECT count(*) FROM blob_parts WHERE blob_id = ?1")?
        .query_row((id,), |row| row.get(0))?;
    blob.received = part.appended_to(blob, count)?;
    if blob.is_complete() {
        blob.expires_at = kept_until;
    }
    db.prepare_cached(
        "INSERT INTO blob_parts (blob_id, start, length, name) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((id, part.start, part.length, part.name))?;
    db.prepare_cached("UPDATE blobs SET received = ?2, expires_at = ?3 WHERE id = ?1")?
        .execute((id, blob.received, blob.expires_at))?;
    Ok(blob)
}

fn end(db: &Connection, user: UserId, id: BlobId, now: UnixMillis) -> StoreResult<()> {
    let ended = db
        .prepare_cached(
            "UPDATE blobs SET expires_at = 0 WHERE id = ?1 AND user_id = ?2 AND expires_at > ?3",
        )?
        .execute((id, user, now))?;
    if ended == 0 {
        return Err(Refusal::NotFound.into());
    }
    Ok(())
}

fn expired(db: &Connection, now: UnixMillis, limit: u32) -> StoreResult<Vec<BlobId>> {
    let mut statement =
        db.prepare_cached("SELECT id FROM blobs WHERE expires_at <= ?1 LIMIT ?2")?;
    let found = statement.query_map((now, limit), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn forget(db: &Connection, ids: &[BlobId]) -> StoreResult<()> {
    let mut statement = db.prepare_cached("DELETE FROM blobs WHERE id = ?1")?;
    for id in ids {
        statement.execute((id,))?;
    }
    Ok(())
}
