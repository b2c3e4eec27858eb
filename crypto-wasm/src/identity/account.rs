//! The account key, which vouches for devices (§2).

use rand_core::CryptoRng;

use super::device_list::VerifiedDeviceList;
use crate::ProtocolError;
use crate::crypto::label;
use crate::crypto::sign::{Ed25519PrivateKey, Ed25519PublicKey, Signature};
use crate::wire::codec::Signed as _;
use crate::wire::{Address, DeviceCertificate, DeviceList, ListedDevice, UserId, Version1};

/// An account key. Whoever holds it can add and revoke devices.
pub struct Account {
    key: Ed25519PrivateKey,
}

impl Account {
    /// Draws an account key.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self {
            key: Ed25519PrivateKey::generate(rng),
        }
    }

    /// The account of a seed; the caller wipes the seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: Ed25519PrivateKey::from_seed(seed),
        }
    }

    /// The seed, which is the account's whole secret.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.key.seed()
    }

    /// What people compare.
    #[must_use]
    pub fn public_key(&self) -> Ed25519PublicKey {
        self.key.public_key()
    }

    /// Certifies a device's identity key. `created_at_ms` is in Unix milliseconds.
    ///
    /// # Errors
    /// None in practice: every field's length is fixed.
    pub fn certify(
        &self,
        address: Address,
        identity_key: Ed25519PublicKey,
        created_at_ms: u64,
    ) -> Result<DeviceCertificate, ProtocolError> {
        let mut certificate = DeviceCertificate {
            version: Version1,
            address,
            account_key: self.public_key(),
            identity_key,
            created_at_ms,
            signature: UNSIGNED,
        };
        certificate.signature = self
            .key
            .sign(label::DEVICE_CERTIFICATE, &certificate.signed_bytes()?);
        Ok(certificate)
    }

    /// Signs a user's first device list.
    ///
    /// # Errors
    /// [`ProtocolError::Decode`] if a device is listed twice, [`ProtocolError::BadSignature`] if an identity key is
    /// refused.
    pub fn first_device_list(
        &self,
        user_id: UserId,
        devices: Vec<ListedDevice>,
        created_at_ms: u64,
    ) -> Result<VerifiedDeviceList, ProtocolError> {
        self.sign_device_list(user_id, devices, created_at_ms, 1, [0; 32])
    }

    /// Signs the list that directly follows `previous`.
    ///
    /// # Errors
    /// As [`first_device_list`](Self::first_device_list), and [`ProtocolError::AccountKeyMismatch`] if `previous` is
    /// of another account key.
    // KEY-11, KEY-16
    pub fn next_device_list(
        &self,
        previous: &VerifiedDeviceList,
        devices: Vec<ListedDevice>,
        created_at_ms: u64,
    ) -> Result<VerifiedDeviceList, ProtocolError> {
        let list = previous.list();
        if list.account_key != self.public_key() {
            return Err(ProtocolError::AccountKeyMismatch);
        }
        let sequence = list
            .sequence
            .checked_add(1)
            .ok_or(ProtocolError::Exhausted)?;
        self.sign_device_list(
            list.user_id,
            devices,
            created_at_ms,
            sequence,
            *previous.hash(),
        )
    }

    /// Signs the manifest of a backup, whose signature is set.
    ///
    /// # Errors
    /// None in practice: a manifest is not that long.
    // REC-4
    #[cfg(feature = "link")]
    pub fn sign_backup(
        &self,
        manifest: &mut crate::recovery::BackupManifest,
    ) -> Result<(), ProtocolError> {
        manifest.signature = self.key.sign(label::BACKUP, &manifest.signed_bytes()?);
        Ok(())
    }

    fn sign_device_list(
        &self,
        user_id: UserId,
        devices: Vec<ListedDevice>,
        created_at_ms: u64,
        sequence: u64,
        previous_hash: [u8; 32],
    ) -> Result<VerifiedDeviceList, ProtocolError> {
        let mut list = DeviceList {
            version: Version1,
            user_id,
            account_key: self.public_key(),
            sequence,
            created_at_ms,
            previous_hash,
            devices,
            signature: UNSIGNED,
        };
        list.signature = self.key.sign(label::DEVICE_LIST, &list.signed_bytes()?);
        VerifiedDeviceList::verify(list, user_id, Some(&self.public_key()))
    }
}

/// In the place of a signature while the fields before it are encoded.
pub(super) const UNSIGNED: Signature = Signature::from_bytes([0; 64]);
