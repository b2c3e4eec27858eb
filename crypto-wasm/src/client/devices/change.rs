//! The next device list: signed, stored, and only then shown to the relay, the same bytes until it has answered. Else somebody who makes the
//! first attempt fail would have two lists of one number.

use crate::client::error::ClientError;
use crate::client::ids::new_id;
use crate::client::records::{AccountRecord, OutboxAction};
use crate::client::txn::Txn;
use crate::client::views::Event;
use crate::client::{account, contacts, outbox};
use crate::identity::{Account, Freshness, VerifiedDeviceList};
use crate::linking::NewDevice;
use crate::wire::{
    Address, DeviceCertificate, DeviceList, Flag, ListedDevice, PreKeyBundle, Version1, Wire,
};

use super::list::own_entry;
use super::records::{DeviceChangeRecord, DeviceEntry, DeviceLinkRecord, DevicesRecord};
use super::sync::{self, SyncItem};

/// What the relay is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceChange {
    /// The device that comes or goes.
    pub device_id: u32,
    /// The next list, encoded.
    pub device_list: Vec<u8>,
    /// For one that comes: its encoded certificate, signed prekey and last-resort KEM prekey.
    pub link: Option<[Vec<u8>; 3]>,
}

impl From<DeviceChangeRecord> for DeviceChange {
    fn from(record: DeviceChangeRecord) -> Self {
        Self {
            device_id: record.device_id,
            device_list: record.device_list,
            link: record
                .link
                .map(|link| [link.certificate, link.signed_prekey, link.kem_last_resort]),
        }
    }
}

/// The account key, which companions do not have.
// LNK-9
pub(in crate::client) fn account_key(own: &AccountRecord) -> Result<Account, ClientError> {
    let seed = own.account_seed.as_slice();
    if seed.is_empty() {
        return Err(ClientError::Forbidden);
    }
    let seed = seed.first_chunk().filter(|_| seed.len() == 32);
    Ok(Account::from_seed(
        seed.ok_or(ClientError::Corrupt("account seed"))?,
    ))
}

/// This device, if it can link others.
// LNK-9
#[cfg(target_arch = "wasm32")]
pub(crate) fn linking_address(txn: &mut Txn<'_>) -> Result<Address, ClientError> {
    let own = account::load(txn)?;
    account_key(&own)?;
    Ok(own.address())
}

/// The newest own list.
pub(super) fn verified_list(own: &AccountRecord) -> Result<VerifiedDeviceList, ClientError> {
    let list = account::device_list(own)?;
    VerifiedDeviceList::verify(list, own.user_id, Some(&own.account_key))
        .map_err(|_| ClientError::Corrupt("DeviceList"))
}

/// Whether this is a name: at most 64 bytes.
pub(in crate::client) fn check_name(name: &str) -> Result<&str, ClientError> {
    let name = name.trim();
    if name.len() > 64 {
        return Err(ClientError::InvalidArgument("name"));
    }
    Ok(name)
}

fn begin(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    device_id: u32,
    change: impl FnOnce(
        &Account,
        &mut Vec<ListedDevice>,
    ) -> Result<Option<DeviceLinkRecord>, ClientError>,
    now_ms: u64,
) -> Result<DeviceChange, ClientError> {
    let account = account_key(own)?;
    if DeviceChangeRecord::load(txn)?.is_some() {
        return Err(ClientError::InvalidArgument(
            "another change of devices waits",
        ));
    }
    let before = verified_list(own)?;
    let mut devices = before.list().devices.clone();
    let link = change(&account, &mut devices)?;
    let next = account.next_device_list(&before, devices, now_ms)?;
    let record = DeviceChangeRecord {
        version: Version1,
        device_id,
        device_list: next.list().to_bytes()?,
        link,
    };
    record.save(txn)?;
    Ok(record.into())
}

// LNK-6, KEY-3
pub(crate) fn begin_link(
    txn: &mut Txn<'_>,
    device_id: u32,
    device: &NewDevice,
    full: bool,
    now_ms: u64,
) -> Result<DeviceChange, ClientError> {
    let own = account::load(txn)?;
    let known = DevicesRecord::load(txn)?;
    let name = check_name(&device.name)?.to_owned();
    let identity_key = device.identity_key;
    let address = Address {
        user_id: own.user_id,
        device_id,
    };
    begin(
        txn,
        &own,
        device_id,
        |account, devices| {
            // One that was there once, too: an id is used for one device only.
            let is_taken = devices.iter().any(|listed| listed.device_id == device_id);
            if is_taken || known.find(device_id).is_some() {
                return Err(ClientError::InvalidArgument("device id"));
            }
            let certificate = account.certify(address, identity_key, now_ms)?;
            check_prekeys(&certificate, device)?;
            devices.push(ListedDevice {
                device_id,
                identity_key,
            });
            Ok(Some(DeviceLinkRecord {
                name,
                full: Flag(full),
                certificate: certificate.to_bytes()?,
                signed_prekey: device.signed_prekey.to_bytes()?,
                kem_last_resort: device.kem_last_resort.to_bytes()?,
            }))
        },
        now_ms,
    )
}

/// The prekeys are the device's: they make a bundle that verifies.
fn check_prekeys(certificate: &DeviceCertificate, device: &NewDevice) -> Result<(), ClientError> {
    let expected =
        crate::identity::Expectations::exactly(certificate.account_key, certificate.address);
    let bundle = PreKeyBundle {
        certificate: certificate.clone(),
        signed_prekey: device.signed_prekey.clone(),
        one_time_prekey: None,
        kem_prekey: device.kem_last_resort.clone(),
    };
    // Nobody's device has the id 0.
    let nobody = Address {
        device_id: 0,
        ..certificate.address
    };
    crate::identity::VerifiedBundle::verify(bundle, &expected, nobody)?;
    Ok(())
}

// KEY-15
pub(crate) fn revoke(
    txn: &mut Txn<'_>,
    device_id: u32,
    now_ms: u64,
) -> Result<DeviceChange, ClientError> {
    let own = account::load(txn)?;
    if own.device_id == device_id {
        return Err(ClientError::InvalidArgument("this device itself"));
    }
    begin(
        txn,
        &own,
        device_id,
        |_, devices| {
            let before = devices.len();
            devices.retain(|listed| listed.device_id != device_id);
            if devices.len() == before {
                return Err(ClientError::NotFound("device"));
            }
            Ok(None)
        },
        now_ms,
    )
}

pub(crate) fn pending(txn: &mut Txn<'_>) -> Result<Option<DeviceChange>, ClientError> {
    Ok(DeviceChangeRecord::load(txn)?.map(DeviceChange::from))
}

pub(crate) fn refused(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    DeviceChangeRecord::delete(txn);
    Ok(())
}

/// The new list is the own one, and the others are told of a new device.
// KEY-13, KEY-15
pub(crate) fn accepted(txn: &mut Txn<'_>, now_ms: u64) -> Result<(), ClientError> {
    let change = DeviceChangeRecord::load(txn)?.ok_or(ClientError::NotFound("device change"))?;
    let mut own = account::load(txn)?;
    let next = DeviceList::from_bytes(change.device_list.as_slice())
        .map_err(|_| ClientError::Corrupt("DeviceList"))?;
    let next = VerifiedDeviceList::verify(next, own.user_id, Some(&own.account_key))
        .map_err(|_| ClientError::Corrupt("DeviceList"))?;
    if contacts::freshness(own.device_list.as_slice(), &next)? == Freshness::Newer {
        let old = account::device_list(&own)?;
        contacts::drop_revoked(txn, own.user_id, Some(old), &next)?;
        own.device_list = change.device_list;
        account::save(txn, &own)?;
    }
    if let Some(link) = change.link {
        let mut known = DevicesRecord::load(txn)?;
        let this = own_entry(txn, &own, &known)?;
        known.note(this.clone());
        let entry = DeviceEntry {
            device_id: change.device_id,
            name: link.name,
            full: link.full,
            added_at: next.list().created_at_ms,
            named_at: now_ms,
        };
        known.note(entry.clone());
        if known.conversation.is_none() {
            let conversation = new_id(now_ms, txn.rng);
            known.conversation = Some(conversation);
            let participants = vec![own.user_id];
            outbox::push(
                txn,
                conversation,
                OutboxAction::CreateConversation { participants },
            )?;
        }
        known.save(txn)?;
        let items = [this, entry].map(SyncItem::Device);
        sync::tell(txn, &own, &known, items.into(), now_ms)?;
    }
    DeviceChangeRecord::delete(txn);
    txn.emit(Event::Devices);
    Ok(())
}
