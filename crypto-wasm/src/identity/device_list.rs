//! Device lists: verification, succession, and the pin against rollback (§2).

use crate::ProtocolError;
use crate::codec;
use crate::crypto::hash::hash_with_label;
use crate::crypto::label;
use crate::crypto::sign::Ed25519PublicKey;
use crate::sorted;
use crate::wire::codec::Signed as _;
use crate::wire::{Address, DeviceCertificate, DeviceList, ListedDevice, UserId, Wire};

/// Why a device list was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceListError {
    /// The list itself is wrong.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A lower sequence than one seen before, or the same with another hash, or a direct successor of another list.
    #[error("the device list contradicts a newer or equal one seen before")]
    Rollback,
    /// Not the direct successor of the list before it.
    #[error("the device list is not the direct successor of the one before it")]
    NotSuccessor,
}

impl DeviceListError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Protocol(error) => error.code(),
            Self::Rollback => "device-list-rollback",
            Self::NotSuccessor => "device-list-not-successor",
        }
    }
}

/// A device list whose signature verified under the account key that it names, and that is consistent in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedDeviceList {
    list: DeviceList,
    hash: [u8; 32],
}

impl DeviceList {
    /// Whether this list says that a device of its account is no longer one of it: it does not name the device, and is not older than the
    /// device's certificate, of which it would say nothing.
    // TOP-10
    #[must_use]
    pub fn revokes(&self, certificate: &DeviceCertificate) -> bool {
        let is_it = |listed: &ListedDevice| {
            listed.device_id == certificate.address.device_id
                && listed.identity_key == certificate.identity_key
        };
        self.user_id == certificate.address.user_id
            && self.account_key == certificate.account_key
            && self.created_at_ms >= certificate.created_at_ms
            && !self.devices.iter().any(is_it)
    }
}

impl VerifiedDeviceList {
    /// Verifies a list of `user_id`; `account_key` is the pinned key, `None` takes any.
    ///
    /// # Errors
    /// [`ProtocolError::AccountKeyMismatch`]; [`ProtocolError::AddressMismatch`] for another user's list;
    /// [`ProtocolError::BadSignature`], also for a listed identity key that is refused; [`ProtocolError::Decode`] for
    /// sequence 0, a first list with a previous one, a later list without one, or a device listed twice.
    pub fn verify(
        list: DeviceList,
        user_id: UserId,
        account_key: Option<&Ed25519PublicKey>,
    ) -> Result<Self, ProtocolError> {
        // KEY-11, KEY-12
        if list.sequence == 0 || (list.sequence == 1) != (list.previous_hash == [0; 32]) {
            return Err(ProtocolError::Decode);
        }
        let mut ids = Vec::with_capacity(list.devices.len());
        for device in &list.devices {
            // KEY-12
            if !sorted::insert(&mut ids, device.device_id) {
                return Err(ProtocolError::Decode);
            }
        }
        if account_key.is_some_and(|key| *key != list.account_key) {
            return Err(ProtocolError::AccountKeyMismatch);
        }
        if list.user_id != user_id {
            return Err(ProtocolError::AddressMismatch);
        }
        // KEY-12
        for device in &list.devices {
            device.identity_key.check()?;
        }
        list.account_key
            .verify(label::DEVICE_LIST, &list.signed_bytes()?, &list.signature)?;
        // KEY-11
        let hash = hash_with_label(label::DEVICE_LIST, &list.to_bytes()?);
        Ok(Self { list, hash })
    }

    /// The list.
    #[must_use]
    pub const fn list(&self) -> &DeviceList {
        &self.list
    }

    /// `HashWithLabel("device list", list)`: what the next list names as its previous one.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether it is a user's first list.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.list.sequence == 1
    }

    /// The listed device of this id.
    #[must_use]
    pub fn device(&self, device_id: u32) -> Option<&ListedDevice> {
        self.list
            .devices
            .iter()
            .find(|device| device.device_id == device_id)
    }

    /// The addresses of all listed devices, in the list's order.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        let user_id = self.list.user_id;
        self.list.devices.iter().map(move |device| Address {
            user_id,
            device_id: device.device_id,
        })
    }

    /// Whether the certificate is of a listed device: user, account key, device id and identity key agree.
    // KEY-14
    #[must_use]
    pub fn lists(&self, certificate: &DeviceCertificate) -> bool {
        certificate.account_key == self.list.account_key
            && certificate.address.user_id == self.list.user_id
            && self
                .device(certificate.address.device_id)
                .is_some_and(|device| device.identity_key == certificate.identity_key)
    }

    /// Checks that this list directly follows `previous`.
    ///
    /// # Errors
    /// [`DeviceListError::NotSuccessor`] if user, account key, sequence or hash do not follow.
    pub fn follows(&self, previous: &Self) -> Result<(), DeviceListError> {
        let follows = self.list.user_id == previous.list.user_id
            && self.list.account_key == previous.list.account_key
            && previous.list.sequence.checked_add(1) == Some(self.list.sequence)
            && self.list.previous_hash == previous.hash;
        if follows {
            Ok(())
        } else {
            Err(DeviceListError::NotSuccessor)
        }
    }

    /// The devices of this list that `previous` has not, by id and identity key: a changed key counts as added here and
    /// as removed in the other direction.
    #[must_use]
    pub fn not_in(&self, previous: &Self) -> Vec<ListedDevice> {
        let known = &previous.list.devices;
        self.list
            .devices
            .iter()
            .filter(|device| !known.contains(device))
            .copied()
            .collect()
    }
}

/// The newest list seen of a user: its sequence and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceListPin {
    /// Its sequence.
    pub sequence: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

codec!(struct DeviceListPin { sequence, hash });

impl Wire for DeviceListPin {}

/// How a list compares with the pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The pinned list itself.
    Same,
    /// A newer one, to be pinned.
    Newer,
}

impl DeviceListPin {
    /// The pin of a list.
    #[must_use]
    pub const fn of(list: &VerifiedDeviceList) -> Self {
        Self {
            sequence: list.list.sequence,
            hash: list.hash,
        }
    }

    /// Compares a list of the same user and account key with the pin.
    ///
    /// # Errors
    /// [`DeviceListError::Rollback`] for a lower sequence, the same with another hash, or the next one that does not
    /// name the pinned list as its previous one.
    // KEY-13
    pub fn check(&self, list: &VerifiedDeviceList) -> Result<Freshness, DeviceListError> {
        let offered = Self::of(list);
        if offered == *self {
            return Ok(Freshness::Same);
        }
        let skipped = offered
            .sequence
            .checked_sub(self.sequence)
            .ok_or(DeviceListError::Rollback)?;
        match skipped {
            0 => Err(DeviceListError::Rollback),
            1 if list.list.previous_hash != self.hash => Err(DeviceListError::Rollback),
            _ => Ok(Freshness::Newer),
        }
    }
}
