//! Storage: a transactional key-value store that everything the client remembers goes through.
//!
//! [`Store`] reads a consistent [`Snapshot`] and commits a [`WriteSet`] atomically, provided that nothing was
//! committed since the snapshot's [`Revision`]. [`MemoryStore`] is for tests and short-lived clients,
//! `IndexedDbStore` for browsers; [`Sealed`] wraps either and encrypts every value under a [`VaultKey`].
//!
//! This layer knows nothing of what it stores: no ratchets, no messages.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod memory;
mod traits;
mod write_set;

pub use memory::MemoryStore;
pub use traits::{
    Answer, Collection, Direction, KeyRange, Query, Record, Revision, Snapshot, Store, StoreError,
    Value,
};
pub use write_set::{Write, WriteSet};
