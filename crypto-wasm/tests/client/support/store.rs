//! A store in memory that fails when told to, and shows what it holds.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crypto_wasm::store::{
    Collection, KeyRange, MemoryStore, Query, Revision, Sealed, Snapshot, Store, StoreError,
    VaultKey, WriteSet,
};

use super::block_on;

/// Values by collection and key.
pub(crate) type Records = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// Everything in a store, byte for byte, and how often it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) revision: u64,
    pub(crate) records: Records,
}

impl Dump {
    /// The records of these collections alone.
    pub(crate) fn only(&self, names: &[&str]) -> Records {
        let mut records = self.records.clone();
        records.retain(|(name, _), _| names.contains(name));
        records
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The operation does nothing and says so.
    Backend,
    /// As if somebody else had committed.
    Conflict,
}

enum Below {
    Plain,
    Sealed(Box<Sealed<MemoryStore>>),
}

/// Handles share data and faults, as tabs share a database.
#[derive(Clone)]
pub(crate) struct TestStore {
    memory: MemoryStore,
    below: Rc<Below>,
    operations: Rc<Cell<u64>>,
    fault: Rc<Cell<Option<(u64, Fault)>>>,
}

impl TestStore {
    pub(crate) fn plain() -> Self {
        Self::over(MemoryStore::new(), Below::Plain)
    }

    pub(crate) fn sealed() -> Self {
        let memory = MemoryStore::new();
        let key = VaultKey::generate().unwrap();
        let sealed = Sealed::new(memory.clone(), key);
        Self::over(memory, Below::Sealed(Box::new(sealed)))
    }

    fn over(memory: MemoryStore, below: Below) -> Self {
        Self {
            memory,
            below: Rc::new(below),
            operations: Rc::default(),
            fault: Rc::default(),
        }
    }

    /// Whether what it shows is what was written.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(*self.below, Below::Plain)
    }

    /// Reads and commits up to now.
    pub(crate) fn operations(&self) -> u64 {
        self.operations.get()
    }

    /// Makes operation `number` fail, counted from the store's first.
    pub(crate) fn fail_at(&self, number: u64, fault: Fault) {
        self.fault.set(Some((number, fault)));
    }

    /// Whether the fault is still to come.
    pub(crate) fn is_armed(&self) -> bool {
        self.fault.get().is_some()
    }

    /// What a disk image would show.
    pub(crate) fn dump(&self) -> Dump {
        let queries: Vec<Query> = Collection::ALL
            .into_iter()
            .map(|collection| Query::scan(collection, KeyRange::all()))
            .collect();
        let mut snapshot = block_on(self.memory.read(&queries)).unwrap();
        let mut records = BTreeMap::new();
        for collection in Collection::ALL {
            for record in snapshot.next_records().unwrap() {
                let place = (collection.name(), record.key);
                records.insert(place, record.value.as_bytes().to_vec());
            }
        }
        Dump {
            revision: snapshot.revision().0,
            records,
        }
    }

    /// Takes a record away behind the client's back.
    pub(crate) fn remove(&self, collection: Collection, key: &[u8]) {
        let revision = Revision(self.dump().revision);
        let mut writes = WriteSet::new();
        writes.delete(collection, key);
        block_on(self.memory.commit(revision, writes)).unwrap();
    }

    /// Overwrites a record behind the client's back.
    pub(crate) fn overwrite(&self, collection: Collection, key: &[u8], value: &[u8]) {
        let revision = Revision(self.dump().revision);
        let mut writes = WriteSet::new();
        writes.put(collection, key, value);
        block_on(self.memory.commit(revision, writes)).unwrap();
    }

    fn count(&self) -> Result<(), StoreError> {
        let number = self.operations.get() + 1;
        self.operations.set(number);
        match self.fault.get() {
            Some((at, fault)) if at == number => {
                self.fault.set(None);
                Err(match fault {
                    Fault::Backend => StoreError::Backend("as told".into()),
                    Fault::Conflict => StoreError::Conflict,
                })
            }
            _ => Ok(()),
        }
    }
}

impl Store for TestStore {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        self.count()?;
        match &*self.below {
            Below::Plain => self.memory.read(queries).await,
            Below::Sealed(sealed) => sealed.read(queries).await,
        }
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        self.count()?;
        match &*self.below {
            Below::Plain => self.memory.commit(expected, writes).await,
            Below::Sealed(sealed) => sealed.commit(expected, writes).await,
        }
    }
}
