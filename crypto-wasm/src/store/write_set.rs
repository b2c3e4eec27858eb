//! What one commit writes.

use super::collection::Collection;
use super::key_range::KeyRange;
use super::record::Value;

/// One change to a store.
pub enum Write {
    /// Creates or replaces a record.
    Put {
        /// Where.
        collection: Collection,
        /// Under which key.
        key: Vec<u8>,
        /// With which value.
        value: Value,
    },
    /// Removes a record; nothing happens if there is none.
    Delete {
        /// Where.
        collection: Collection,
        /// Under which key.
        key: Vec<u8>,
    },
    /// Removes every record in a range of keys.
    DeleteRange {
        /// Where.
        collection: Collection,
        /// Which keys.
        range: KeyRange,
    },
}

impl Write {
    /// The collection that the write changes.
    #[must_use]
    pub const fn collection(&self) -> Collection {
        match self {
            Self::Put { collection, .. }
            | Self::Delete { collection, .. }
            | Self::DeleteRange { collection, .. } => *collection,
        }
    }
}

/// Writes that are committed together. They are applied in the order in which they were added, so of several to one
/// key the last wins, and a range deletion spares what is put after it.
#[derive(Default)]
pub struct WriteSet {
    writes: Vec<Write>,
}

impl WriteSet {
    /// A set without writes. Committing it only raises the revision.
    #[must_use]
    pub const fn new() -> Self {
        Self { writes: Vec::new() }
    }

    /// Adds the creation or replacement of a record.
    pub fn put(
        &mut self,
        collection: Collection,
        key: impl Into<Vec<u8>>,
        value: impl Into<Value>,
    ) -> &mut Self {
        self.push(Write::Put {
            collection,
            key: key.into(),
            value: value.into(),
        })
    }

    /// Adds the removal of a record.
    pub fn delete(&mut self, collection: Collection, key: impl Into<Vec<u8>>) -> &mut Self {
        self.push(Write::Delete {
            collection,
            key: key.into(),
        })
    }

    /// Adds the removal of all records in a range of keys.
    pub fn delete_range(&mut self, collection: Collection, range: KeyRange) -> &mut Self {
        self.push(Write::DeleteRange { collection, range })
    }

    /// Adds the removal of all records whose keys begin with `prefix`.
    pub fn delete_prefix(&mut self, collection: Collection, prefix: &[u8]) -> &mut Self {
        self.delete_range(collection, KeyRange::prefix(prefix))
    }

    /// Adds one write.
    pub fn push(&mut self, write: Write) -> &mut Self {
        self.writes.push(write);
        self
    }

    /// The writes, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Write> {
        self.writes.iter()
    }

    /// How many writes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl IntoIterator for WriteSet {
    type Item = Write;
    type IntoIter = std::vec::IntoIter<Write>;

    fn into_iter(self) -> Self::IntoIter {
        self.writes.into_iter()
    }
}

impl<'a> IntoIterator for &'a WriteSet {
    type Item = &'a Write;
    type IntoIter = std::slice::Iter<'a, Write>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
