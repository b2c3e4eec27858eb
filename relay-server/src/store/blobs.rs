//! Which blobs there are. Their bytes are kept elsewhere (`crate::blobs`).

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::blob::{Blob, BlobId, BlobPart, NewBlob};
use crate::domain::{Address, UnixMillis, UserId};

/// What the relay keeps of blobs. One that has expired is not there, for anybody but those who drop it.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Begins a blob of the caller's user, for which there must be room: [`Refusal::TooLarge`](crate::domain::Refusal::TooLarge). The same again
    /// changes nothing; the id with another length or user is [`Refusal::Conflict`](crate::domain::Refusal::Conflict).
    async fn create_blob(
        &self,
        caller: Address,
        blob: NewBlob,
        now: UnixMillis,
    ) -> StoreResult<Blob>;

    /// A blob.
    async fn blob(&self, id: BlobId, now: UnixMillis) -> StoreResult<Option<Blob>>;

    /// A blob's parts, in order.
    async fn blob_parts(&self, id: BlobId) -> StoreResult<Vec<BlobPart>>;

    /// Adds a part, which must begin where the blob ends, [`Refusal::Conflict`](crate::domain::Refusal::Conflict), of which there are not too many
    /// yet, [`Refusal::TooLarge`](crate::domain::Refusal::TooLarge); of a blob of the caller's user, [`Refusal::NotFound`](crate::domain::Refusal::NotFound). When it
    /// completes the blob, that stays until `kept_until`.
    async fn add_blob_part(
        &self,
        caller: Address,
        id: BlobId,
        part: BlobPart,
        kept_until: UnixMillis,
        now: UnixMillis,
    ) -> StoreResult<Blob>;

    /// Lets a blob of the user's expire; [`Refusal::NotFound`](crate::domain::Refusal::NotFound) if there is none.
    async fn end_blob(&self, user: UserId, id: BlobId, now: UnixMillis) -> StoreResult<()>;

    /// Some blobs that have expired.
    async fn expired_blobs(&self, now: UnixMillis, limit: u32) -> StoreResult<Vec<BlobId>>;

    /// Drops what is kept of blobs whose bytes are gone.
    async fn forget_blobs(&self, ids: Vec<BlobId>) -> StoreResult<()>;
}
