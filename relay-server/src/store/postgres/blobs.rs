//! Which blobs there are.

use async_trait::async_trait;
use tokio_postgres::Row;

use super::db::Db;
use super::locks::Locks;
use super::rows::{Columns as _, int};
use super::{PostgresStore, StoreResult, devices};
use crate::domain::blob::{Blob, BlobId, BlobPart, NewBlob};
use crate::domain::{Address, Refusal, UnixMillis, UserId};
use crate::store::BlobStore;

#[async_trait]
impl BlobStore for PostgresStore {
    async fn create_blob(
        &self,
        caller: Address,
        blob: NewBlob,
        now: UnixMillis,
    ) -> StoreResult<Blob> {
        self.writer
            .run(Locks::of([caller.user_id]), async move |db| {
                create(db, caller, blob, now).await
            })
            .await
    }

    async fn blob(&self, id: BlobId, now: UnixMillis) -> StoreResult<Option<Blob>> {
        self.readers
            .one(async move |db| find(db, id, now).await)
            .await
    }

    async fn blob_parts(&self, id: BlobId) -> StoreResult<Vec<BlobPart>> {
        self.readers.one(async move |db| parts(db, id).await).await
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
            .run(Locks::of([caller.user_id]), async move |db| {
                add(db, caller, id, part, kept_until, now).await
            })
            .await
    }

    async fn end_blob(&self, user: UserId, id: BlobId, now: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(Locks::of([user]), async move |db| {
                let ended = db
                    .execute(
                        "UPDATE blobs SET expires_at = 0 WHERE id = $1 AND user_id = $2 AND expires_at > $3",
                        &[&id, &user, &int(now)],
                    )
                    .await?;
                if ended == 0 {
                    return Err(Refusal::NotFound.into());
                }
                Ok(())
            })
            .await
    }

    async fn expired_blobs(&self, now: UnixMillis, limit: u32) -> StoreResult<Vec<BlobId>> {
        self.readers
            .one(async move |db| {
                let rows = db
                    .all(
                        "SELECT id FROM blobs WHERE expires_at <= $1 LIMIT $2",
                        &[&int(now), &int(limit)],
                    )
                    .await?;
                rows.iter().map(|row| row.col(0)).collect()
            })
            .await
    }

    async fn forget_blobs(&self, ids: Vec<BlobId>) -> StoreResult<()> {
        self.writer
            .run(Locks::none(), async move |db| {
                db.execute("DELETE FROM blobs WHERE id = ANY ($1)", &[&ids])
                    .await
                    .map(drop)
            })
            .await
    }
}

/// Whoever makes one holds the user; another user who makes the same is waited for where it is inserted.
async fn create(db: &Db, caller: Address, new: NewBlob, now: UnixMillis) -> StoreResult<Blob> {
    devices::require_active(db, caller).await?;
    if let Some(blob) = find(db, new.id, now).await? {
        let is_same = blob.owner == caller.user_id && blob.length == new.length;
        return if is_same {
            Ok(blob)
        } else {
            Err(Refusal::Conflict.into())
        };
    }
    let row = db
        .one(
            "SELECT coalesce(sum(length), 0)::bigint FROM blobs WHERE user_id = $1 AND expires_at > $2",
            &[&caller.user_id, &int(now)],
        )
        .await?;
    let used: u64 = row.number(0)?;
    if new.length > new.quota.saturating_sub(used) {
        return Err(Refusal::TooLarge("the user's files take all the room that they may").into());
    }
    let made = db
        .execute(
            "INSERT INTO blobs (id, user_id, length, received, created_at, expires_at) VALUES ($1, $2, $3, 0, $4, $5)
             ON CONFLICT DO NOTHING",
            &[&new.id, &caller.user_id, &int(new.length), &int(now), &int(new.expires_at)],
        )
        .await?;
    if made == 0 {
        return Err(Refusal::Conflict.into());
    }
    Ok(Blob {
        owner: caller.user_id,
        length: new.length,
        received: 0,
        expires_at: new.expires_at,
    })
}

async fn find(db: &Db, id: BlobId, now: UnixMillis) -> StoreResult<Option<Blob>> {
    let row = db
        .optional(
            "SELECT user_id, length, received, expires_at FROM blobs WHERE id = $1 AND expires_at > $2",
            &[&id, &int(now)],
        )
        .await?;
    let blob = row.map(|row| {
        Ok(Blob {
            owner: row.col(0)?,
            length: row.number(1)?,
            received: row.number(2)?,
            expires_at: row.number(3)?,
        })
    });
    blob.transpose()
}

async fn parts(db: &Db, id: BlobId) -> StoreResult<Vec<BlobPart>> {
    let part = |row: &Row| {
        Ok(BlobPart {
            start: row.number(0)?,
            length: row.number(1)?,
            name: row.number(2)?,
        })
    };
    let rows = db
        .all(
            "SELECT start, length, name FROM blob_parts WHERE blob_id = $1 ORDER BY start",
            &[&id],
        )
        .await?;
    rows.iter().map(part).collect()
}

async fn add(
    db: &Db,
    caller: Address,
    id: BlobId,
    part: BlobPart,
    kept_until: UnixMillis,
    now: UnixMillis,
) -> StoreResult<Blob> {
    devices::require_active(db, caller).await?;
    let found = find(db, id, now).await?;
    let mut blob = found
        .filter(|blob| blob.owner == caller.user_id)
        .ok_or(Refusal::NotFound)?;
    let row = db
        .one("SELECT count(*) FROM blob_parts WHERE blob_id = $1", &[&id])
        .await?;
    blob.received = part.appended_to(blob, row.number(0)?)?;
    if blob.is_complete() {
        blob.expires_at = kept_until;
    }
    // None, if a sweep has dropped the blob meanwhile.
    let updated = db
        .execute(
            "UPDATE blobs SET received = $2, expires_at = $3 WHERE id = $1",
            &[&id, &int(blob.received), &int(blob.expires_at)],
        )
        .await?;
    if updated == 0 {
        return Err(Refusal::NotFound.into());
    }
    db.execute(
        "INSERT INTO blob_parts (blob_id, start, length, name) VALUES ($1, $2, $3, $4)",
        &[&id, &int(part.start), &int(part.length), &int(part.name)],
    )
    .await?;
    Ok(blob)
}
