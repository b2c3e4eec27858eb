//! The storage contract.

use std::future::Future;

use super::error::StoreError;
use super::query::{Query, Snapshot};
use super::write_set::WriteSet;

/// How many commits the store has seen. 0 is a store that was never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision that a commit on top of this one creates.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A transactional key-value store.
///
/// Nothing here is `Send`: the core runs on one thread.
pub trait Store {
    /// Answers all `queries` in one read transaction.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a record cannot be read; [`StoreError::Unavailable`] or [`StoreError::Backend`]
    /// if the storage itself fails.
    fn read(&self, queries: &[Query]) -> impl Future<Output = Result<Snapshot, StoreError>>;

    /// Applies `writes` in order and raises the revision by one, in one durable read-write transaction that first
    /// checks that the revision is still `expected`. Returns the new revision.
    ///
    /// All or nothing: after an error nothing has changed. A future dropped before it is done leaves either all or
    /// nothing behind; the next read tells which.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something was committed since `expected`; [`StoreError::Quota`] if there is no
    /// room; [`StoreError::Unavailable`] or [`StoreError::Backend`] if the storage itself fails.
    fn commit(
        &self,
        expected: Revision,
        writes: WriteSet,
    ) -> impl Future<Output = Result<Revision, StoreError>>;
}
