//! How much is kept for clients whose socket is gone, over all connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a connection costs beside its messages, roughly: its tasks, and its place with the hub.
const CONNECTION_BYTES: usize = 16 * 1024;

/// The memory that all connections without a socket share.
pub(super) struct Detached {
    max_bytes: usize,
    used: AtomicUsize,
}

impl Detached {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            used: AtomicUsize::new(0),
        }
    }

    fn take(&self, bytes: usize) -> bool {
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                used.checked_add(bytes).filter(|sum| *sum <= self.max_bytes)
            })
            .is_ok()
    }

    /// Whether any connection is without a socket.
    #[cfg(feature = "fuzzing")]
    pub(super) fn is_used(&self) -> bool {
        self.used.load(Ordering::Acquire) > 0
    }

    /// How much is taken.
    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }
}

/// One connection's part of it, given back when dropped.
pub(super) struct Share {
    of: Arc<Detached>,
    bytes: usize,
}

impl Share {
    /// Room for a connection with so many bytes of messages. `None` if there is none.
    pub(super) fn take(of: &Arc<Detached>, bytes: usize) -> Option<Self> {
        let bytes = bytes.saturating_add(CONNECTION_BYTES);
        of.take(bytes).then(|| Self {
            of: Arc::clone(of),
            bytes,
        })
    }

    /// Room for more; false if there is none.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let grown = self.of.take(bytes);
        if grown {
            self.bytes += bytes;
        }
        grown
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.of.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_over_all_and_given_back() {
        let detached = Arc::new(Detached::new(2 * CONNECTION_BYTES + 100));
        let mut one = Share::take(&detached, 60).unwrap();
        let two = Share::take(&detached, 0).unwrap();
        assert!(Share::take(&detached, 0).is_none());
        assert!(!one.grow(41));
        assert!(one.grow(40));
        assert!(!one.grow(usize::MAX));
        assert_eq!(detached.used(), 2 * CONNECTION_BYTES + 100);
        drop(two);
        assert!(Share::take(&detached, usize::MAX).is_none());
        drop(one);
        assert_eq!(detached.used(), 0);
    }
}
