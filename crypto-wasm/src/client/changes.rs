//! What a step changes.

use std::rc::Rc;

use zeroize::Zeroizing;

use super::keys::Place;
use super::views::Event;
use crate::store::{Collection, KeyRange, WriteSet};

/// A record's plain bytes, shared between cache and steps, wiped when the last holder drops them.
pub(super) type Bytes = Rc<Zeroizing<Vec<u8>>>;
/// Records by place; `None` where there is none. A sorted vector: moving a few thousand small entries takes no time, and the code is short.
#[derive(Default)]
pub(super) struct Table(Vec<(Place, Option<Bytes>)>);

impl Table {
    pub(super) fn get(&self, place: &Place) -> Option<&Option<Bytes>> {
        let at = self.find(place).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, place: Place, value: Option<Bytes>) {
        match self.find(&place).map(|at| self.0.get_mut(at)) {
            Ok(Some((_, known))) => *known = value,
            Ok(None) => {}
            Err(at) => self.0.insert(at, (place, value)),
        }
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, (Place, Option<Bytes>)> {
        self.0.iter()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn find(&self, place: &Place) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(place))
    }
}

/// Writes and events that are not committed yet.
#[derive(Default)]
pub(super) struct Changes {
    written: Table,
    pruned: Vec<(Collection, Vec<u8>)>,
    pub(super) events: Vec<Event>,
}

fn lies_under((collection, key): &Place, (pruned, prefix): &(Collection, Vec<u8>)) -> bool {
    collection == pruned && key.starts_with(prefix)
}

impl Changes {
    /// What a record will be, if these changes say anything of it.
    pub(super) fn get(&self, place: &Place) -> Option<Option<Bytes>> {
        let gone = || self.pruned.iter().any(|prefix| lies_under(place, prefix));
        match self.written.get(place) {
            Some(value) => Some(value.clone()),
            None => gone().then_some(None),
        }
    }

    pub(super) fn put(&mut self, place: Place, value: Option<Bytes>) {
        self.written.insert(place, value);
    }

    /// Deletes every record under a prefix, but what is written later.
    pub(super) fn prune(&mut self, prefix: (Collection, Vec<u8>)) {
        forget(&mut self.written, &prefix);
        self.pruned.push(prefix);
    }

    /// Adds what happened after these.
    pub(super) fn append(&mut self, later: Self) {
        for prefix in later.pruned {
            self.prune(prefix);
        }
        for (place, value) in later.written.0 {
            self.put(place, value);
        }
        self.events.extend(later.events);
    }

    /// Whether the store stays as it is.
    pub(super) fn is_empty(&self) -> bool {
        self.written.len() == 0 && self.pruned.is_empty()
    }

    /// What is to be committed.
    pub(super) fn write_set(&self) -> WriteSet {
        let mut writes = WriteSet::new();
        for (collection, prefix) in &self.pruned {
            writes.delete_range(*collection, KeyRange::prefix(prefix));
        }
        for ((collection, key), value) in self.written.iter() {
            match value {
                Some(bytes) => writes.put(*collection, key.as_slice(), bytes.as_slice()),
                None => writes.delete(*collection, key.as_slice()),
            };
        }
        writes
    }

    /// Brings those of the records up to date that are worth keeping.
    pub(super) fn apply(&self, records: &mut Table, keep: fn(Collection) -> bool) {
        for prefix in &self.pruned {
            forget(records, prefix);
        }
        for (place, value) in self.written.iter() {
            if keep(place.0) {
                records.insert(place.clone(), value.clone());
            }
        }
    }
}

fn forget(records: &mut Table, prefix: &(Collection, Vec<u8>)) {
    for (place, value) in &mut records.0 {
        if lies_under(place, prefix) {
            *value = None;
        }
    }
}
