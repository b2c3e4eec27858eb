//! A store that lives as long as its handles.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::ops::Bound;
use std::rc::Rc;
use std::task::Poll;

use super::collection::Collection;
use super::error::StoreError;
use super::key_range::KeyRange;
use super::query::{Answer, Direction, Query, Snapshot};
use super::record::{Record, Value};
use super::traits::{Revision, Store};
use super::write_set::{Write, WriteSet};

type Records = BTreeMap<Vec<u8>, Value>;

#[derive(Default)]
struct State {
    revision: Revision,
    collections: BTreeMap<Collection, Records>,
}

/// A [`Store`] in memory. Clones are handles on the same data, like connections to one database.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Rc<RefCell<State>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        yield_once().await;
        let state = self.state.borrow();
        Ok(Snapshot::new(
            state.revision,
            queries.iter().map(|query| state.answer(query)),
        ))
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        yield_once().await;
        let mut state = self.state.borrow_mut();
        if state.revision != expected {
            return Err(StoreError::Conflict);
        }
        for write in writes {
            state.apply(write);
        }
        state.revision = expected.next();
        Ok(state.revision)
    }
}

impl State {
    fn answer(&self, query: &Query) -> Answer {
        match query {
            Query::Get { collection, key } => Answer::Value(
                self.collections
                    .get(collection)
                    .and_then(|records| records.get(key))
                    .map(copy),
            ),
            Query::Scan {
                collection,
                range,
                direction,
                limit,
            } => Answer::Records(self.scan(*collection, range, *direction, *limit)),
        }
    }

    fn scan(
        &self,
        collection: Collection,
        range: &KeyRange,
        direction: Direction,
        limit: Option<u32>,
    ) -> Vec<Record> {
        // BTreeMap::range panics on an inverted range.
        let Some(records) = self
            .collections
            .get(&collection)
            .filter(|_| !range.is_empty())
        else {
            return Vec::new();
        };
        let matching = records
            .range::<[u8], (Bound<&[u8]>, Bound<&[u8]>)>((range.start(), range.end()))
            .map(|(key, value)| Record {
                key: key.clone(),
                value: copy(value),
            });
        let limit = limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(usize::MAX);
        match direction {
            Direction::Ascending => matching.take(limit).collect(),
            Direction::Descending => matching.rev().take(limit).collect(),
        }
    }

    fn apply(&mut self, write: Write) {
        let records = self.collections.entry(write.collection()).or_default();
        match write {
            Write::Put { key, value, .. } => {
                records.insert(key, value);
            }
            Write::Delete { key, .. } => {
                records.remove(&key);
            }
            Write::DeleteRange { range, .. } => records.retain(|key, _| !range.contains(key)),
        }
    }
}

fn copy(value: &Value) -> Value {
    Value::from(value.as_bytes())
}

/// Gives other tasks a turn, as every operation of a real database does, so that races show up in memory too.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use crate::store::conformance::{MemoryBackend, check_all};

    #[test]
    fn conforms() {
        pollster::block_on(check_all(&MemoryBackend::default())).unwrap();
    }
}
