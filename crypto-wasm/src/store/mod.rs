//! Storage: a transactional key-value store that everything the client remembers goes through.
//!
//! [`Store`] reads a consistent [`Snapshot`] and commits a [`WriteSet`] atomically, provided that nothing was
//! committed since the snapshot's [`Revision`]. [`MemoryStore`] is for tests and short-lived clients,
//! `IndexedDbStore` for browsers; [`Sealed`] wraps either and encrypts every value under a [`VaultKey`].
//!
//! This layer knows nothing of what it stores: no ratchets, no messages.

mod collection;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod key_range;
mod memory;
mod query;
mod record;
mod traits;
mod write_set;

pub use collection::Collection;
pub use error::StoreError;
pub use key_range::KeyRange;
pub use memory::MemoryStore;
pub use query::{Answer, Direction, Query, Snapshot};
pub use record::{Record, Value};
pub use traits::{Revision, Store};
pub use write_set::{Write, WriteSet};
