//! One step: load, change in memory, then one atomic commit guarded by the revision that everything was read at.
//!
//! A step is a plain function over a [`Txn`] and sees records in memory alone. Where it looks for one that is not there, it stops,
//! what it has done is dropped, the record is read, and it runs again. So it runs a few times, and may draw other keys and ids each
//! time; nothing of a run leaves before its commit. Steps look before they compute, and [`Txn::load`] many records at once.

use std::mem::take;
use std::rc::Rc;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::apply::error_event;
use super::asked::Asked;
use super::changes::{Bytes, Changes, Table};
use super::error::ClientError;
use super::keys::{self, Place};
use super::records::{decode, encode};
use super::views::Event;
use crate::store::{Collection, Query, Record, Revision, Snapshot, StoreError, WriteSet};
use crate::wire::Wire;

/// How many records are kept in memory between steps.
const CACHE_LIMIT: usize = 8192;

/// Records as of one revision, so that a step which touches what the last one touched needs no read at all. Whether they are
/// still true is decided by the commit's check of the revision, never by the cache.
#[derive(Default)]
pub(super) struct Cache {
    revision: Option<Revision>,
    records: Table,
}

impl Cache {
    /// Forgets everything, for instance because another tab has committed.
    pub(super) fn clear(&mut self) {
        self.revision = None;
        self.records.clear();
    }

    /// Its records, if they are of this revision; older ones give way.
    pub(super) fn at(&mut self, revision: Revision) -> Option<&mut Table> {
        if self.revision < Some(revision) {
            self.clear();
            self.revision = Some(revision);
        }
        (self.revision == Some(revision)).then_some(&mut self.records)
    }
}

/// Whether records of a collection are worth keeping in memory: history is read once and by range.
const fn cached(collection: Collection) -> bool {
    !matches!(
        collection,
        Collection::Messages | Collection::MessageIds | Collection::Outbox
    )
}

/// What a step has read, at one revision, and done. Dropping it is the roll-back.
pub(super) struct View {
    revision: Option<Revision>,
    loaded: Table,
    scanned: Vec<(Query, Rc<Vec<Record>>)>,
    /// Looked for and not found in memory.
    wanted: Table,
    wanted_scans: Vec<Query>,
    /// Done for good, if the commit succeeds.
    kept: Changes,
    /// Done by the run in progress since.
    running: Changes,
    is_new: bool,
}

impl View {
    pub(super) fn new(cache: &mut Cache) -> Self {
        if cache.records.len() > CACHE_LIMIT {
            cache.clear();
        }
        Self {
            revision: cache.revision,
            loaded: Table::default(),
            scanned: Vec::new(),
            wanted: Table::default(),
            wanted_scans: Vec::new(),
            kept: Changes::default(),
            running: Changes::default(),
            is_new: true,
        }
    }

    /// What is to be read before the next run; `None` if the last one missed nothing.
    pub(super) fn wanted(&self) -> Option<Vec<Query>> {
        let mut queries = self.wanted_scans.clone();
        for ((collection, key), _) in self.wanted.iter() {
            queries.push(Query::get(*collection, key.as_slice()));
        }
        (!queries.is_empty()).then_some(queries)
    }

    /// Takes in what was read, and drops what the run that wanted it has done. Everything in a step is read at one revision, or the
    /// step starts over.
    pub(super) fn take_in(
        &mut self,
        mut read: Snapshot,
        cache: &mut Cache,
    ) -> Result<(), ClientError> {
        self.running = Changes::default();
        self.is_new = false;
        let revision = read.revision();
        if *self.revision.get_or_insert(revision) != revision {
            return Err(StoreError::Conflict.into());
        }
        let mut known = cache.at(revision);
        for query in take(&mut self.wanted_scans) {
            self.scanned.push((query, Rc::new(read.next_records()?)));
        }
        for (place, _) in take(&mut self.wanted).iter() {
            let value = read.next_value()?.map(|value| Rc::new(value.into_bytes()));
            if let Some(known) = known.as_mut().filter(|_| cached(place.0)) {
                known.insert(place.clone(), value.clone());
            }
            self.loaded.insert(place.clone(), value);
        }
        Ok(())
    }

    /// What is to be committed, if anything.
    pub(super) fn write_set(&mut self) -> Option<WriteSet> {
        self.kept.append(take(&mut self.running));
        (!self.kept.is_empty()).then(|| self.kept.write_set())
    }

    /// The revision that everything was read at; `None` if nothing was.
    pub(super) const fn revision(&self) -> Option<Revision> {
        self.revision
    }

    /// After a commit that made `made` of `before`: moves the cache on.
    pub(super) fn move_on(&self, before: Revision, made: Revision, cache: &mut Cache) {
        if cache.revision == Some(before) {
            cache.revision = Some(made);
            self.kept.apply(&mut cache.records, cached);
        }
    }

    /// What listeners are to be told after the commit.
    pub(super) fn into_events(self) -> Vec<Event> {
        self.kept.events
    }
}

/// A step while it runs.
pub(crate) struct Txn<'a> {
    pub(super) view: &'a mut View,
    pub(super) cache: &'a Cache,
    /// What the relay was asked lately.
    pub(super) asked: &'a mut Asked,
    pub(super) rng: &'a mut dyn CryptoRng,
}

impl Txn<'_> {
    /// What the step will have written, else what is stored.
    pub(super) fn get(&mut self, place: Place) -> Result<Option<Bytes>, ClientError> {
        match self.known(&place) {
            Some(value) => Ok(value),
            None => {
                self.view.wanted.insert(place, None);
                Err(ClientError::NotLoaded)
            }
        }
    }

    /// The same, decoded.
    pub(super) fn record<T: Wire>(&mut self, place: Place) -> Result<Option<T>, ClientError> {
        match self.get(place)? {
            Some(bytes) => decode(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The same for a record that can be done without: a damaged one is none.
    pub(super) fn record_if_whole<T: Wire>(
        &mut self,
        place: Place,
    ) -> Result<Option<T>, ClientError> {
        let collection = place.0;
        let Some(bytes) = self.get(place)? else {
            return Ok(None);
        };
        let decoded = decode(&bytes).ok();
        if decoded.is_none() {
            self.damaged(collection);
        }
        Ok(decoded)
    }

    /// Tells listeners of a damaged record that is done without.
    #[inline(never)]
    pub(super) fn damaged(&mut self, collection: Collection) {
        let message = if collection == Collection::Users {
            "a damaged contact was left out: compare the safety number again"
        } else {
            "a damaged record was left out"
        };
        let View { kept, running, .. } = &mut *self.view;
        for events in [&kept.events, &running.events] {
            for event in events {
                if matches!(event, Event::Error(known) if known.message == message) {
                    return;
                }
            }
        }
        running.events.push(error_event("storage-corrupt", message));
    }

    /// The number at a place, eight bytes; `what` names it where it is damaged.
    pub(super) fn number(
        &mut self,
        place: Place,
        what: &'static str,
    ) -> Result<Option<u64>, ClientError> {
        let bytes = self.get(place)?;
        let number = bytes.map(|bytes| keys::number(&bytes).ok_or(ClientError::Corrupt(what)));
        number.transpose()
    }

    /// Makes sure that several records are there, with one read.
    pub(super) fn load(&mut self, places: Vec<Place>) -> Result<(), ClientError> {
        let mut loaded = Ok(());
        for place in places {
            if self.known(&place).is_none() {
                self.view.wanted.insert(place, None);
                loaded = Err(ClientError::NotLoaded);
            }
        }
        loaded
    }

    /// Says that nothing is stored at a place whose key this run has drawn. Looked for, it would be missed in every run, each with
    /// another key.
    pub(super) fn is_new(&mut self, place: Place) {
        self.view.loaded.insert(place, None);
    }

    /// Reads a range. Sees the store as it was before this step's own writes.
    pub(super) fn scan(&mut self, query: Query) -> Result<Rc<Vec<Record>>, ClientError> {
        let view = &mut *self.view;
        if let Some((_, records)) = view.scanned.iter().find(|(scanned, _)| *scanned == query) {
            return Ok(records.clone());
        }
        if !view.wanted_scans.contains(&query) {
            view.wanted_scans.push(query);
        }
        Err(ClientError::NotLoaded)
    }

    /// Does something for each item, and goes on where records are missing, so that they are read all at once.
    pub(super) fn each<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut act: impl FnMut(&mut Self, T) -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        let mut done = Ok(());
        for item in items {
            match act(self, item) {
                Err(ClientError::NotLoaded) => done = Err(ClientError::NotLoaded),
                other => other?,
            }
        }
        done
    }

    pub(super) fn put(&mut self, place: Place, value: Zeroizing<Vec<u8>>) {
        self.view.running.put(place, Some(Rc::new(value)));
    }

    pub(super) fn save(&mut self, place: Place, record: &impl Wire) -> Result<(), ClientError> {
        self.put(place, encode(record)?);
        Ok(())
    }

    pub(super) fn delete(&mut self, place: Place) {
        self.view.running.put(place, None);
    }

    /// Deletes every record whose key begins with `prefix`, apart from those that this step writes.
    pub(super) fn delete_prefix(&mut self, collection: Collection, prefix: &[u8]) {
        self.view.running.prune((collection, prefix.to_vec()));
    }

    /// Something to tell listeners once the commit has succeeded.
    pub(super) fn emit(&mut self, event: Event) {
        self.view.running.events.push(event);
    }

    /// Keeps what was done up to here: if the step runs again because of missing records, it is as if this were stored already.
    pub(super) fn keep(&mut self) {
        let done = take(&mut self.view.running);
        self.view.kept.append(done);
    }

    /// Whether nothing was kept, nor could have been: the step begins, for the first time or after it lost a race.
    pub(super) const fn begins(&self) -> bool {
        self.view.is_new
    }

    fn known(&self, place: &Place) -> Option<Option<Bytes>> {
        let Self { view, cache, .. } = self;
        let changed = view.running.get(place).or_else(|| view.kept.get(place));
        if changed.is_some() {
            return changed;
        }
        let cached = || {
            cache
                .records
                .get(place)
                .filter(|_| cache.revision == view.revision)
        };
        view.loaded.get(place).or_else(cached).cloned()
    }
}
