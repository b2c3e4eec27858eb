//! Which devices are connected to this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::communication::HubUser;
use super::protocol::Connection;
use super::pump::Pump;
use crate::domain::{Address, DeviceId, UserId};
use crate::metrics;

/// Connections of one device at the same time; the oldest gives way to a newer one.
const CONNECTIONS_PER_DEVICE: usize = 16;

/// One live connection.
#[derive(Clone)]
pub(super) struct LiveConnection {
    pub(super) connection: Connection<HubUser>,
    pub(super) pump: Arc<Pump>,
}

impl LiveConnection {
    pub(super) fn device(&self) -> Address {
        self.connection.user().device
    }
}

type Users = HashMap<UserId, HashMap<DeviceId, Vec<LiveConnection>>>;

/// The live connections of all devices.
#[derive(Default)]
pub(super) struct Connections(Mutex<Users>);

impl Connections {
    pub(super) fn enter(&self, live: LiveConnection) {
        metrics::hub_connected();
        let device = live.device();
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

    pub(super) fn find(&self, connection: &Connection<HubUser>) -> Option<LiveConnection> {
        self.of_device(connection.user().device)
            .into_iter()
            .find(|live| live.connection.id() == connection.id())
    }

    pub(super) fn of_device(&self, device: Address) -> Vec<LiveConnection> {
        let users = self.lock();
        users
            .get(&device.user_id)
            .and_then(|devices| devices.get(&device.device_id))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn of_user(&self, user: UserId) -> Vec<LiveConnection> {
        self.lock()
            .get(&user)
            .into_iter()
            .flat_map(HashMap::values)
            .flatten()
            .cloned()
            .collect()
    }

    /// The devices that are connected.
    pub(super) fn devices(&self) -> Vec<Address> {
        let users = self.lock();
        let devices = users.iter().flat_map(|(user_id, devices)| {
            devices.keys().map(|device_id| Address {
                user_id: *user_id,
                device_id: *device_id,
            })
        });
        devices.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Users> {
        // Every change is complete before its guard is dropped.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
