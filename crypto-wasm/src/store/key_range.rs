//! Intervals of keys.

use std::ops::Bound;

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
