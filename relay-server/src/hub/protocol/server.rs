//! A hub with its options, its negotiated ids and its live connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::detached::Detached;
use super::registry::Registry;
use super::{Connection, Hub, HubOptions};

/// Serves one hub. Clones are handles of the same server.
pub struct HubServer<H: Hub>(pub(super) Arc<Shared<H>>);

/// What all connections of a server have in common.
pub(super) struct Shared<H: Hub> {
    pub(super) hub: Arc<H>,
    pub(super) options: Arc<HubOptions>,
    pub(super) registry: Arc<Registry<H::User>>,
    pub(super) detached: Arc<Detached>,
    live: Mutex<Live<H::User>>,
    changed: Notify,
}

struct Live<U> {
    next_key: u64,
    connections: HashMap<u64, Connection<U>>,
    shutting_down: bool,
}

impl<H: Hub> Clone for HubServer<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H: Hub> HubServer<H> {
    /// A server of `hub`.
    pub fn new(hub: Arc<H>, options: HubOptions) -> Self {
        let registry = Arc::new(Registry::new(
            options.negotiation_lifetime,
            options.max_negotiations,
        ));
        let live = Live {
            next_key: 0,
            connections: HashMap::new(),
            shutting_down: false,
        };
        let detached = Arc::new(Detached::new(options.max_detached_bytes));
        let options = Arc::new(options);
        Self(Arc::new(Shared {
            hub,
            options,
            registry,
            detached,
            live: Mutex::new(live),
            changed: Notify::new(),
        }))
    }

    /// How many clients are connected, or expected back.
    pub fn connection_count(&self) -> usize {
        self.0.live().connections.len()
    }

    /// Refuses new clients with 503, closes all connections with leave to reconnect, and returns when they have ended
    /// and the hub was told of each; a method that runs is waited for. Stop accepting first: clients reconnect at once.
    pub async fn shutdown(&self) {
        let connections: Vec<_> = {
            let mut live = self.0.live();
            live.shutting_down = true;
            live.connections.values().cloned().collect()
        };
        for connection in connections {
            connection.close(true, None);
        }
        loop {
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            if self.connection_count() == 0 {
                return;
            }
            changed.await;
        }
    }
}

impl<H: Hub> Shared<H> {
    pub(super) fn is_shutting_down(&self) -> bool {
        self.live().shutting_down
    }

    /// Counts the connection as live until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>, connection: Connection<H::User>) -> LiveGuard<H> {
        let mut live = self.live();
        let key = live.next_key;
        live.next_key += 1;
        if live.shutting_down {
            connection.close(true, None);
        }
        live.connections.insert(key, connection);
        drop(live);
        LiveGuard {
            server: Arc::clone(self),
            key,
        }
    }

    fn live(&self) -> MutexGuard<'_, Live<H::User>> {
        // Every change of the state is complete before its guard is dropped.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among the live ones.
pub(super) struct LiveGuard<H: Hub> {
    server: Arc<Shared<H>>,
    key: u64,
}

impl<H: Hub> Drop for LiveGuard<H> {
    fn drop(&mut self) {
        self.server.live().connections.remove(&self.key);
        self.server.changed.notify_waiters();
    }
}
