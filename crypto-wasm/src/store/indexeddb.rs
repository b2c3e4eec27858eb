//! A store in the browser's IndexedDB: one database, one object store for each collection, and two of its own for the
//! revision and for the vault's slots.
//!
//! Reads and commits are one IndexedDB transaction each. Every commit reads and writes the revision in its own
//! transaction, so commits of all tabs and workers run one after another, and a commit on an old revision is refused.

use std::ops::Bound;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbCursorDirection, IdbCursorWithValue, IdbKeyRange, IdbObjectStore};

use super::error::StoreError;
use super::idb_connection::{self, Connection, Mode};
use super::idb_error::from_js;
use super::idb_request::{Request, Transaction};
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
        idb_connection::delete(name).await
    }

    /// Starts a transaction over some object stores. Dropping it is the roll-back.
    pub(super) fn transaction(
        &self,
        stores: &[&str],
        mode: Mode,
    ) -> Result<Transaction, StoreError> {
        self.connection.transaction(stores, mode)
    }
}

impl Store for IndexedDbStore {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        let names = object_stores(queries.iter().map(|query| query.collection().name()));
        let transaction = self.transaction(&names, Mode::Read)?;

        // All requests go out before the first is awaited: they are answered in this order anyway.
        let mut revision = request_revision(&transaction)?;
        let pending = queries
            .iter()
            .map(|query| Pending::request(&transaction, query))
            .collect::<Result<Vec<_>, _>>()?;

        let revision = decode_revision(&revision.answer().await?)?;
        let mut answers = Vec::with_capacity(queries.len());
        for (query, pending) in queries.iter().zip(pending) {
            answers.push(pending.answer(query.collection().name()).await?);
        }
        Ok(Snapshot::new(revision, answers))
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        let names = object_stores(writes.iter().map(|write| write.collection().name()));
        let transaction = self.transaction(&names, Mode::Write)?;
        if stored_revision(&transaction).await? != expected {
            return Err(StoreError::Conflict);
        }
        // Nothing is awaited from here to the commit, so no write can be answered, and outlive a drop, on its own.
        let next = expected.next();
        write_all(&transaction, &writes, next)?;
        transaction.commit().await?;
        Ok(next)
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
pub(super) async fn stored_revision(transaction: &Transaction) -> Result<Revision, StoreError> {
    let mut request = request_revision(transaction)?;
    decode_revision(&request.answer().await?)
}

fn request_revision(transaction: &Transaction) -> Result<Request, StoreError> {
    let counter = transaction.object_store(REVISION_STORE)?;
    Request::sent(counter.get(&REVISION_KEY.into()))
}

fn decode_revision(stored: &JsValue) -> Result<Revision, StoreError> {
    if stored.is_undefined() {
        return Ok(Revision::default());
    }
    bytes(stored)
        .and_then(|bytes| bytes.try_into().ok())
        .map(|bytes| Revision(u64::from_be_bytes(bytes)))
        .ok_or_else(|| StoreError::corrupt(REVISION_STORE, REVISION_KEY.as_bytes()))
}

/// Sends off the writes and the new revision. Nobody waits for their answers: a write that fails aborts its transaction.
fn write_all(
    transaction: &Transaction,
    writes: &WriteSet,
    revision: Revision,
) -> Result<(), StoreError> {
    for write in writes {
        let store = transaction.object_store(write.collection().name())?;
        match write {
            Write::Put { key, value, .. } => {
                store
                    .put_with_key(&array(value.as_bytes()), &array(key))
                    .map_err(from_js)?;
            }
            Write::Delete { key, .. } => {
                store.delete(&array(key)).map_err(from_js)?;
            }
            Write::DeleteRange { range, .. } => {
                if let Some(range) = idb_range(range)? {
                    store.delete(&range).map_err(from_js)?;
                }
            }
        }
    }
    let counter = transaction.object_store(REVISION_STORE)?;
    counter
        .put_with_key(&array(&revision.0.to_be_bytes()), &REVISION_KEY.into())
        .map_err(from_js)?;
    Ok(())
}

/// A query that has been sent off.
enum Pending<'q> {
    Value {
        request: Request,
        key: &'q [u8],
    },
    Records {
        keys: Request,
        values: Request,
        direction: Direction,
    },
    /// IndexedDB has no other way to read the last few records of a range.
    Cursor {
        request: Request,
        limit: usize,
    },
    Nothing,
}

impl<'q> Pending<'q> {
    fn request(transaction: &Transaction, query: &'q Query) -> Result<Self, StoreError> {
        let store = transaction.object_store(query.collection().name())?;
        match query {
            Query::Get { key, .. } => Ok(Self::Value {
                request: Request::sent(store.get(&array(key)))?,
                key,
            }),
            Query::Scan {
                range,
                direction,
                limit,
                ..
            } => Self::scan(&store, range, *direction, *limit),
        }
    }

    fn scan(
        store: &IdbObjectStore,
        range: &KeyRange,
        direction: Direction,
        limit: Option<u32>,
    ) -> Result<Self, StoreError> {
        // IndexedDB takes a limit of 0 for none, and refuses an inverted range.
        let Some(range) = idb_range(range)?.filter(|_| limit != Some(0)) else {
            return Ok(Self::Nothing);
        };
        if let (Direction::Descending, Some(limit)) = (direction, limit) {
            let request =
                store.open_cursor_with_range_and_direction(&range, IdbCursorDirection::Prev);
            return Ok(Self::Cursor {
                request: Request::sent(request)?,
                limit: limit.try_into().unwrap_or(usize::MAX),
            });
        }
        let limit = limit.unwrap_or(u32::MAX);
        Ok(Self::Records {
            keys: Request::sent(store.get_all_keys_with_key_and_limit(&range, limit))?,
            values: Request::sent(store.get_all_with_key_and_limit(&range, limit))?,
            direction,
        })
    }

    async fn answer(self, collection: &'static str) -> Result<Answer, StoreError> {
        let corrupt = |key: &[u8]| StoreError::corrupt(collection, key);
        let record = |key: &JsValue, value: &JsValue| {
            let key = bytes(key).ok_or_else(|| corrupt(b""))?;
            let value = bytes(value).ok_or_else(|| corrupt(&key))?.into();
            Ok::<_, StoreError>(Record { key, value })
        };
        let mut records = Vec::new();
        match self {
            Self::Value { mut request, key } => {
                let value = request.answer().await?;
                if value.is_undefined() {
                    return Ok(Answer::Value(None));
                }
                let value = bytes(&value).ok_or_else(|| corrupt(key))?;
                return Ok(Answer::Value(Some(value.into())));
            }
            Self::Records {
                mut keys,
                mut values,
                direction,
            } => {
                let keys: Array = keys.answer().await?.unchecked_into();
                let values: Array = values.answer().await?.unchecked_into();
                for (key, value) in keys.iter().zip(values.iter()) {
                    records.push(record(&key, &value)?);
                }
                if direction == Direction::Descending {
                    records.reverse();
                }
            }
            Self::Cursor { mut request, limit } => loop {
                let cursor = request.answer().await?;
                if cursor.is_null() {
                    break;
                }
                let cursor: IdbCursorWithValue = cursor.unchecked_into();
                let key = cursor.primary_key().map_err(from_js)?;
                records.push(record(&key, &cursor.value().map_err(from_js)?)?);
                if records.len() == limit {
                    break;
                }
                request.walk_on(&cursor)?;
            },
            Self::Nothing => {}
        }
        Ok(Answer::Records(records))
    }
}

fn array(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

/// The bytes of a value (a `Uint8Array`) or a key (an `ArrayBuffer`), or `None` if it is something else.
pub(super) fn bytes(js: &JsValue) -> Option<Vec<u8>> {
    if let Some(array) = js.dyn_ref::<Uint8Array>() {
        return Some(array.to_vec());
    }
    js.dyn_ref::<ArrayBuffer>()
        .map(|buffer| Uint8Array::new(buffer).to_vec())
}

/// The same range for IndexedDB, or `None` if no key is in it. Binary keys are ordered byte by byte there too, and the
/// empty one is the lowest.
fn idb_range(range: &KeyRange) -> Result<Option<IdbKeyRange>, StoreError> {
    if range.is_empty() {
        return Ok(None);
    }
    let (start, after_start) = match range.start() {
        Bound::Unbounded => (&[][..], false),
        Bound::Included(start) => (start, false),
        Bound::Excluded(start) => (start, true),
    };
    let start = array(start);
    let range = match range.end() {
        Bound::Unbounded => IdbKeyRange::lower_bound_with_open(&start, after_start),
        Bound::Included(end) => IdbKeyRange::bound_with_lower_open_and_upper_open(
            &start,
            &array(end),
            after_start,
            false,
        ),
        Bound::Excluded(end) => IdbKeyRange::bound_with_lower_open_and_upper_open(
            &start,
            &array(end),
            after_start,
            true,
        ),
    };
    range.map(Some).map_err(from_js)
}
