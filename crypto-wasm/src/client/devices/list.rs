//! The account's devices as its person sees them.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::records::AccountRecord;
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::identity::PreKeyStock;
use crate::wire::Flag;

use super::change::check_name;
use super::records::{DeviceEntry, DevicesRecord};
use super::sync::{self, SyncItem};

/// A device of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Its id.
    pub device_id: u32,
    /// What it is called, or empty.
    pub name: String,
    /// Whether it holds the account key, so that it can link and revoke; `None` where nothing is known of it.
    pub full: Option<bool>,
    /// When it was added, Unix milliseconds by the clock of the device that did; `None` where nothing is known of it.
    pub added_at: Option<u64>,
    /// This one.
    pub current: bool,
}

/// What is to be said of this device.
pub(super) fn own_entry(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    known: &DevicesRecord,
) -> Result<DeviceEntry, ClientError> {
    if let Some(entry) = known.find(own.device_id) {
        return Ok(entry.clone());
    }
    let created_at_ms = account::device(txn)?
        .certificate()
        .certificate()
        .created_at_ms;
    Ok(DeviceEntry {
        device_id: own.device_id,
        name: String::new(),
        full: Flag(!own.account_seed.is_empty()),
        added_at: created_at_ms,
        named_at: 0,
    })
}

pub(crate) fn list(txn: &mut Txn<'_>) -> Result<Vec<DeviceView>, ClientError> {
    let own = account::load(txn)?;
    let known = DevicesRecord::load(txn)?;
    let this = own_entry(txn, &own, &known)?;
    let mut views = Vec::new();
    for listed in account::device_list(&own)?.devices {
        let current = listed.device_id == own.device_id;
        let entry = if current {
            Some(&this)
        } else {
            known.find(listed.device_id)
        };
        views.push(DeviceView {
            device_id: listed.device_id,
            name: entry.map(|entry| entry.name.clone()).unwrap_or_default(),
            full: entry.map(|entry| entry.full.0),
            added_at: entry.map(|entry| entry.added_at),
            current,
        });
    }
    views.sort_by_key(|view| !view.current);
    Ok(views)
}

pub(crate) fn stock(txn: &mut Txn<'_>) -> Result<PreKeyStock, ClientError> {
    Ok(account::device(txn)?.prekey_stock())
}

pub(crate) fn rename(
    txn: &mut Txn<'_>,
    device_id: u32,
    name: &str,
    now_ms: u64,
) -> Result<(), ClientError> {
    let name = check_name(name)?.to_owned();
    let own = account::load(txn)?;
    let mut known = DevicesRecord::load(txn)?;
    let listed = account::device_list(&own)?.devices;
    if !listed.iter().any(|listed| listed.device_id == device_id) {
        return Err(ClientError::NotFound("device"));
    }
    let before = match known.find(device_id) {
        Some(entry) => entry.clone(),
        None if device_id == own.device_id => own_entry(txn, &own, &known)?,
        // Linked by another device, which has not told yet.
        None => return Err(ClientError::NotFound("device")),
    };
    let entry = DeviceEntry {
        name,
        // Later than the name before, whatever the clock says.
        named_at: now_ms.max(before.named_at.saturating_add(1)),
        ..before
    };
    known.note(entry.clone());
    known.save(txn)?;
    sync::tell(txn, &own, &known, vec![SyncItem::Device(entry)], now_ms)?;
    txn.emit(Event::Devices);
    Ok(())
}
