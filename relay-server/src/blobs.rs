//! The bytes of blobs: each part that came is an object, in a folder or in a bucket that speaks S3. What there is, and whose it is, is
//! in the store (`store::BlobStore`); an object that the store does not know is nobody's.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OnceCell;

use crate::config::{BlobPlace, Config, Database};
use crate::domain::blob::{BlobId, BlobPart};
use crate::domain::{Refusal, UnixMillis};
use crate::error::ApiError;
use crate::store::{Store, StoreError, StoreResult};

/// How long the next bytes of an upload may take.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of an upload that are in memory before they are written, and of a download that are read at once.
const PIECE: usize = 1024 * 1024;
/// The same where each is a request of its own; a bucket takes none below 5 MiB.
const REMOTE_PIECE: usize = 8 * 1024 * 1024;
/// Pieces that are read ahead.
const READ_AHEAD: usize = 2;
/// Blobs that are dropped at once.
const DROPPED: u32 = 100;
/// How long a blob stays that is not complete.
const UNFINISHED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where blobs are, and how much of them there may be.
pub struct Blobs {
    place: Option<BlobPlace>,
    objects: OnceCell<Arc<dyn ObjectStore>>,
    piece: usize,
    /// Bytes of a blob at most.
    pub max_bytes: u64,
    /// Bytes of a user's blobs at most.
    pub quota: u64,
    expiry: Duration,
}

/// What came of an upload.
pub struct Written {
    /// The part.
    pub part: BlobPart,
    /// Whether the body ended well.
    pub is_whole: bool,
}

impl Blobs {
    /// As configured. Nothing is looked at before the first blob comes.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let place = match (&config.blobs.place, &config.database) {
            (Some(place), _) => Some(place.clone()),
            (None, Database::Sqlite(path)) => Some(BlobPlace::Folder(beside(path))),
            // A folder of one node is none of the others'.
            (None, Database::Postgres(_)) => None,
        };
        let is_remote = matches!(place, Some(BlobPlace::Bucket { .. }));
        Self {
            place,
            objects: OnceCell::new(),
            piece: if is_remote { REMOTE_PIECE } else { PIECE },
            max_bytes: config.blobs.max_bytes,
            quota: config.blobs.quota_bytes,
            expiry: config.blobs.expiry,
        }
    }

    /// Until when a complete blob stays.
    #[must_use]
    pub fn kept_until(&self, now: UnixMillis) -> UnixMillis {
        after(now, self.expiry)
    }

    /// Until when one may be completed.
    #[must_use]
    pub fn unfinished_until(&self, now: UnixMillis) -> UnixMillis {
        after(now, self.expiry.min(UNFINISHED))
    }

    /// Whether there is a place for blobs.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if not.
    pub fn require(&self) -> Result<(), ApiError> {
        match self.place {
            Some(_) => Ok(()),
            None => Err(Refusal::NotFound.into()),
        }
    }

    async fn objects(&self) -> Result<&Arc<dyn ObjectStore>, ApiError> {
        let place = self.place.as_ref().ok_or(Refusal::NotFound)?;
        self.objects
            .get_or_try_init(async || open(place))
            .await
            .map_err(failure)
    }

    /// Writes what comes, up to `limit` bytes, as a part that begins at `start`. A body that ends early gives a shorter part.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] if more comes; errors of the place. Nothing is left then.
    pub async fn write(
        &self,
        id: BlobId,
        start: u64,
        limit: u64,
        body: Body,
    ) -> Result<Written, ApiError> {
        let mut name = [0; 4];
        getrandom::fill(&mut name).map_err(|_| ApiError::Internal)?;
        let mut part = BlobPart {
            start,
            length: 0,
            name: u32::from_be_bytes(name),
        };
        let objects = Arc::clone(self.objects().await?);
        let mut writer = BufWriter::with_capacity(objects, path_of(id, &part), self.piece);
        let mut body = body.into_data_stream();
        let is_whole = loop {
            match next(&mut body).await {
                Ok(Some(bytes)) => {
                    part.length = part.length.saturating_add(bytes.len() as u64);
                    if part.length > limit {
                        // What was written is no part of anything.
                        drop(writer.abort().await);
                        return Err(
                            Refusal::TooLarge("more bytes than the file was to have").into()
                        );
                    }
                    writer.put(bytes).await.map_err(failure)?;
                }
                Ok(None) => break true,
                Err(()) => break false,
            }
        };
        if part.length > 0 {
            writer.shutdown().await.map_err(failure)?;
        }
        Ok(Written { part, is_whole })
    }

    /// Drops a part that has become none of its blob's.
    pub async fn discard(&self, id: BlobId, part: &BlobPart) {
        if let Ok(objects) = self.objects().await {
            // If it stays, it goes with the blob.
            drop(objects.delete(&path_of(id, part)).await);
        }
    }

    /// Bytes of a blob with these parts.
    ///
    /// # Errors
    /// As [`Self::require`]. What goes wrong later ends the stream.
    pub async fn read(
        &self,
        id: BlobId,
        parts: Vec<BlobPart>,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, ApiError> {
        let objects = Arc::clone(self.objects().await?);
        let piece = self.piece as u64;
        let pieces = parts
            .into_iter()
            .flat_map(move |part| pieces_of(part, range.clone(), piece));
        let read = move |(part, within): (BlobPart, Range<u64>)| {
            let objects = Arc::clone(&objects);
            async move { objects.get_range(&path_of(id, &part), within).await }
        };
        Ok(stream::iter(pieces).map(read).buffered(READ_AHEAD).boxed())
    }

    /// Drops what has expired by `now`: first the bytes, then the knowledge of them.
    ///
    /// # Errors
    /// Those of the place and the store.
    pub async fn sweep(&self, store: &dyn Store, now: UnixMillis) -> StoreResult<()> {
        loop {
            let ids = store.expired_blobs(now, DROPPED).await?;
            if ids.is_empty() {
                return Ok(());
            }
            for id in &ids {
                self.remove(*id).await?;
            }
            store.forget_blobs(ids).await?;
        }
    }

    /// Drops one that has ended.
    ///
    /// # Errors
    /// As [`Self::sweep`].
    pub async fn drop_now(&self, store: &dyn Store, id: BlobId) -> StoreResult<()> {
        self.remove(id).await?;
        store.forget_blobs(vec![id]).await
    }

    /// Drops all bytes of a blob, those of unfinished parts, too.
    async fn remove(&self, id: BlobId) -> StoreResult<()> {
        let failed = |error: &dyn std::fmt::Display| StoreError::Failed(error.to_string());
        if let Some(BlobPlace::Folder(folder)) = &self.place {
            // What was being written when the relay was killed is no object yet.
            let folder = folder.join(name_of(id));
            return match tokio::fs::remove_dir_all(folder).await {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&error.kind())),
                _ => Ok(()),
            };
        }
        let objects = self.objects().await.map_err(|error| failed(&error))?;
        let found = objects
            .list(Some(&ObjectPath::from(name_of(id))))
            .map_ok(|object| object.location);
        let dropped = objects
            .delete_stream(found.boxed())
            .filter(|outcome| {
                let is_gone = matches!(outcome, Err(object_store::Error::NotFound { .. }));
                std::future::ready(!is_gone)
            })
            .try_for_each(|_| std::future::ready(Ok(())))
            .await;
        // The names of blobs are not for the log.
        dropped.map_err(|_| failed(&"objects could not be dropped"))
    }
}

/// The folder for blobs beside a database file.
fn beside(database: &Path) -> PathBuf {
    database.with_extension("blobs")
}

fn after(now: UnixMillis, duration: Duration) -> UnixMillis {
    now.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn open(place: &BlobPlace) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(match place {
        BlobPlace::Folder(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| object_store::Error::Generic {
                store: "folder",
                source: error.into(),
            })?;
            Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
        }
        BlobPlace::Bucket { name, prefix } => {
            let bucket = AmazonS3Builder::from_env().with_bucket_name(name).build()?;
            let prefix = ObjectPath::from(prefix.as_str());
            Arc::new(object_store::prefix::PrefixStore::new(bucket, prefix))
        }
    })
}

/// The folder of a blob's parts.
fn name_of(id: BlobId) -> String {
    let hex = id.as_bytes().iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

fn path_of(id: BlobId, part: &BlobPart) -> ObjectPath {
    ObjectPath::from(name_of(id)).join(format!("{:016x}-{:08x}", part.start, part.name))
}

/// The ranges within a part that make its share of a range of the blob.
fn pieces_of(
    part: BlobPart,
    range: Range<u64>,
    piece: u64,
) -> impl Iterator<Item = (BlobPart, Range<u64>)> {
    let from = range.start.max(part.start).saturating_sub(part.start);
    let to = range.end.saturating_sub(part.start).min(part.length);
    let starts = std::iter::successors(Some(from), move |start| start.checked_add(piece));
    starts
        .take_while(move |start| *start < to)
        .map(move |start| (part, start..start.saturating_add(piece).min(to)))
}

/// The next bytes of a body, or its end.
async fn next(body: &mut BodyDataStream) -> Result<Option<Bytes>, ()> {
    let came = tokio::time::timeout(IDLE, body.next()).await;
    came.map_err(drop)?.transpose().map_err(drop)
}

/// What a caller is told of a place that failed. What is logged names no blob.
fn failure(error: impl std::error::Error + 'static) -> ApiError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        let kind = error.downcast_ref().map(std::io::Error::kind);
        match kind {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
                return ApiError::StorageFull;
            }
            Some(ErrorKind::ReadOnlyFilesystem) => return ApiError::ReadOnly,
            Some(ErrorKind::Other) | None => {}
            Some(kind) => tracing::error!(%kind, "the place of blobs failed"),
        }
        let known = error.downcast_ref::<object_store::Error>();
        if let Some(kind) = known.and_then(kind_of) {
            tracing::error!(kind, "the place of blobs failed");
        }
        cause = error.source();
    }
    tracing::error!("a blob could not be kept or read");
    ApiError::Internal
}

/// What is worth knowing of an error.
const fn kind_of(error: &object_store::Error) -> Option<&'static str> {
    match error {
        object_store::Error::NotFound { .. } => Some("an object is missing"),
        object_store::Error::PermissionDenied { .. } => Some("not permitted"),
        object_store::Error::Unauthenticated { .. } => Some("the credentials are refused"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_share_a_database_share_a_place_or_have_none() {
        let url = |name: &str| (name == "DATABASE_URL").then(|| "postgres://db/chat".to_owned());
        let mut config = Config::read(url).unwrap();
        let blobs = Blobs::new(&config);
        assert_eq!(blobs.require(), Err(Refusal::NotFound.into()));
        config.blobs.place = Some(BlobPlace::Folder("shared".into()));
        assert_eq!(Blobs::new(&config).require(), Ok(()));
        let own = Blobs::new(&Config::default());
        assert_eq!(own.place, Some(BlobPlace::Folder("sealpost.blobs".into())));
    }

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let io = |kind: ErrorKind| object_store::Error::Generic {
            store: "folder",
            source: Box::new(std::io::Error::from(kind)),
        };
        assert_eq!(failure(io(ErrorKind::StorageFull)), ApiError::StorageFull);
        assert_eq!(
            failure(io(ErrorKind::ReadOnlyFilesystem)),
            ApiError::ReadOnly
        );
        assert_eq!(failure(io(ErrorKind::BrokenPipe)), ApiError::Internal);
        // As the writer hands them on.
        let wrapped = std::io::Error::other(io(ErrorKind::StorageFull));
        assert_eq!(failure(wrapped), ApiError::StorageFull);
    }

    #[test]
    fn a_range_is_made_of_pieces_of_parts() {
        let part = |start, length| BlobPart {
            start,
            length,
            name: 0,
        };
        let parts = [part(0, 10), part(10, 1), part(11, 20)];
        let of = |range: Range<u64>| {
            let pieces = parts
                .into_iter()
                .flat_map(|part| pieces_of(part, range.clone(), 8));
            pieces
                .map(|(part, within)| part.start + within.start..part.start + within.end)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0..31), [0..8, 8..10, 10..11, 11..19, 19..27, 27..31]);
        assert_eq!(of(9..12), [9..10, 10..11, 11..12]);
        assert_eq!(of(12..13), std::slice::from_ref(&(12..13)));
        assert_eq!(of(5..5), []);
        assert_eq!(of(31..99), []);
    }
}
