//! Negotiated connections: from the answer to `negotiate` until their WebSocket ends.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Which connection tokens may be used, by whom and until when.
pub(super) struct Registry<U> {
    lifetime: Duration,
    max_waiting: usize,
    state: Mutex<State<U>>,
}

struct State<U> {
    entries: HashMap<String, Entry<U>>,
    /// Tokens in the order they expire; those used since are skipped.
    expiry: VecDeque<(Instant, String)>,
}

enum Entry<U> {
    Waiting { user: U, connection_id: String },
    InUse,
}

/// Why a token opens no WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClaimError {
    /// Never negotiated here, or expired.
    Unknown,
    /// Negotiated by somebody else.
    Foreign,
    /// It has a WebSocket.
    InUse,
}

/// Too many negotiated connections wait for their WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegistryFull;

/// A token in use, until dropped.
pub(super) struct Claim<U> {
    registry: Arc<Registry<U>>,
    token: String,
    connection_id: String,
}

impl<U> Claim<U> {
    pub(super) fn connection_id(&self) -> &str {
        &self.connection_id
    }
}

impl<U> Drop for Claim<U> {
    fn drop(&mut self) {
        self.registry.lock().entries.remove(&self.token);
    }
}

impl<U> Registry<U> {
    fn lock(&self) -> MutexGuard<'_, State<U>> {
        // Every change of the state is complete before its guard is dropped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<U: PartialEq> Registry<U> {
    pub(super) fn new(lifetime: Duration, max_waiting: usize) -> Self {
        let state = State {
            entries: HashMap::new(),
            expiry: VecDeque::new(),
        };
        Self {
            lifetime,
            max_waiting,
            state: Mutex::new(state),
        }
    }

    /// Lets `user` open one WebSocket with `token`.
    pub(super) fn insert(
        &self,
        token: String,
        user: U,
        connection_id: String,
    ) -> Result<(), RegistryFull> {
        let now = Instant::now();
        let mut state = self.lock();
        state.expire(now);
        if state.expiry.len() >= self.max_waiting {
            return Err(RegistryFull);
        }
        state.expiry.push_back((now + self.lifetime, token.clone()));
        state.entries.insert(
            token,
            Entry::Waiting {
                user,
                connection_id,
            },
        );
        Ok(())
    }

    /// Takes the token into use.
    pub(super) fn claim(self: &Arc<Self>, token: &str, user: &U) -> Result<Claim<U>, ClaimError> {
        let mut state = self.lock();
        state.expire(Instant::now());
        let entry = state.entries.get_mut(token).ok_or(ClaimError::Unknown)?;
        match entry {
            Entry::InUse => Err(ClaimError::InUse),
            Entry::Waiting { user: owner, .. } if owner != user => Err(ClaimError::Foreign),
            Entry::Waiting { connection_id, .. } => {
                let connection_id = std::mem::take(connection_id);
                *entry = Entry::InUse;
                Ok(Claim {
                    registry: Arc::clone(self),
                    token: token.to_owned(),
                    connection_id,
                })
            }
        }
    }
}

impl<U> State<U> {
    fn expire(&mut self, now: Instant) {
        while let Some((_, token)) = self.expiry.pop_front_if(|(at, _)| *at <= now) {
            if matches!(self.entries.get(&token), Some(Entry::Waiting { .. })) {
                self.entries.remove(&token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Arc<Registry<&'static str>> {
        Arc::new(Registry::new(Duration::from_secs(30), 2))
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_serves_its_user_once_at_a_time() {
        let registry = registry();
        registry.insert("t".into(), "alice", "c".into()).unwrap();
        assert_eq!(registry.claim("t", &"bob").err(), Some(ClaimError::Foreign));
        let claim = registry.claim("t", &"alice").unwrap();
        assert_eq!(claim.connection_id(), "c");
        assert_eq!(registry.claim("t", &"alice").err(), Some(ClaimError::InUse));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(registry.claim("t", &"alice").err(), Some(ClaimError::InUse));
        drop(claim);
        assert_eq!(
            registry.claim("t", &"alice").err(),
            Some(ClaimError::Unknown)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_expires() {
        let registry = registry();
        registry.insert("t".into(), "alice", "c".into()).unwrap();
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(
            registry.claim("t", &"alice").err(),
            Some(ClaimError::Unknown)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_waiting_tokens_is_bounded() {
        let registry = registry();
        registry.insert("1".into(), "alice", "c".into()).unwrap();
        registry.insert("2".into(), "alice", "c".into()).unwrap();
        assert_eq!(
            registry.insert("3".into(), "alice", "c".into()),
            Err(RegistryFull)
        );
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(registry.insert("3".into(), "alice", "c".into()), Ok(()));
    }
}
