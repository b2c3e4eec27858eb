//! How often one may call: generic cell rate algorithm, in memory.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::caller::ClientAddress;
use crate::config::{Config, Rates};
use crate::domain::Address;
use crate::error::ApiError;
use crate::metrics::{self, Limit as Kind};

/// The relay's rate limits.
pub struct RateLimits {
    registrations: Limit<ClientAddress>,
    logins: Limit<ClientAddress>,
    bundles: Limit<Address>,
    key_packages: Limit<Address>,
    typing: Limit<Address>,
    links: Limit<ClientAddress>,
    blobs: Limit<Address>,
    trust_forwarded_for: bool,
}

impl RateLimits {
    /// Limits as configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let Rates {
            registrations,
            logins,
            bundles,
            key_packages,
            typing,
            links,
            blobs,
        } = config.rates;
        Self {
            registrations: Limit::new(registrations),
            logins: Limit::new(logins),
            bundles: Limit::new(bundles),
            key_packages: Limit::new(key_packages),
            typing: Limit::new(typing),
            links: Limit::new(links),
            blobs: Limit::new(blobs),
            trust_forwarded_for: config.trust_forwarded_for,
        }
    }

    /// One registration.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`], as for the others.
    pub fn registration(&self, from: ClientAddress) -> Result<(), ApiError> {
        counted(
            Kind::Registrations,
            self.registrations.take(&from, NonZeroU32::MIN),
        )
    }

    /// One step of a login.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn login(&self, from: ClientAddress) -> Result<(), ApiError> {
        counted(Kind::Logins, self.logins.take(&from, NonZeroU32::MIN))
    }

    /// Some bundles for one device.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn bundles(&self, by: Address, count: usize) -> Result<(), ApiError> {
        counted(Kind::Bundles, self.bundles.take(&by, number(count)))
    }

    /// Some KeyPackages for one device.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn key_packages(&self, by: Address, count: usize) -> Result<(), ApiError> {
        counted(
            Kind::KeyPackages,
            self.key_packages.take(&by, number(count)),
        )
    }

    /// Some envelopes of typing notices from one device.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn typing(&self, by: Address, count: usize) -> Result<(), ApiError> {
        counted(Kind::Typing, self.typing.take(&by, number(count)))
    }

    /// Some calls of `/api/links` from one address.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn links(&self, from: ClientAddress, count: usize) -> Result<(), ApiError> {
        counted(Kind::Links, self.links.take(&from, number(count)))
    }

    /// One call for a file.
    ///
    /// # Errors
    /// [`ApiError::RateLimited`].
    pub fn blobs(&self, by: Address) -> Result<(), ApiError> {
        counted(Kind::Blobs, self.blobs.take(&by, NonZeroU32::MIN))
    }

    /// Whether a proxy's word for the client's address counts.
    #[must_use]
    pub const fn trusts_forwarded_for(&self) -> bool {
        self.trust_forwarded_for
    }

    /// Forgets those who have not called for a while.
    pub fn forget_idle(&self) {
        self.registrations.forget_idle();
        self.logins.forget_idle();
        self.bundles.forget_idle();
        self.key_packages.forget_idle();
        self.typing.forget_idle();
        self.links.forget_idle();
        self.blobs.forget_idle();
    }
}

/// Counts a refusal.
fn counted(limit: Kind, outcome: Result<(), ApiError>) -> Result<(), ApiError> {
    if outcome.is_err() {
        metrics::rate_limited(limit);
    }
    outcome
}

fn number(count: usize) -> NonZeroU32 {
    u32::try_from(count)
        .ok()
        .and_then(NonZeroU32::new)
        .unwrap_or(NonZeroU32::MIN)
}

/// One limit for each key, or none.
struct Limit<K: Hash + Eq + Clone>(Option<RateLimiter<K, DashMapStateStore<K>, DefaultClock>>);

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(per_minute: u32) -> Self {
        Self(NonZeroU32::new(per_minute).map(|rate| RateLimiter::dashmap(Quota::per_minute(rate))))
    }

    fn take(&self, key: &K, count: NonZeroU32) -> Result<(), ApiError> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        match limiter.check_key_n(key, count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => Err(ApiError::RateLimited {
                retry_after: not_until.wait_time_from(limiter.clock().now()),
            }),
            // More at once than a minute's worth: no wait would help.
            Err(_) => Err(ApiError::RateLimited {
                retry_after: Duration::from_secs(60),
            }),
        }
    }

    fn forget_idle(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}
