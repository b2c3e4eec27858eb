//! Which devices are connected, and how to reach them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::communication::HubUser;
use super::protocol::Connection;
use super::pump::Pump;
use crate::domain::prekeys::PreKeyCounts;
use crate::domain::{Address, ConversationId, DeviceId, UserId};

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

    pub(super) fn enter(&self, live: LiveConnection) {
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
        self.of_device(connection.user().device)
            .into_iter()
            .find(|live| live.connection.id() == connection.id())
            .map(|live| live.pump)
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
