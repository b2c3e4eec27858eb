//! Which connections take part in which topics' live traffic.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::live::LiveConnection;
use crate::domain::{Address, TopicId, limits};

/// The subscriptions of all connections.
#[derive(Default)]
pub(super) struct Subscriptions(Mutex<State>);

#[derive(Default)]
struct State {
    topics: HashMap<TopicId, HashMap<String, Subscription>>,
    /// By connection, to count and to end them.
    connections: HashMap<String, HashSet<TopicId>>,
}

struct Subscription {
    live: LiveConnection,
    /// Pushes go to active ones: membership was looked up after the subscription was there.
    is_active: bool,
}

impl State {
    fn remove(&mut self, connection: &str, topic: TopicId) {
        if let Some(subscribers) = self.topics.get_mut(&topic) {
            subscribers.remove(connection);
            if subscribers.is_empty() {
                self.topics.remove(&topic);
            }
        }
        if let Some(topics) = self.connections.get_mut(connection) {
            topics.remove(&topic);
            if topics.is_empty() {
                self.connections.remove(connection);
            }
        }
    }
}

impl Subscriptions {
    /// Takes a place that nothing is pushed to yet; false if the connection has too many. One that is there stays as it is.
    pub(super) fn reserve(&self, live: LiveConnection, topic: TopicId) -> bool {
        let id = live.connection.id().to_owned();
        let mut state = self.lock();
        let topics = state.connections.entry(id.clone()).or_default();
        if !topics.contains(&topic) && topics.len() >= limits::SUBSCRIPTIONS {
            return false;
        }
        topics.insert(topic);
        let subscribers = state.topics.entry(topic).or_default();
        subscribers.entry(id).or_insert(Subscription {
            live,
            is_active: false,
        });
        true
    }

    /// Begins to push; false if the place was lost meanwhile.
    pub(super) fn activate(&self, connection: &str, topic: TopicId) -> bool {
        let mut state = self.lock();
        let subscribers = state.topics.get_mut(&topic);
        let subscription = subscribers.and_then(|subscribers| subscribers.get_mut(connection));
        subscription.is_some_and(|subscription| {
            subscription.is_active = true;
            true
        })
    }

    /// Ends one subscription of a connection.
    pub(super) fn cancel(&self, connection: &str, topic: TopicId) {
        self.lock().remove(connection, topic);
    }

    /// Ends a device's subscriptions to a topic.
    pub(super) fn end(&self, topic: TopicId, device: Address) {
        let mut state = self.lock();
        let subscribers = state.topics.get(&topic).into_iter().flatten();
        let connections: Vec<String> = subscribers
            .filter(|(_, subscription)| subscription.live.connection.user().device == device)
            .map(|(connection, _)| connection.clone())
            .collect();
        for connection in connections {
            state.remove(&connection, topic);
        }
    }

    /// Ends all subscriptions of a connection.
    pub(super) fn end_all(&self, connection: &str) {
        let mut state = self.lock();
        let topics = state.connections.get(connection).cloned();
        for topic in topics.unwrap_or_default() {
            state.remove(connection, topic);
        }
    }

    /// The connections that a topic's traffic is pushed to.
    pub(super) fn of(&self, topic: TopicId) -> Vec<LiveConnection> {
        let state = self.lock();
        let subscribers = state.topics.get(&topic).into_iter().flatten();
        subscribers
            .filter(|(_, subscription)| subscription.is_active)
            .map(|(_, subscription)| subscription.live.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before its guard is dropped.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
