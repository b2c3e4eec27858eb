//! A store in the browser's IndexedDB: one database, one object store for each collection, and two of its own for the
//! revision and for the vault's slots.
//!
//! Reads and commits are one IndexedDB transaction each. Every commit reads and writes the revision in its own
//! transaction, so commits of all tabs and workers run one after another, and a commit on an old revision is refused.

use indexed_db_futures::KeyRange as IdbRange;
use indexed_db_futures::cursor::{Cursor, CursorDirection};
use indexed_db_futures::database::Database;
use indexed_db_futures::future::{BasicRequest, CursorRequest, GetAllPrimitiveRequest};
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{
    Transaction, TransactionDurability, TransactionMode, TransactionOptions,
};
use indexed_db_futures::typed_array::Uint8ArraySlice;
use std::ops::Bound;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

use super::error::StoreError;
use super::idb_connection::{self, Connection};
use super::idb_error::from_js;
use super::key_range::KeyRange;
use super::migrations::{REVISION_STORE, SCHEMA_VERSION};
use super::query::{Answer, Direction, Query, Snapshot};
use super::record::Record;
use super::traits::{Revision, Store};
use super::write_set::{Write, WriteSet};

/// The key of the only record in the revision's object store.
const REVISION_KEY: &str = "revision";

/// A [`Store`] in an IndexedDB database, for windows and workers alike. Clones share one connection.
#[derive(Clone)]
pub struct IndexedDbStore {
    connection: Rc<Connection>,
}

impl IndexedDbStore {
    /// Opens the database `name`, creating or upgrading it where needed.
    ///
    /// A connection closes itself as soon as another page wants to upgrade or delete the database, and is
    /// [`StoreError::Unavailable`] from then on.
    ///
    /// # Errors
    /// [`StoreError::Version`] if newer software has upgraded the database; [`StoreError::Unavailable`] if there is
    /// no IndexedDB here or another page does not let go of an older version.
    pub async fn open(name: &str) -> Result<Self, StoreError> {
        Self::open_version(name, SCHEMA_VERSION).await
    }

    /// Opens the database as software with another schema version would.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    #[cfg(feature = "conformance")]
    pub async fn open_as(name: &str, version: u32) -> Result<Self, StoreError> {
        Self::open_version(name, version).await
    }

    async fn open_version(name: &str, version: u32) -> Result<Self, StoreError> {
        let connection = idb_connection::open(name, version).await?;
        Ok(Self {
            connection: Rc::new(connection),
        })
    }

    /// Closes the connection, for all clones. Transactions that are under way are finished.
    pub fn close(&self) {
        self.connection.close();
    }

    /// Deletes the database `name` with everything in it. Nothing happens if there is none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no IndexedDB here; [`StoreError::Backend`] if it fails.
    pub async fn delete(name: &str) -> Result<(), StoreError> {
        Database::delete_by_name(name)?.await?;
        Ok(())
    }

    /// Starts a transaction over some object stores. Dropping it is the roll-back.
    pub(super) fn transaction(
        &self,
        stores: &[&str],
        mode: TransactionMode,
    ) -> Result<Transaction<'_>, StoreError> {
        let options = TransactionOptions::new().with_durability(TransactionDurability::Strict);
        Ok(self
            .connection
            .database()
            .transaction(stores)
            .with_mode(mode)
            .with_options(options)
            .build()?)
    }
}

impl Store for IndexedDbStore {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        let names = object_stores(queries.iter().map(|query| query.collection().name()));
        let transaction = self.transaction(&names, TransactionMode::Readonly)?;
        let counter = transaction.object_store(REVISION_STORE)?;
        let stores = queries
            .iter()
            .map(|query| transaction.object_store(query.collection().name()))
            .collect::<Result<Vec<_>, _>>()?;

        // All requests go out before the first is awaited: they are answered in this order anyway.
        let revision = counter.get(REVISION_KEY).primitive()?;
        let pending = queries
            .iter()
            .zip(&stores)
            .map(|(query, store)| Pending::request(store, query))
            .collect::<Result<Vec<_>, _>>()?;

        let revision = decode_revision(revision.await?)?;
        let mut answers = Vec::with_capacity(queries.len());
        for (query, pending) in queries.iter().zip(pending) {
            answers.push(pending.answer(query).await?);
        }
        Ok(Snapshot::new(revision, answers))
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        let names = object_stores(writes.iter().map(|write| write.collection().name()));
        let transaction = self.transaction(&names, TransactionMode::Readwrite)?;
        if stored_revision(&transaction).await? != expected {
            return Err(StoreError::Conflict);
        }
        // Nothing is awaited from here to the commit, so no write can be answered, and outlive a drop, on its own.
        for write in &writes {
            apply(&transaction, write)?;
        }
        let next = expected.next();
        let bytes = next.0.to_be_bytes();
        let counter = transaction.object_store(REVISION_STORE)?;
        drop(
            counter
                .put(Uint8ArraySlice::new(&bytes))
                .with_key(REVISION_KEY)
                .without_key_type()
                .primitive()?,
        );
        drop(counter);
        finish(transaction).await?;
        Ok(next)
    }
}

/// Commits, and where that fails finds out why: a transaction that ran out of quota only says "aborted" here.
pub(super) async fn finish(transaction: Transaction<'_>) -> Result<(), StoreError> {
    let system: web_sys::IdbTransaction = transaction.as_sys().clone().unchecked_into();
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(error) => Err(system
            .error()
            .map_or_else(|| error.into(), |reason| from_js(reason.into()))),
    }
}

/// The names for a transaction: the given ones, once each, and the revision's.
fn object_stores<'a>(collections: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = vec![REVISION_STORE];
    for name in collections {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The revision, read in a transaction that covers its object store.
pub(super) async fn stored_revision(transaction: &Transaction<'_>) -> Result<Revision, StoreError> {
    let counter = transaction.object_store(REVISION_STORE)?;
    decode_revision(counter.get(REVISION_KEY).primitive()?.await?)
}

fn decode_revision(stored: Option<JsValue>) -> Result<Revision, StoreError> {
    let Some(stored) = stored else {
        return Ok(Revision::default());
    };
    bytes(&stored)
        .and_then(|bytes| bytes.try_into().ok())
        .map(|bytes| Revision(u64::from_be_bytes(bytes)))
        .ok_or_else(|| StoreError::Corrupt {
            collection: REVISION_STORE,
            key: REVISION_KEY.into(),
        })
}

fn apply(transaction: &Transaction<'_>, write: &Write) -> Result<(), StoreError> {
    let store = transaction.object_store(write.collection().name())?;
    match write {
        Write::Put { key, value, .. } => {
            let put = store
                .put(Uint8ArraySlice::new(value.as_bytes()))
                .with_key(Uint8ArraySlice::new(key));
            drop(put.without_key_type().primitive()?);
        }
        Write::Delete { key, .. } => drop(store.delete(Uint8ArraySlice::new(key)).primitive()?),
        Write::DeleteRange { range, .. } => {
            if let Some(range) = idb_range(range) {
                drop(store.delete::<Uint8ArraySlice<'_>, _>(range).primitive()?);
            }
        }
    }
    Ok(())
}

/// A query that has been sent off.
enum Pending<'s> {
    Value(BasicRequest<Option<JsValue>>),
    Records {
        keys: GetAllPrimitiveRequest<JsValue>,
        values: GetAllPrimitiveRequest<JsValue>,
    },
    Cursor(CursorRequest<'s, Cursor<'s, ObjectStore<'s>>, ObjectStore<'s>>),
    Nothing,
}

impl<'s> Pending<'s> {
    fn request(store: &'s ObjectStore<'s>, query: &Query) -> Result<Self, StoreError> {
        let (range, direction, limit) = match query {
            Query::Get { key, .. } => {
                return Ok(Self::Value(
                    store.get(Uint8ArraySlice::new(key)).primitive()?,
                ));
            }
            Query::Scan {
                range,
                direction,
                limit,
                ..
            } => (range, *direction, *limit),
        };
        // IndexedDB takes a limit of 0 for none, and refuses an inverted range.
        let Some(range) = idb_range(range).filter(|_| limit != Some(0)) else {
            return Ok(Self::Nothing);
        };
        match (direction, limit) {
            (Direction::Descending, Some(_)) => {
                let cursor = store
                    .open_cursor()
                    .with_query::<Uint8ArraySlice<'_>, _>(range)
                    .with_direction(CursorDirection::Prev);
                Ok(Self::Cursor(cursor.primitive()?))
            }
            (_, limit) => {
                let limit = limit.unwrap_or(u32::MAX);
                let keys = store
                    .get_all_keys()
                    .with_query::<Uint8ArraySlice<'_>, _>(range.clone())
                    .with_limit(limit)
                    .primitive()?;
                let values = store
                    .get_all()
                    .with_query::<Uint8ArraySlice<'_>, _>(range)
                    .with_limit(limit)
                    .primitive()?;
                Ok(Self::Records { keys, values })
            }
        }
    }

    async fn answer(self, query: &Query) -> Result<Answer, StoreError> {
        let collection = query.collection().name();
        let corrupt = |key: &[u8]| StoreError::Corrupt {
            collection,
            key: key.to_vec(),
        };
        let record = |key: &JsValue, value: &JsValue| {
            let key = bytes(key).ok_or_else(|| corrupt(b""))?;
            let value = bytes(value).ok_or_else(|| corrupt(&key))?.into();
            Ok::<_, StoreError>(Record { key, value })
        };
        let mut records = Vec::new();
        match (self, query) {
            (Self::Value(request), Query::Get { key, .. }) => {
                let value = request
                    .await?
                    .map(|value| bytes(&value).ok_or_else(|| corrupt(key)))
                    .transpose()?;
                return Ok(Answer::Value(value.map(Into::into)));
            }
            (Self::Records { keys, values }, Query::Scan { direction, .. }) => {
                for (key, value) in keys.await?.zip(values.await?) {
                    records.push(record(&key?, &value?)?);
                }
                if *direction == Direction::Descending {
                    records.reverse();
                }
            }
            (
                Self::Cursor(request),
                Query::Scan {
                    limit: Some(limit), ..
                },
            ) => {
                if let Some(mut cursor) = request.await? {
                    for _ in 0..*limit {
                        let Some(value) = cursor.next_record::<JsValue>().await? else {
                            break;
                        };
                        let key = cursor
                            .primary_key::<JsValue>()?
                            .ok_or_else(|| corrupt(b""))?;
                        records.push(record(&key, &value)?);
                    }
                }
            }
            _ => {}
        }
        Ok(Answer::Records(records))
    }
}

/// The bytes of a value (a `Uint8Array`) or a key (an `ArrayBuffer`), or `None` if it is something else.
pub(super) fn bytes(js: &JsValue) -> Option<Vec<u8>> {
    if let Some(array) = js.dyn_ref::<js_sys::Uint8Array>() {
        return Some(array.to_vec());
    }
    js.dyn_ref::<js_sys::ArrayBuffer>()
        .map(|buffer| js_sys::Uint8Array::new(buffer).to_vec())
}

/// The same range for IndexedDB, or `None` if no key is in it. Binary keys are ordered byte by byte there too, and the
/// empty one is the lowest.
fn idb_range(range: &KeyRange) -> Option<IdbRange<Uint8ArraySlice<'_>>> {
    if range.is_empty() {
        return None;
    }
    let key = Uint8ArraySlice::new;
    Some(match (range.start(), range.end()) {
        (Bound::Unbounded, Bound::Unbounded) => IdbRange::LowerBound(key(&[]), false),
        (Bound::Unbounded, Bound::Included(end)) => IdbRange::UpperBound(key(end), false),
        (Bound::Unbounded, Bound::Excluded(end)) => IdbRange::UpperBound(key(end), true),
        (Bound::Included(start), Bound::Unbounded) => IdbRange::LowerBound(key(start), false),
        (Bound::Excluded(start), Bound::Unbounded) => IdbRange::LowerBound(key(start), true),
        (Bound::Included(start), Bound::Included(end)) => {
            IdbRange::Bound(key(start), false, key(end), false)
        }
        (Bound::Included(start), Bound::Excluded(end)) => {
            IdbRange::Bound(key(start), false, key(end), true)
        }
        (Bound::Excluded(start), Bound::Included(end)) => {
            IdbRange::Bound(key(start), true, key(end), false)
        }
        (Bound::Excluded(start), Bound::Excluded(end)) => {
            IdbRange::Bound(key(start), true, key(end), true)
        }
    })
}
