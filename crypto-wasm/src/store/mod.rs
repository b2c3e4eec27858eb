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
#[cfg(target_arch = "wasm32")]
mod idb_connection;
#[cfg(target_arch = "wasm32")]
mod idb_error;
#[cfg(target_arch = "wasm32")]
mod idb_request;
#[cfg(target_arch = "wasm32")]
mod indexeddb;
mod key_range;
mod memory;
#[cfg(any(test, target_arch = "wasm32"))]
mod migrations;
mod query;
mod record;
mod sealed;
mod traits;
pub mod vault;
mod write_set;

pub use collection::Collection;
pub use error::{DamagedRecord, StoreError};
#[cfg(target_arch = "wasm32")]
pub use indexeddb::IndexedDbStore;
pub use key_range::KeyRange;
pub use memory::MemoryStore;
#[cfg(any(test, target_arch = "wasm32"))]
pub use migrations::SCHEMA_VERSION;
pub use query::{Answer, Direction, Query, Snapshot};
pub use record::{Record, Value};
pub use sealed::{Sealed, VaultKey};
pub use traits::{Revision, Store};
#[cfg(target_arch = "wasm32")]
pub use vault::{open_sealed, vault_key};
pub use write_set::{Write, WriteSet};
