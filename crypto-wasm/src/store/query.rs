//! What can be read, and what a read returns.

use std::collections::VecDeque;

use super::collection::Collection;
use super::error::StoreError;
use super::key_range::KeyRange;
use super::record::{Record, Value};
use super::traits::Revision;

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
