//! The storage contract: collections, queries, snapshots, commits, errors.

use std::collections::VecDeque;
use std::future::Future;
use std::ops::Bound;

use zeroize::Zeroizing;

use super::write_set::WriteSet;

/// A group of records with its own key space. In IndexedDB each one is an object store.
///
/// Keys are stored in clear even where values are sealed: a key may hold identifiers and counters, never a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// The account and device of this client, settings, positions in the relay's streams.
    Meta,
    /// Private halves of this device's prekeys.
    PreKeys,
    /// What is known of other accounts: pinned account keys, device lists, profiles.
    Users,
    /// Session records, one for each peer device.
    Sessions,
    /// Base keys of accepted first messages, kept so that a replay is refused.
    BaseKeys,
    /// Conversations and their membership.
    Conversations,
    /// Message history, keyed so that a conversation's messages are adjacent and in order.
    Messages,
    /// From a message's identifier to its key in [`Collection::Messages`].
    MessageIds,
    /// Encrypted messages that the relay has not confirmed yet.
    Outbox,
    /// Received envelopes that are not processed or not acknowledged yet.
    Inbox,
}

impl Collection {
    /// Every collection, in declaration order.
    pub const ALL: [Self; 10] = [
        Self::Meta,
        Self::PreKeys,
        Self::Users,
        Self::Sessions,
        Self::BaseKeys,
        Self::Conversations,
        Self::Messages,
        Self::MessageIds,
        Self::Outbox,
        Self::Inbox,
    ];

    /// The name under which the collection is stored. Never changes: records are sealed to it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::PreKeys => "prekeys",
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::BaseKeys => "base-keys",
            Self::Conversations => "conversations",
            Self::Messages => "messages",
            Self::MessageIds => "message-ids",
            Self::Outbox => "outbox",
            Self::Inbox => "inbox",
        }
    }
}

/// How many commits the store has seen. 0 is a store that was never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision that a commit on top of this one creates.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The bytes of one record. They may be secret, so they are wiped on drop and never printed or copied implicitly.
pub struct Value(Zeroizing<Vec<u8>>);

impl Value {
    /// The bytes, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still wiped on drop.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Value {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

/// A key and its value.
pub struct Record {
    /// The key, in clear.
    pub key: Vec<u8>,
    /// The value.
    pub value: Value,
}

/// An interval of keys in lexicographic byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
}

impl KeyRange {
    /// Every key.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            start: Bound::Unbounded,
            end: Bound::Unbounded,
        }
    }

    /// The keys between two bounds.
    #[must_use]
    pub const fn new(start: Bound<Vec<u8>>, end: Bound<Vec<u8>>) -> Self {
        Self { start, end }
    }

    /// The keys that begin with `prefix`, `prefix` itself included.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        // The end is the prefix with its last byte below 0xff raised by one; a prefix of 0xff alone has no end.
        let end = prefix
            .iter()
            .rposition(|byte| *byte != 0xff)
            .and_then(|last| {
                let mut end = prefix.get(..=last)?.to_vec();
                let byte = end.last_mut()?;
                *byte = byte.checked_add(1)?;
                Some(end)
            });
        Self {
            start: Bound::Included(prefix.to_vec()),
            end: end.map_or(Bound::Unbounded, Bound::Excluded),
        }
    }

    /// The same range without the keys from `key` up.
    #[must_use]
    pub fn below(mut self, key: &[u8]) -> Self {
        let narrower = match &self.end {
            Bound::Unbounded => true,
            Bound::Included(end) | Bound::Excluded(end) => key <= end.as_slice(),
        };
        if narrower {
            self.end = Bound::Excluded(key.to_vec());
        }
        self
    }

    /// The same range without the keys up to and including `key`.
    #[must_use]
    pub fn above(mut self, key: &[u8]) -> Self {
        let narrower = match &self.start {
            Bound::Unbounded => true,
            Bound::Included(start) | Bound::Excluded(start) => key >= start.as_slice(),
        };
        if narrower {
            self.start = Bound::Excluded(key.to_vec());
        }
        self
    }

    /// The lower bound.
    #[must_use]
    pub fn start(&self) -> Bound<&[u8]> {
        borrow(&self.start)
    }

    /// The upper bound.
    #[must_use]
    pub fn end(&self) -> Bound<&[u8]> {
        borrow(&self.end)
    }

    /// Whether the bounds leave no key between them. Backends refuse such ranges, so ask first.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match (&self.start, &self.end) {
            (Bound::Unbounded, Bound::Excluded(end)) => end.is_empty(),
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) => start >= end,
        }
    }

    /// Whether `key` lies in the range.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        let after_start = match &self.start {
            Bound::Unbounded => true,
            Bound::Included(start) => key >= start.as_slice(),
            Bound::Excluded(start) => key > start.as_slice(),
        };
        let before_end = match &self.end {
            Bound::Unbounded => true,
            Bound::Included(end) => key <= end.as_slice(),
            Bound::Excluded(end) => key < end.as_slice(),
        };
        after_start && before_end
    }
}

fn borrow(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Unbounded => Bound::Unbounded,
        Bound::Included(key) => Bound::Included(key.as_slice()),
        Bound::Excluded(key) => Bound::Excluded(key.as_slice()),
    }
}

/// The order in which a scan walks its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From the lowest key up.
    #[default]
    Ascending,
    /// From the highest key down.
    Descending,
}

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The value under one key.
    Get {
        /// Where to look.
        collection: Collection,
        /// The key.
        key: Vec<u8>,
    },
    /// The records in a range of keys.
    Scan {
        /// Where to look.
        collection: Collection,
        /// Which keys.
        range: KeyRange,
        /// In which order.
        direction: Direction,
        /// How many records at most; `None` is all of them.
        limit: Option<u32>,
    },
}

impl Query {
    /// Asks for the value under `key`.
    #[must_use]
    pub fn get(collection: Collection, key: impl Into<Vec<u8>>) -> Self {
        Self::Get {
            collection,
            key: key.into(),
        }
    }

    /// Asks for all records in `range`, lowest key first.
    #[must_use]
    pub const fn scan(collection: Collection, range: KeyRange) -> Self {
        Self::Scan {
            collection,
            range,
            direction: Direction::Ascending,
            limit: None,
        }
    }

    /// Asks for the last `limit` records in `range`, highest key first.
    #[must_use]
    pub const fn last(collection: Collection, range: KeyRange, limit: u32) -> Self {
        Self::Scan {
            collection,
            range,
            direction: Direction::Descending,
            limit: Some(limit),
        }
    }

    /// Asks for the first `limit` records in `range`, lowest key first.
    #[must_use]
    pub const fn first(collection: Collection, range: KeyRange, limit: u32) -> Self {
        Self::Scan {
            collection,
            range,
            direction: Direction::Ascending,
            limit: Some(limit),
        }
    }

    /// The collection that the query reads.
    #[must_use]
    pub const fn collection(&self) -> Collection {
        match self {
            Self::Get { collection, .. } | Self::Scan { collection, .. } => *collection,
        }
    }
}

/// The answer to one [`Query`].
pub enum Answer {
    /// To a [`Query::Get`]: the value, or `None` if there is no such record.
    Value(Option<Value>),
    /// To a [`Query::Scan`]: the records, in the order asked for.
    Records(Vec<Record>),
}

/// What a store held at one revision: an answer to each query, in the order of the queries.
pub struct Snapshot {
    revision: Revision,
    answers: VecDeque<Answer>,
}

impl Snapshot {
    /// A snapshot from its parts, for implementors of [`Store`].
    #[must_use]
    pub fn new(revision: Revision, answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            revision,
            answers: answers.into_iter().collect(),
        }
    }

    /// The revision at which everything was read.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Takes the next answer, which belongs to a [`Query::Get`].
    ///
    /// # Errors
    /// [`StoreError::Misuse`] if the next answer is of the other kind or all were taken.
    pub fn next_value(&mut self) -> Result<Option<Value>, StoreError> {
        match self.answers.pop_front() {
            Some(Answer::Value(value)) => Ok(value),
            _ => Err(StoreError::Misuse("the next answer is not a value")),
        }
    }

    /// Takes the next answer, which belongs to a [`Query::Scan`].
    ///
    /// # Errors
    /// [`StoreError::Misuse`] if the next answer is of the other kind or all were taken.
    pub fn next_records(&mut self) -> Result<Vec<Record>, StoreError> {
        match self.answers.pop_front() {
            Some(Answer::Records(records)) => Ok(records),
            _ => Err(StoreError::Misuse(
                "the next answer is not a list of records",
            )),
        }
    }

    /// The answers that were not taken yet.
    #[must_use]
    pub fn into_answers(self) -> VecDeque<Answer> {
        self.answers
    }
}

/// A transactional key-value store.
///
/// Nothing here is `Send`: the core runs on one thread.
pub trait Store {
    /// Answers all `queries` in one read transaction.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a record cannot be read; [`StoreError::Unavailable`] or [`StoreError::Backend`]
    /// if the storage itself fails.
    fn read(&self, queries: &[Query]) -> impl Future<Output = Result<Snapshot, StoreError>>;

    /// Applies `writes` in order and raises the revision by one, in one durable read-write transaction that first
    /// checks that the revision is still `expected`. Returns the new revision.
    ///
    /// All or nothing: after an error nothing has changed. A future dropped before it is done leaves either all or
    /// nothing behind; the next read tells which.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if something was committed since `expected`; [`StoreError::Quota`] if there is no
    /// room; [`StoreError::Unavailable`] or [`StoreError::Backend`] if the storage itself fails.
    fn commit(
        &self,
        expected: Revision,
        writes: WriteSet,
    ) -> impl Future<Output = Result<Revision, StoreError>>;
}

/// Why the storage did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something was committed since the snapshot was read. Read again and repeat the step.
    #[error("the store has changed since it was read")]
    Conflict,
    /// The store cannot be used: unsupported here, closed, or held back by another page.
    #[error("the store is unavailable: {0}")]
    Unavailable(&'static str),
    /// There is no room.
    #[error("the storage quota is used up")]
    Quota,
    /// A record is damaged, was moved, or was sealed under another key.
    #[error("a record in `{collection}` is damaged")]
    Corrupt {
        /// The name of the collection.
        collection: &'static str,
        /// The record's key. Not in the message: keys hold addresses.
        key: Vec<u8>,
    },
    /// The vault has no slot that this client can open.
    #[error("the vault is locked")]
    Locked,
    /// The database was written by a newer version of this software.
    #[error("the database's schema is newer than this software")]
    Version,
    /// The caller asked for something that makes no sense.
    #[error("misuse of the store: {0}")]
    Misuse(&'static str),
    /// Anything else that the storage engine reports.
    #[error("the storage engine failed: {0}")]
    Backend(String),
}

impl StoreError {
    /// A stable identifier for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "storage-conflict",
            Self::Unavailable(_) => "storage-unavailable",
            Self::Quota => "storage-quota",
            Self::Corrupt { .. } => "storage-corrupt",
            Self::Locked => "locked",
            Self::Version => "storage-version",
            Self::Misuse(_) => "storage-misuse",
            Self::Backend(_) => "storage",
        }
    }
}
