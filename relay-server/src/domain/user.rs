//! Users and their devices.

use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::bytes::Bytes;
use super::credentials::{CertifiedDevice, SignedDeviceList};
use super::ids::{DeviceId, UserId};
use super::login::HostAccount;
use super::prekeys::PreKeyUpload;
use super::refusal::Refusal;
use super::username::Username;

/// What anybody logged in may know of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserDocument {
    /// The id.
    pub id: UserId,
    /// The folded username.
    pub username: Username,
    /// The account key, 32 bytes.
    pub account_key: Bytes,
    /// The newest signed device list.
    pub device_list: Bytes,
    /// Certificates of exactly the devices on the list, in its order.
    pub certificates: Vec<Bytes>,
}

/// A new user with the first device, checked.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The folded username.
    pub username: Username,
    /// List 1, which names just the device.
    pub device_list: SignedDeviceList,
    /// The first device.
    pub device: CertifiedDevice,
    /// Its prekeys, both reusable ones among them.
    pub prekeys: PreKeyUpload,
    /// Of the whole content, to recognise a repeated request.
    pub digest: [u8; 32],
    /// In host-app mode: whose account it is, which the store binds to the user in the same transaction, once.
    pub host: Option<HostAccount>,
}

impl Registration {
    /// Checks that list and certificate are those of one first device of the user `id`.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] where they do not belong together.
    pub fn new(
        id: UserId,
        username: Username,
        device_list: SignedDeviceList,
        device: CertifiedDevice,
        prekeys: PreKeyUpload,
    ) -> Result<Self, Refusal> {
        if device_list.user_id != id || device.address.user_id != id {
            return Err(Refusal::bad_request(
                "id: not the user of deviceList and certificate",
            ));
        }
        if device_list.account_key != device.account_key {
            return Err(Refusal::bad_request(
                "certificate: of another account key than deviceList",
            ));
        }
        if device_list.sequence != 1 || device_list.previous_hash != [0; 32] {
            return Err(Refusal::bad_request("deviceList: not a first list"));
        }
        if device_list.devices != [(device.address.device_id, device.identity_key)] {
            return Err(Refusal::bad_request(
                "deviceList: does not name exactly the certificate's device",
            ));
        }
        require_reusable(&prekeys)?;
        let digest = digest(
            &[username.as_str().as_bytes()],
            &device_list,
            Some(&device),
            &prekeys,
        );
        Ok(Self {
            username,
            device_list,
            device,
            prekeys,
            digest,
            host: None,
        })
    }
}

/// A device that joins a user's others, checked but for what the store knows.
#[derive(Debug, Clone)]
pub struct DeviceLink {
    /// The successor list, which adds the device.
    pub device_list: SignedDeviceList,
    /// The new device.
    pub device: CertifiedDevice,
    /// Its prekeys, both reusable ones among them.
    pub prekeys: PreKeyUpload,
    /// Of the whole content, to recognise a repeated request.
    pub digest: [u8; 32],
}

impl DeviceLink {
    /// Checks that list and certificate name the device `device_id` of the user `user_id`.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] where they do not belong together.
    pub fn new(
        user_id: UserId,
        device_id: DeviceId,
        device_list: SignedDeviceList,
        device: CertifiedDevice,
        prekeys: PreKeyUpload,
    ) -> Result<Self, Refusal> {
        if device.address.user_id != user_id || device.address.device_id != device_id {
            return Err(Refusal::bad_request("certificate: of another device"));
        }
        if device_list.user_id != user_id {
            return Err(Refusal::bad_request("deviceList: of another user"));
        }
        if device_list.account_key != device.account_key {
            return Err(Refusal::bad_request(
                "certificate: of another account key than deviceList",
            ));
        }
        if !device_list
            .devices
            .contains(&(device_id, device.identity_key))
        {
            return Err(Refusal::bad_request(
                "deviceList: does not name the certificate's device",
            ));
        }
        require_reusable(&prekeys)?;
        let digest = digest(&[], &device_list, Some(&device), &prekeys);
        Ok(Self {
            device_list,
            device,
            prekeys,
            digest,
        })
    }
}

/// A device that leaves, checked but for what the store knows.
#[derive(Debug, Clone)]
pub struct DeviceRevocation {
    /// Which device.
    pub device_id: DeviceId,
    /// The successor list, without it.
    pub device_list: SignedDeviceList,
}

impl DeviceRevocation {
    /// Checks that the list is of the user and does not name the device.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if not.
    pub fn new(
        user_id: UserId,
        device_id: DeviceId,
        device_list: SignedDeviceList,
    ) -> Result<Self, Refusal> {
        if device_list.user_id != user_id {
            return Err(Refusal::bad_request("deviceList: of another user"));
        }
        if device_list
            .devices
            .iter()
            .any(|(listed, _)| *listed == device_id)
        {
            return Err(Refusal::bad_request("deviceList: still names the device"));
        }
        Ok(Self {
            device_id,
            device_list,
        })
    }
}

fn require_reusable(prekeys: &PreKeyUpload) -> Result<(), Refusal> {
    if prekeys.signed.is_none() || prekeys.kem_last_resort.is_none() {
        return Err(Refusal::bad_request(
            "preKeys: signedPreKey and kemLastResort are needed",
        ));
    }
    Ok(())
}

/// SHA-256 over length-prefixed parts: no two contents share an input.
fn digest(
    parts: &[&[u8]],
    list: &SignedDeviceList,
    device: Option<&CertifiedDevice>,
    prekeys: &PreKeyUpload,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    for part in parts {
        add(part);
    }
    add(&list.encoded);
    add(device.map_or(&[][..], |device| &device.certificate));
    for reusable in [&prekeys.signed, &prekeys.kem_last_resort] {
        add(reusable.as_ref().map_or(&[][..], |key| &key.encoded));
    }
    for kind in [&prekeys.one_time, &prekeys.kem] {
        add(&(kind.len() as u64).to_be_bytes());
        for key in kind {
            add(&key.encoded);
        }
    }
    hash.finalize().into()
}
