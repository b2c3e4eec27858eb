//! What is kept of the account's devices.

use crate::client::error::ClientError;
use crate::client::keys::{self, Place};
use crate::client::records::record;
use crate::client::txn::Txn;
use crate::codec;
use crate::store::Collection;
use crate::wire::{ConversationId, Flag, Version1, Wire};

record!(
    /// What devices of the account say of each other; none of it is signed, and the list alone says which there are.
    DevicesRecord {
        version: Version1,
        /// Under which they tell each other something. Made when the first one was linked.
        conversation: Option<ConversationId>,
        devices: Vec<DeviceEntry>,
    }
);

/// One device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEntry {
    pub(super) device_id: u32,
    pub(super) name: String,
    /// It holds the account key.
    pub(super) full: Flag,
    pub(super) added_at: u64,
    /// When it got this name; of two names the later one holds.
    pub(super) named_at: u64,
}

impl DeviceEntry {
    /// A device that comes with the account key.
    pub(in crate::client) const fn full(device_id: u32, name: String, now_ms: u64) -> Self {
        Self {
            device_id,
            name,
            full: Flag(true),
            added_at: now_ms,
            named_at: now_ms,
        }
    }
}

codec!(struct DeviceEntry { device_id, name, full, added_at, named_at });

record!(
    /// The next own device list, on its way to the relay.
    DeviceChangeRecord {
        version: Version1,
        device_id: u32,
        device_list: Vec<u8>,
        link: Option<DeviceLinkRecord>,
    }
);

record!(
    /// What a linked device is certified with.
    DeviceLinkRecord {
        name: String,
        full: Flag,
        certificate: Vec<u8>,
        signed_prekey: Vec<u8>,
        kem_last_resort: Vec<u8>,
    }
);

fn change() -> Place {
    (Collection::Meta, b"device-change".to_vec())
}

impl DevicesRecord {
    pub(super) fn load(txn: &mut Txn<'_>) -> Result<Self, ClientError> {
        let record = txn.record(keys::devices())?;
        Ok(record.unwrap_or(Self {
            version: Version1,
            conversation: None,
            devices: Vec::new(),
        }))
    }

    pub(super) fn save(&self, txn: &mut Txn<'_>) -> Result<(), ClientError> {
        txn.save(keys::devices(), self)
    }

    pub(super) fn find(&self, device_id: u32) -> Option<&DeviceEntry> {
        self.devices
            .iter()
            .find(|entry| entry.device_id == device_id)
    }

    /// Takes in what is said of a device. True if it was not known.
    // LNK-11
    pub(super) fn note(&mut self, entry: DeviceEntry) -> bool {
        match self
            .devices
            .iter_mut()
            .find(|known| known.device_id == entry.device_id)
        {
            Some(known) if known.named_at < entry.named_at => {
                known.name = entry.name;
                known.named_at = entry.named_at;
                true
            }
            Some(_) => false,
            None => {
                self.devices.push(entry);
                true
            }
        }
    }
}

impl DeviceChangeRecord {
    pub(super) fn load(txn: &mut Txn<'_>) -> Result<Option<Self>, ClientError> {
        txn.record(change())
    }

    pub(super) fn save(&self, txn: &mut Txn<'_>) -> Result<(), ClientError> {
        txn.save(change(), self)
    }

    pub(super) fn delete(txn: &mut Txn<'_>) {
        txn.delete(change());
    }
}
