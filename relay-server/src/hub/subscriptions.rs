//! Which connections take part in which topics' live traffic.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::connections::LiveConnection;
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
    /// How far it is. Pushes go to those that have a place: membership was looked up after the subscription was there.
    place: Option<Place>,
}

/// How far a subscriber is in a topic.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The newest post that it knows of.
    pub(super) seq: u64,
    /// The epoch in which the next commit is made.
    pub(super) epoch: u64,
}

/// Those whom a topic's traffic is pushed to.
#[derive(Default)]
pub(super) struct Watch {
    /// Each with its own place.
    pub(super) subscribers: Vec<(LiveConnection, Place)>,
    /// The furthest behind of these.
    pub(super) place: Place,
}

impl Watch {
    /// Whose the connections are, each once.
    pub(super) fn devices(&self) -> Vec<Address> {
        let devices: HashSet<Address> = self
            .subscribers
            .iter()
            .map(|(live, _)| live.device())
            .collect();
        devices.into_iter().collect()
    }
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
        subscribers
            .entry(id)
            .or_insert(Subscription { live, place: None });
        true
    }

    /// Begins to push from a place; false if the subscription was lost meanwhile. One that is further stays there.
    pub(super) fn activate(&self, connection: &str, topic: TopicId, place: Place) -> bool {
        let mut state = self.lock();
        let subscribers = state.topics.get_mut(&topic);
        let subscription = subscribers.and_then(|subscribers| subscribers.get_mut(connection));
        subscription.is_some_and(|subscription| {
            subscription.place = Some(furthest(subscription.place.unwrap_or_default(), place));
            true
        })
    }

    /// Remembers how far a subscription was pushed.
    pub(super) fn advance(&self, topic: TopicId, connection: &str, to: Place) {
        let mut state = self.lock();
        let subscribers = state.topics.get_mut(&topic);
        let subscription = subscribers.and_then(|subscribers| subscribers.get_mut(connection));
        if let Some(place) = subscription.and_then(|subscription| subscription.place.as_mut()) {
            *place = furthest(*place, to);
        }
    }

    /// Ends one subscription of a connection.
    pub(super) fn cancel(&self, connection: &str, topic: TopicId) {
        self.lock().remove(connection, topic);
    }

    /// Ends a device's subscriptions to a topic; whether there were any.
    pub(super) fn end(&self, topic: TopicId, device: Address) -> bool {
        let mut state = self.lock();
        let subscribers = state.topics.get(&topic).into_iter().flatten();
        let connections: Vec<String> = subscribers
            .filter(|(_, subscription)| subscription.live.connection.user().device == device)
            .map(|(connection, _)| connection.clone())
            .collect();
        for connection in &connections {
            state.remove(connection, topic);
        }
        !connections.is_empty()
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
            .filter(|(_, subscription)| subscription.place.is_some())
            .map(|(_, subscription)| subscription.live.clone())
            .collect()
    }

    /// The same with their places; none if there is nobody.
    pub(super) fn watch(&self, topic: TopicId) -> Option<Watch> {
        let state = self.lock();
        let subscriptions = state.topics.get(&topic)?.values();
        let subscribers: Vec<_> = subscriptions
            .filter_map(|subscription| Some((subscription.live.clone(), subscription.place?)))
            .collect();
        let places = || subscribers.iter().map(|(_, place)| place);
        let place = Place {
            seq: places().map(|place| place.seq).min()?,
            epoch: places().map(|place| place.epoch).min()?,
        };
        Some(Watch { subscribers, place })
    }

    /// The topics to which somebody is subscribed.
    pub(super) fn topics(&self) -> Vec<TopicId> {
        self.lock().topics.keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before its guard is dropped.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn furthest(one: Place, other: Place) -> Place {
    Place {
        seq: one.seq.max(other.seq),
        epoch: one.epoch.max(other.epoch),
    }
}
