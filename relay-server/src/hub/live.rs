//! Which devices are connected, and how to reach them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::communication::HubUser;
use super::protocol::{Connection, PreparedInvocation, SendError};
use super::pump::Pump;
use super::subscriptions::Subscriptions;
use crate::domain::prekeys::PreKeyCounts;
use crate::domain::{Address, ConversationId, DeviceId, TopicId, UserId};
use crate::metrics;

/// Connections of one device at the same time; the oldest gives way to a newer one.
const CONNECTIONS_PER_DEVICE: usize = 16;

/// Something that a device is told, besides its envelopes. A lost notice delays, it loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The device has few one-time keys left.
    PreKeysLow(PreKeyCounts),
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

/// One live connection.
#[derive(Clone)]
pub(super) struct LiveConnection {
    pub(super) connection: Connection<HubUser>,
    pub(super) pump: Arc<Pump>,
}

/// The live connections of all devices.
#[derive(Default)]
pub struct Live {
    users: Mutex<HashMap<UserId, HashMap<DeviceId, Vec<LiveConnection>>>>,
    subscriptions: Subscriptions,
}

impl Live {
    /// Wakes the pushes to a device: its mailbox has grown.
    pub fn wake(&self, device: Address) {
        for live in self.of_device(device) {
            live.pump.wake();
        }
    }

    /// Tells a device.
    pub fn notify_device(&self, device: Address, notice: Notice) {
        for live in self.of_device(device) {
            live.pump.notify(notice);
        }
    }

    /// Tells all devices of these users.
    pub fn notify_users(&self, users: &[UserId], notice: Notice) {
        for user in users {
            for live in self.of_user(*user) {
                live.pump.notify(notice);
            }
        }
    }

    /// Closes the connections of a revoked device for good.
    pub fn close(&self, device: Address) {
        for live in self.of_device(device) {
            live.connection.close(false, Some("the device was revoked"));
        }
    }

    /// Pushes to all who are subscribed to a topic. Who reads too slowly is cut off and slows nobody.
    pub fn publish(&self, topic: TopicId, push: &PreparedInvocation) {
        for live in self.subscriptions.of(topic) {
            // A closed connection needs no push, and a slow one is closed by this.
            if live.connection.try_send_prepared(push) == Err(SendError::TooSlow) {
                metrics::hub_too_slow();
            }
        }
    }

    /// Tells all who are subscribed to a topic.
    pub fn notify_topic(&self, topic: TopicId, notice: Notice) {
        for live in self.subscriptions.of(topic) {
            live.pump.notify(notice);
        }
    }

    /// Ends the subscriptions of a device that is in a topic no longer, and tells it.
    pub fn expel(&self, topic: TopicId, device: Address) {
        self.subscriptions.end(topic, device);
        self.notify_device(device, Notice::TopicLeft(topic));
    }

    pub(super) const fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    pub(super) fn enter(&self, live: LiveConnection) {
        metrics::hub_connected();
        let device = live.connection.user().device;
        let mut users = self.lock();
        let connections = users
            .entry(device.user_id)
            .or_default()
            .entry(device.device_id)
            .or_default();
        connections.push(live);
        if connections.len() > CONNECTIONS_PER_DEVICE {
            connections
                .remove(0)
                .connection
                .close(false, Some("the device has too many connections"));
        }
    }

    pub(super) fn leave(&self, connection: &Connection<HubUser>) {
        metrics::hub_disconnected();
        self.subscriptions.end_all(connection.id());
        let device = connection.user().device;
        let mut users = self.lock();
        let Some(devices) = users.get_mut(&device.user_id) else {
            return;
        };
        if let Some(connections) = devices.get_mut(&device.device_id) {
            connections.retain(|live| live.connection.id() != connection.id());
            if connections.is_empty() {
                devices.remove(&device.device_id);
            }
        }
        if devices.is_empty() {
            users.remove(&device.user_id);
        }
    }

    pub(super) fn pump_of(&self, connection: &Connection<HubUser>) -> Option<Arc<Pump>> {
        self.find(connection).map(|live| live.pump)
    }

    pub(super) fn find(&self, connection: &Connection<HubUser>) -> Option<LiveConnection> {
        self.of_device(connection.user().device)
            .into_iter()
            .find(|live| live.connection.id() == connection.id())
    }

    fn of_device(&self, device: Address) -> Vec<LiveConnection> {
        let users = self.lock();
        users
            .get(&device.user_id)
            .and_then(|devices| devices.get(&device.device_id))
            .cloned()
            .unwrap_or_default()
    }

    fn of_user(&self, user: UserId) -> Vec<LiveConnection> {
        self.lock()
            .get(&user)
            .into_iter()
            .flat_map(HashMap::values)
            .flatten()
            .cloned()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, HashMap<DeviceId, Vec<LiveConnection>>>> {
        // Every change is complete before its guard is dropped.
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
