//! How those who are connected learn what is new. Whoever changed something announces a [`Hint`]: it is followed here and on every other
//! node in the same way, by reading the store.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::communication::HubUser;
use super::connections::{Connections, LiveConnection};
use super::feeds::Feeds;
use super::hints::Hint;
use super::protocol::Connection;
use super::pump::Pump;
use super::subscriptions::Subscriptions;
use crate::domain::{Address, ConversationId, Refusal, TopicId, UserId};
use crate::metrics::{self, HintFate};
use crate::store::{Store, StoreError};

/// Something that a device is told, besides what it is pushed from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// The devices of a user have changed.
    DevicesChanged(UserId),
    /// The participants of a conversation have changed.
    ParticipantsChanged(ConversationId),
    /// A Welcome to a topic waits for the device.
    WelcomeReceived(TopicId),
    /// Somebody asks to leave the topic, a device in it was revoked, or links came.
    TopicChanged(TopicId),
    /// The device is in the topic no longer.
    TopicLeft(TopicId),
}

/// Those who are connected to this node, and the way to those who are connected to others.
pub struct Live {
    pub(super) store: Arc<dyn Store>,
    pub(super) connections: Connections,
    pub(super) subscriptions: Subscriptions,
    pub(super) feeds: Feeds,
    others: Option<mpsc::Sender<Hint>>,
}

impl Live {
    /// Pushes are read from the store; hints for other nodes, if there are any, go into `others`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, others: Option<mpsc::Sender<Hint>>) -> Arc<Self> {
        Arc::new(Self {
            store,
            connections: Connections::default(),
            subscriptions: Subscriptions::default(),
            feeds: Feeds::default(),
            others,
        })
    }

    /// Tells this node and the others of what has been committed. It waits for nobody: a hint for which there is no room is dropped.
    pub fn announce(self: &Arc<Self>, hint: Hint) {
        self.follow(hint.clone());
        if let Some(others) = &self.others
            && others.try_send(hint).is_err()
        {
            metrics::hint(HintFate::Dropped);
        }
    }

    /// Looks where a hint points.
    pub fn follow(self: &Arc<Self>, hint: Hint) {
        match hint {
            Hint::Mailbox { device } => {
                for live in self.connections.of_device(device) {
                    live.pump.wake();
                }
            }
            Hint::Welcome { device, topic } => {
                for live in self.connections.of_device(device) {
                    live.pump.welcome(topic);
                }
            }
            Hint::PreKeysLow { device } => {
                for live in self.connections.of_device(device) {
                    live.pump.look_at_keys();
                }
            }
            Hint::Revoked { device } => {
                if !self.connections.of_device(device).is_empty() {
                    let live = Arc::clone(self);
                    tokio::spawn(async move { live.look_at_login(device).await });
                }
            }
            Hint::TopicLeft { device, topic } => {
                if !self.connections.of_device(device).is_empty() {
                    let live = Arc::clone(self);
                    tokio::spawn(async move { live.look_at_membership(device, topic).await });
                }
            }
            Hint::DevicesChanged { user, changed } => {
                self.notify_user(user, Notice::DevicesChanged(changed));
            }
            Hint::ParticipantsChanged { user, conversation } => {
                self.notify_user(user, Notice::ParticipantsChanged(conversation));
            }
            Hint::Typing { device, typing } => {
                for live in self.connections.of_device(device) {
                    live.pump.tell_typing(typing.clone());
                }
            }
            Hint::TopicGrew { topic } => self.feed(topic),
            Hint::TopicChanged { topic } => self.notify_topic(topic, Notice::TopicChanged(topic)),
            Hint::TopicDevicesChanged { topic, changed } => {
                self.notify_topic(topic, Notice::DevicesChanged(changed));
            }
        }
    }

    fn notify_user(&self, user: UserId, notice: Notice) {
        for live in self.connections.of_user(user) {
            live.pump.notify(notice);
        }
    }

    pub(super) fn notify_topic(&self, topic: TopicId, notice: Notice) {
        for live in self.subscriptions.of(topic) {
            live.pump.notify(notice);
        }
    }

    /// A device that was revoked is disconnected for good. What could not be read is looked at again by the next round of catching up.
    async fn look_at_login(&self, device: Address) {
        if let Err(StoreError::Refused(_)) = self.store.prekey_counts(device).await {
            for live in self.connections.of_device(device) {
                close_revoked(&live.connection);
            }
        }
    }

    /// A device that is no member is pushed nothing more of a topic, and told.
    async fn look_at_membership(&self, device: Address, topic: TopicId) {
        let is_member = match self.store.topic(device, topic).await {
            Ok(seen) => seen.is_member,
            Err(StoreError::Refused(Refusal::NotFound)) => false,
            Err(_) => return,
        };
        if !is_member {
            self.expel(topic, device);
        }
    }

    /// Ends the subscriptions of a device that is in a topic no longer, and tells it.
    pub(super) fn expel(&self, topic: TopicId, device: Address) {
        self.subscriptions.end(topic, device);
        self.tell_left(topic, device);
    }

    /// Tells a device that it is in a topic no longer.
    pub(super) fn tell_left(&self, topic: TopicId, device: Address) {
        for live in self.connections.of_device(device) {
            live.pump.notify(Notice::TopicLeft(topic));
        }
    }

    pub(super) fn enter(&self, live: LiveConnection) {
        self.connections.enter(live);
    }

    pub(super) fn leave(&self, connection: &Connection<HubUser>) {
        self.subscriptions.end_all(connection.id());
        self.connections.leave(connection);
    }

    pub(super) fn pump_of(&self, connection: &Connection<HubUser>) -> Option<Arc<Pump>> {
        self.connections.find(connection).map(|live| live.pump)
    }
}

pub(super) fn close_revoked(connection: &Connection<HubUser>) {
    connection.close(false, Some("the device was revoked"));
}
