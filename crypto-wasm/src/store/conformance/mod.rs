//! The test suite that every [`Store`] must pass. A failed check panics and says which one it was.
//!
//! [`check_all`] needs only a [`Backend`], so it runs natively and in browsers alike.

mod basics;
mod races;
mod scans;
mod support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;

use super::error::StoreError;
use super::memory::MemoryStore;
use super::sealed::{Sealed, VaultKey};
use super::traits::Store;

type Outcome = Result<(), StoreError>;

/// How the suite gets at stores.
pub trait Backend {
    /// The implementation under test.
    type Store: Store;

    /// Opens a handle on the database with this name, which is created empty if it is not there. Two handles with
    /// one name see the same data.
    ///
    /// # Errors
    /// Whatever opening reports; the suite fails then.
    fn open(&self, name: &str) -> impl Future<Output = Result<Self::Store, StoreError>>;
}

/// Runs every check, each on a database of its own.
///
/// # Errors
/// Those of the store, where a check expects success.
pub async fn check_all(backend: &impl Backend) -> Outcome {
    basics::check_empty_store(backend).await?;
    basics::check_put_get_delete(backend).await?;
    basics::check_commit_is_atomic(backend).await?;
    basics::check_order_of_writes(backend).await?;
    races::check_conflict(backend).await?;
    races::check_snapshot_is_consistent(backend).await?;
    basics::check_collections_are_apart(backend).await?;
    scans::check_scan_order_and_limit(backend).await?;
    scans::check_scan_ranges(backend).await?;
    scans::check_delete_range(backend).await?;
    basics::check_binary_keys(backend).await?;
    basics::check_values(backend).await?;
    scans::check_many_records(backend).await?;
    basics::check_reopen(backend).await?;
    races::check_concurrent_commits(backend).await?;
    races::check_dropped_commit(backend).await
}

/// Memory stores by name.
#[derive(Default)]
pub struct MemoryBackend(RefCell<BTreeMap<String, MemoryStore>>);

impl Backend for MemoryBackend {
    type Store = MemoryStore;

    async fn open(&self, name: &str) -> Result<MemoryStore, StoreError> {
        Ok(self
            .0
            .borrow_mut()
            .entry(name.to_owned())
            .or_default()
            .clone())
    }
}

/// Another backend's stores, sealed under one key.
pub struct SealedBackend<B>(pub B);

impl<B: Backend> Backend for SealedBackend<B> {
    type Store = Sealed<B::Store>;

    async fn open(&self, name: &str) -> Result<Self::Store, StoreError> {
        let key = VaultKey::copy_from(b"one fixed key for all the tests!");
        Ok(Sealed::new(self.0.open(name).await?, key))
    }
}
