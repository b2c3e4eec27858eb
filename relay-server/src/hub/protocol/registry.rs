//! Negotiated connections: from the answer to `negotiate` until their WebSocket ends.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::socket::Socket;

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
    Waiting(Negotiation<U>),
    InUse {
        user: U,
        /// Where to bring further sockets of the connection; for stateful reconnect alone.
        further: Option<mpsc::Sender<Socket>>,
    },
}

/// What was negotiated.
pub(super) struct Negotiation<U> {
    /// By whom.
    pub(super) user: U,
    /// The connection's public name.
    pub(super) connection_id: String,
    /// Whether it may have one socket after the other.
    pub(super) is_stateful: bool,
}

/// What a token lets its user do.
pub(super) enum Admission<U> {
    /// Open the connection.
    Open(Claim<U>),
    /// Bring another socket to it.
    Resume(mpsc::Sender<Socket>),
}

/// Why a token opens no WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClaimError {
    /// Never negotiated here, or expired.
    Unknown,
    /// Negotiated by somebody else.
    Foreign,
    /// It has a WebSocket, and cannot have another.
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
    is_stateful: bool,
}

impl<U> Claim<U> {
    pub(super) fn connection_id(&self) -> &str {
        &self.connection_id
    }

    /// The sockets that the user brings to the connection from now on, until the receiver is dropped. `None` unless that was
    /// negotiated.
    pub(super) fn further_sockets(&self) -> Option<mpsc::Receiver<Socket>> {
        if !self.is_stateful {
            return None;
        }
        let (sender, receiver) = mpsc::channel(1);
        match self.registry.lock().entries.get_mut(&self.token) {
            Some(Entry::InUse { further, .. }) => *further = Some(sender),
            Some(Entry::Waiting(_)) | None => return None,
        }
        Some(receiver)
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

impl<U: Clone + PartialEq> Registry<U> {
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

    /// Lets a user open one connection with `token`.
    pub(super) fn insert(
        &self,
        token: String,
        negotiation: Negotiation<U>,
    ) -> Result<(), RegistryFull> {
        let now = Instant::now();
        let mut state = self.lock();
        state.expire(now);
        if state.expiry.len() >= self.max_waiting {
            return Err(RegistryFull);
        }
        state.expiry.push_back((now + self.lifetime, token.clone()));
        state.entries.insert(token, Entry::Waiting(negotiation));
        Ok(())
    }

    /// What `user` may do with the token, which is in use from then on.
    pub(super) fn claim(
        self: &Arc<Self>,
        token: &str,
        user: &U,
    ) -> Result<Admission<U>, ClaimError> {
        let mut state = self.lock();
        state.expire(Instant::now());
        match state.entries.get_mut(token).ok_or(ClaimError::Unknown)? {
            Entry::InUse { user: owner, .. } if owner != user => Err(ClaimError::Foreign),
            Entry::InUse { further: None, .. } => Err(ClaimError::InUse),
            Entry::InUse {
                further: Some(further),
                ..
            } => {
                if further.is_closed() {
                    Err(ClaimError::Unknown)
                } else {
                    Ok(Admission::Resume(further.clone()))
                }
            }
            Entry::Waiting(negotiation) if negotiation.user != *user => Err(ClaimError::Foreign),
            entry @ Entry::Waiting(_) => {
                let in_use = Entry::InUse {
                    user: user.clone(),
                    further: None,
                };
                let Entry::Waiting(negotiation) = std::mem::replace(entry, in_use) else {
                    return Err(ClaimError::Unknown);
                };
                Ok(Admission::Open(Claim {
                    registry: Arc::clone(self),
                    token: token.to_owned(),
                    connection_id: negotiation.connection_id,
                    is_stateful: negotiation.is_stateful,
                }))
            }
        }
    }
}

impl<U> State<U> {
    fn expire(&mut self, now: Instant) {
        while let Some((_, token)) = self.expiry.pop_front_if(|(at, _)| *at <= now) {
            if matches!(self.entries.get(&token), Some(Entry::Waiting(_))) {
                self.entries.remove(&token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{sink, stream};

    use super::*;

    fn registry() -> Arc<Registry<&'static str>> {
        Arc::new(Registry::new(Duration::from_secs(30), 2))
    }

    fn negotiation(is_stateful: bool) -> Negotiation<&'static str> {
        Negotiation {
            user: "alice",
            connection_id: "c".into(),
            is_stateful,
        }
    }

    fn socket() -> Socket {
        let sink = sink::drain();
        Socket::new((sink, stream::empty::<Result<_, ()>>()))
    }

    fn open(
        registry: &Arc<Registry<&'static str>>,
        token: &str,
        user: &'static str,
    ) -> Result<Claim<&'static str>, ClaimError> {
        match registry.claim(token, &user)? {
            Admission::Open(claim) => Ok(claim),
            Admission::Resume(_) => panic!("there is a connection"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_serves_its_user_once_at_a_time() {
        let registry = registry();
        registry.insert("t".into(), negotiation(false)).unwrap();
        assert_eq!(open(&registry, "t", "bob").err(), Some(ClaimError::Foreign));
        let claim = open(&registry, "t", "alice").unwrap();
        assert_eq!(claim.connection_id(), "c");
        assert!(claim.further_sockets().is_none());
        assert_eq!(open(&registry, "t", "alice").err(), Some(ClaimError::InUse));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(open(&registry, "t", "alice").err(), Some(ClaimError::InUse));
        assert_eq!(open(&registry, "t", "bob").err(), Some(ClaimError::Foreign));
        drop(claim);
        assert_eq!(
            open(&registry, "t", "alice").err(),
            Some(ClaimError::Unknown)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_stateful_connection_takes_sockets_of_its_user_while_it_lasts() {
        let registry = registry();
        registry.insert("t".into(), negotiation(true)).unwrap();
        let claim = open(&registry, "t", "alice").unwrap();
        assert_eq!(
            open(&registry, "t", "alice").err(),
            Some(ClaimError::InUse),
            "before its handshake"
        );
        let mut sockets = claim.further_sockets().unwrap();
        assert_eq!(registry.claim("t", &"bob").err(), Some(ClaimError::Foreign));
        tokio::time::advance(Duration::from_secs(60)).await;
        let Ok(Admission::Resume(further)) = registry.claim("t", &"alice") else {
            panic!("refused")
        };
        assert!(further.send(socket()).await.is_ok());
        assert!(sockets.recv().await.is_some());
        drop(sockets);
        assert_eq!(
            registry.claim("t", &"alice").err(),
            Some(ClaimError::Unknown)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_expires() {
        let registry = registry();
        registry.insert("t".into(), negotiation(false)).unwrap();
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(
            open(&registry, "t", "alice").err(),
            Some(ClaimError::Unknown)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_number_of_waiting_tokens_is_bounded() {
        let registry = registry();
        registry.insert("1".into(), negotiation(false)).unwrap();
        registry.insert("2".into(), negotiation(false)).unwrap();
        assert_eq!(
            registry.insert("3".into(), negotiation(false)),
            Err(RegistryFull)
        );
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(registry.insert("3".into(), negotiation(false)), Ok(()));
    }
}
