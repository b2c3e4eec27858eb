//! How often a wrong passphrase was tried, and until when the next try has to wait. It is kept in the vault, so that neither a
//! reload nor another tab starts counting anew.
//!
//! This slows down a person at the keyboard. Whoever has a copy of the database tries as fast as Argon2id lets them.

use crate::codec;
use crate::wire::{Version1, Wire};

/// So many mistakes cost nothing but what Argon2id costs.
const FREE: u32 = 2;
/// The longest wait, in milliseconds.
const LONGEST: u64 = 15 * 60 * 1000;

/// Tries that failed since the last one that did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptsRecord {
    version: Version1,
    failures: u32,
    last: u64,
}

codec!(struct AttemptsRecord { version, failures, last });

impl Wire for AttemptsRecord {}

impl AttemptsRecord {
    /// No failure yet.
    pub const NONE: Self = Self {
        version: Version1,
        failures: 0,
        last: 0,
    };

    /// These and one more, at `now` in Unix milliseconds.
    #[must_use]
    pub const fn with_one_more(self, now: u64) -> Self {
        Self {
            version: Version1,
            failures: self.failures.saturating_add(1),
            last: now,
        }
    }

    /// From when on the next try is permitted, unless it is at once. A clock that was put back makes nobody wait longer than the
    /// whole delay from now on.
    #[must_use]
    pub fn retry_at(self, now: u64) -> Option<u64> {
        let at = self.last.min(now).saturating_add(self.delay());
        (at > now).then_some(at)
    }

    /// Doubles with each failure: 1 second after the third, 2 after the fourth, …
    const fn delay(self) -> u64 {
        let doublings = match self.failures.checked_sub(FREE + 1) {
            None => return 0,
            Some(doublings) => doublings,
        };
        if doublings >= 10 {
            return LONGEST;
        }
        let delay = 1000 << doublings;
        if delay < LONGEST { delay } else { LONGEST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn after(failures: u32) -> AttemptsRecord {
        (0..failures).fold(AttemptsRecord::NONE, |attempts, _| {
            attempts.with_one_more(NOW)
        })
    }

    #[test]
    fn the_delay_grows_and_is_bounded() {
        assert_eq!(AttemptsRecord::NONE.retry_at(NOW), None);
        assert_eq!(AttemptsRecord::NONE.retry_at(0), None);
        let delays: Vec<u64> = (1..=14)
            .map(|failures| after(failures).delay() / 1000)
            .collect();
        assert_eq!(
            delays,
            [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
        );
        let most = AttemptsRecord {
            failures: u32::MAX,
            ..after(1)
        };
        assert_eq!(most.with_one_more(NOW).retry_at(NOW), Some(NOW + LONGEST));
    }

    #[test]
    fn the_wait_is_over_when_its_time_has_come() {
        let attempts = after(5);
        assert_eq!(attempts.retry_at(NOW), Some(NOW + 4000));
        assert_eq!(attempts.retry_at(NOW + 3999), Some(NOW + 4000));
        assert_eq!(attempts.retry_at(NOW + 4000), None);
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nobody_wait_for_years() {
        assert_eq!(after(5).retry_at(1000), Some(5000));
        let future = AttemptsRecord::NONE.with_one_more(u64::MAX);
        assert_eq!(future.retry_at(NOW), None);
        let future = after(5).with_one_more(u64::MAX);
        assert_eq!(future.retry_at(NOW), Some(NOW + 8000));
    }

    #[test]
    fn stored_and_read_again() {
        let bytes = after(5).to_bytes().unwrap();
        assert_eq!(bytes.len(), 13);
        assert_eq!(AttemptsRecord::from_bytes(&bytes), Ok(after(5)));
    }
}
