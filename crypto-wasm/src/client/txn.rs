//! One step: load, change in memory, then one atomic commit guarded by the revision that everything was read at.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use zeroize::Zeroizing;

use super::error::ClientError;
use super::views::Event;
use crate::store::{Collection, KeyRange, Query, Record, Revision, Store, StoreError, WriteSet};

/// A record's plain bytes, shared between cache and step, wiped when the last holder drops them.
pub(super) type Bytes = Rc<Zeroizing<Vec<u8>>>;
type Address = (Collection, Vec<u8>);

/// How many records are kept in memory between steps.
const CACHE_LIMIT: usize = 8192;

/// Records as of one revision, so that a step which touches what the last one touched needs no read at all. Whether they are
/// still true is decided by the commit's check of the revision, never by the cache.
#[derive(Default)]
pub(super) struct Cache {
    revision: Option<Revision>,
    records: HashMap<Address, Option<Bytes>>,
}

impl Cache {
    /// Forgets everything, for instance because another tab has committed.
    pub(super) fn clear(&mut self) {
        self.revision = None;
        self.records.clear();
    }
}

/// Whether records of a collection are worth keeping in memory: history is read once and by range.
const fn cached(collection: Collection) -> bool {
    !matches!(
        collection,
        Collection::Messages | Collection::MessageIds | Collection::Outbox
    )
}

/// A step in progress. Dropping it is the roll-back.
pub(super) struct Txn<'a, S> {
    store: &'a S,
    cache: &'a RefCell<Cache>,
    revision: Option<Revision>,
    /// Read by this step and not kept in the cache.
    loaded: HashMap<Address, Option<Bytes>>,
    written: BTreeMap<Address, Option<Bytes>>,
    pruned: Vec<(Collection, Vec<u8>)>,
    events: Vec<Event>,
}

impl<'a, S: Store> Txn<'a, S> {
    pub(super) fn begin(store: &'a S, cache: &'a RefCell<Cache>) -> Self {
        let mut known = cache.borrow_mut();
        if known.records.len() > CACHE_LIMIT {
            known.clear();
        }
        Self {
            store,
            cache,
            revision: known.revision,
            loaded: HashMap::new(),
            written: BTreeMap::new(),
            pruned: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What the step will have written, else what is known, else what is stored.
    pub(super) async fn get(
        &mut self,
        collection: Collection,
        key: &[u8],
    ) -> Result<Option<Bytes>, ClientError> {
        if let Some(value) = self.known(collection, key) {
            return Ok(value);
        }
        self.load(&[(collection, key.to_vec())]).await?;
        self.known(collection, key)
            .ok_or(ClientError::Internal("a loaded record is not known"))
    }

    /// Loads several records in one read transaction.
    pub(super) async fn load(&mut self, wanted: &[Address]) -> Result<(), ClientError> {
        let mut missing: Vec<&Address> = wanted
            .iter()
            .filter(|(c, k)| self.known(*c, k).is_none())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let queries: Vec<Query> = missing
            .iter()
            .map(|(c, k)| Query::get(*c, k.as_slice()))
            .collect();
        let mut snapshot = self.store.read(&queries).await?;
        self.at(snapshot.revision())?;
        for address in missing {
            let value = snapshot
                .next_value()?
                .map(|value| Rc::new(value.into_bytes()));
            if cached(address.0) {
                self.cache
                    .borrow_mut()
                    .records
                    .insert(address.clone(), value);
            } else {
                self.loaded.insert(address.clone(), value);
            }
        }
        Ok(())
    }

    /// Reads a range. Sees the store as it was before this step's own writes.
    pub(super) async fn scan(&mut self, query: Query) -> Result<Vec<Record>, ClientError> {
        let mut snapshot = self.store.read(&[query]).await?;
        self.at(snapshot.revision())?;
        Ok(snapshot.next_records()?)
    }

    pub(super) fn put(&mut self, collection: Collection, key: &[u8], value: Zeroizing<Vec<u8>>) {
        self.written
            .insert((collection, key.to_vec()), Some(Rc::new(value)));
    }

    pub(super) fn delete(&mut self, collection: Collection, key: &[u8]) {
        self.written.insert((collection, key.to_vec()), None);
    }

    /// Deletes every record whose key begins with `prefix`, apart from those that this step writes.
    pub(super) fn delete_prefix(&mut self, collection: Collection, prefix: &[u8]) {
        self.written
            .retain(|(c, key), _| *c != collection || !key.starts_with(prefix));
        self.pruned.push((collection, prefix.to_vec()));
    }

    /// Something to tell listeners once the commit has succeeded.
    pub(super) fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Commits, and only then gives out the events.
    pub(super) async fn commit(mut self) -> Result<Vec<Event>, ClientError> {
        if self.written.is_empty() && self.pruned.is_empty() {
            return Ok(self.events);
        }
        if self.revision.is_none() {
            let revision = self.store.read(&[]).await?.revision();
            self.at(revision)?;
        }
        let expected = self
            .revision
            .ok_or(ClientError::Internal("a step without a revision"))?;
        let mut writes = WriteSet::new();
        for (collection, prefix) in &self.pruned {
            writes.delete_range(*collection, KeyRange::prefix(prefix));
        }
        for ((collection, key), value) in &self.written {
            match value {
                Some(bytes) => writes.put(*collection, key.as_slice(), bytes.as_slice()),
                None => writes.delete(*collection, key.as_slice()),
            };
        }
        let committed = self.store.commit(expected, writes).await;
        let mut cache = self.cache.borrow_mut();
        match committed {
            Ok(revision) if cache.revision == Some(expected) => {
                cache.revision = Some(revision);
                for (collection, prefix) in self.pruned {
                    cache
                        .records
                        .retain(|(c, key), _| *c != collection || !key.starts_with(&prefix));
                }
                for (address, value) in self.written {
                    if cached(address.0) {
                        cache.records.insert(address, value);
                    }
                }
                Ok(self.events)
            }
            Ok(_) => {
                // Another step of this client moved the cache on between; what it holds is of another revision.
                cache.clear();
                Ok(self.events)
            }
            Err(error) => {
                cache.clear();
                Err(error.into())
            }
        }
    }

    fn known(&self, collection: Collection, key: &[u8]) -> Option<Option<Bytes>> {
        let address = (collection, key.to_vec());
        if let Some(value) = self.written.get(&address) {
            return Some(value.clone());
        }
        if self
            .pruned
            .iter()
            .any(|(c, prefix)| *c == collection && key.starts_with(prefix))
        {
            return Some(None);
        }
        if let Some(value) = self.loaded.get(&address) {
            return Some(value.clone());
        }
        let cache = self.cache.borrow();
        if cache.revision.is_some() && cache.revision == self.revision {
            return cache.records.get(&address).cloned();
        }
        None
    }

    /// Everything in a step is read at one revision, or the step starts over.
    fn at(&mut self, revision: Revision) -> Result<(), ClientError> {
        let mut cache = self.cache.borrow_mut();
        if self.revision.is_some_and(|mine| mine != revision) {
            return Err(StoreError::Conflict.into());
        }
        if cache.revision != Some(revision) {
            cache.clear();
            cache.revision = Some(revision);
        }
        self.revision = Some(revision);
        Ok(())
    }
}
