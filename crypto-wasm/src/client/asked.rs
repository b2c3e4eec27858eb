//! What the relay was asked lately, so that nothing is asked for in circles.

use crate::sorted;
use crate::wire::{Address, UserId};

/// How long what the relay said of a user or a bundle is not asked for again, in milliseconds.
const ASK_AGAIN_MS: u64 = 60_000;

/// Only in memory: forgetting costs a request. What is older than a minute is let go.
#[derive(Default)]
pub(super) struct Asked {
    users: Lately<UserId>,
    /// Users whose devices the relay counted differently.
    stale: Vec<UserId>,
    bundles: Vec<(Address, u64, &'static str)>,
    /// Devices from which something came.
    heard: Lately<Address>,
}

/// What happened within the last minute, and when.
struct Lately<T>(Vec<(T, u64)>);

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + PartialEq> Lately<T> {
    fn has(&self, what: T, now: u64) -> bool {
        self.0
            .iter()
            .any(|(known, at)| *known == what && lately(*at, now))
    }

    fn note(&mut self, what: T, now: u64) {
        self.0
            .retain(|(known, at)| *known != what && lately(*at, now));
        self.0.push((what, now));
    }
}

const fn lately(at: u64, now: u64) -> bool {
    now.saturating_sub(at) < ASK_AGAIN_MS
}

impl Asked {
    /// Whether the relay was asked about the user.
    pub(super) fn user_lately(&self, user: UserId, now: u64) -> bool {
        self.users.has(user, now)
    }

    /// Whether a fresh document of the user is wanted and was not asked for lately.
    pub(super) fn wants(&self, user: UserId, now: u64) -> bool {
        self.stale.binary_search(&user).is_ok() && !self.user_lately(user, now)
    }

    /// Notes that the relay was asked.
    pub(super) fn note(&mut self, user: UserId, now: u64) {
        self.users.note(user, now);
        self.stale.retain(|stale| *stale != user);
    }

    /// Notes that the relay counted the user's devices differently.
    pub(super) fn doubt(&mut self, user: UserId) {
        self.users.0.retain(|(asked, _)| *asked != user);
        sorted::insert(&mut self.stale, user);
    }

    /// Whether something came from the device within the last minute.
    pub(super) fn heard_lately(&self, address: &Address, now: u64) -> bool {
        self.heard.has(*address, now)
    }

    /// Notes that something came from the device.
    pub(super) fn hear(&mut self, address: Address, now: u64) {
        self.heard.note(address, now);
    }

    /// Why a bundle could not be used, if that was lately.
    pub(super) fn bundle_refused(&self, address: &Address, now: u64) -> Option<&'static str> {
        self.bundles
            .iter()
            .find(|(refused, at, _)| refused == address && lately(*at, now))
            .map(|(_, _, code)| *code)
    }

    /// Notes whether a bundle could be used, and if not, why.
    pub(super) fn note_bundle(
        &mut self,
        address: Address,
        refused: Option<&'static str>,
        now: u64,
    ) {
        self.bundles
            .retain(|(known, at, _)| *known != address && lately(*at, now));
        if let Some(code) = refused {
            self.bundles.push((address, now, code));
        }
    }
}
