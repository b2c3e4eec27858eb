//! The account's devices: the list, linking one, revoking one, and what they tell each other (protocol §2, §9). As everywhere in the
//! client, each operation is one step, and the caller does the network.

mod adopt;
mod change;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod handover;
mod list;
mod lost;
mod records;
mod sync;

pub use change::DeviceChange;
pub use handover::Handover;
pub use list::DeviceView;
pub use sync::SyncItem;

pub(super) use adopt::adopt as take_over;
pub(super) use change::{account_key, check_name};
pub(super) use handover::{HandedLine, of_account};
pub(super) use records::DeviceEntry as Entry;

/// The steps by themselves.
#[cfg(target_arch = "wasm32")]
pub(crate) mod steps {
    pub(crate) use super::adopt::adopt;
    pub(crate) use super::change::{
        accepted, begin_link, linking_address, pending, refused, revoke,
    };
    pub(crate) use super::handover::handover;
    pub(crate) use super::list::{list, rename, stock};
    pub(crate) use super::sync::settle;
}

use rand_core::CryptoRng;

use super::Client;
use super::error::ClientError;
use super::views::{Me, Outcome};
use crate::identity::{Device, PreKeyStock};
use crate::linking::NewDevice;
use crate::store::Store;
use crate::wire::Address;

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// The account's devices by its newest list, this one first.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn devices(&self) -> Result<Vec<DeviceView>, ClientError> {
        self.ask(list::list).await
    }

    /// What this device has of prekeys, for diagnostics.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn prekey_stock(&self) -> Result<PreKeyStock, ClientError> {
        self.ask(list::stock).await
    }

    /// Calls a device something else, on all of the account's.
    ///
    /// # Errors
    /// `not-found` for no device of the list; `invalid-argument` for a name of more than 64 bytes.
    pub async fn rename_device(
        &self,
        device_id: u32,
        name: &str,
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| list::rename(txn, device_id, name, now_ms))
            .await
    }

    /// Certifies a new device and signs the next device list. Both are on disk, and given again until the relay has answered.
    ///
    /// # Errors
    /// `forbidden` if this device holds no account key; `invalid-argument` for an id that is taken, or while another change waits; those of the
    /// protocol for prekeys that are not the device's.
    pub async fn begin_link(
        &self,
        device_id: u32,
        device: &NewDevice,
        full: bool,
        now_ms: u64,
    ) -> Result<Outcome<DeviceChange>, ClientError> {
        self.step(|txn| change::begin_link(txn, device_id, device, full, now_ms))
            .await
    }

    /// Signs the list without a device.
    ///
    /// # Errors
    /// `forbidden` if this device holds no account key; `not-found` for no device of the list; `invalid-argument` for this device itself, or
    /// while another change waits.
    pub async fn revoke_device(
        &self,
        device_id: u32,
        now_ms: u64,
    ) -> Result<Outcome<DeviceChange>, ClientError> {
        self.step(|txn| change::revoke(txn, device_id, now_ms))
            .await
    }

    /// The change whose outcome is not known.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn device_change(&self) -> Result<Option<DeviceChange>, ClientError> {
        self.ask(change::pending).await
    }

    /// The relay has the change.
    ///
    /// # Errors
    /// `not-found` if none waits; `device-list-rollback` if a list was learnt meanwhile that it does not follow.
    pub async fn device_change_accepted(&self, now_ms: u64) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| change::accepted(txn, now_ms)).await
    }

    /// The relay refused the change for good.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn device_change_refused(&self) -> Result<Outcome<()>, ClientError> {
        self.step(change::refused).await
    }

    /// What makes a linked device one of the account, encoded: keys, people, conversations, and lines that were sent from `since` on.
    ///
    /// # Errors
    /// `forbidden` if this device holds no account key; `not-found` if the device is not on the list.
    pub async fn handover(
        &self,
        device_id: u32,
        since_ms: u64,
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, ClientError> {
        self.ask(|txn| handover::handover(txn, device_id, since_ms))
            .await
    }

    /// Takes in what [`Self::handover`] of the device `old` gave: this profile is that account's device from then on.
    ///
    /// # Errors
    /// `already-registered`; `link-tampered` for a handover that does not fit the device that was compared; those of certificates and lists.
    pub async fn adopt(
        &self,
        device: &Device,
        old: Address,
        handover: &[u8],
        now_ms: u64,
    ) -> Result<Outcome<Me>, ClientError> {
        self.step(|txn| adopt::adopt(txn, device, old, handover, now_ms))
            .await
    }

    /// Takes in what other devices of the account have told, and puts into the outbox what they are to be told.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn settle_devices(&self, now_ms: u64) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| sync::settle(txn, now_ms)).await
    }
}
