//! The device list (§2), not verified.

use super::address::UserId;
use super::codec::{Signed, Version1, Wire};
use crate::codec;
use crate::crypto::sign::{Ed25519PublicKey, Signature};

/// A device on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedDevice {
    /// Which of the user's devices.
    pub device_id: u32,
    /// Its identity key.
    pub identity_key: Ed25519PublicKey,
}

codec!(struct ListedDevice { device_id, identity_key });

/// Which devices a user has, as signed by the account key. See
/// [`VerifiedDeviceList`](crate::identity::VerifiedDeviceList).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceList {
    /// Always 1.
    pub version: Version1,
    /// Whose devices.
    pub user_id: UserId,
    /// The account key that signed.
    pub account_key: Ed25519PublicKey,
    /// 1, 2, 3, …
    pub sequence: u64,
    /// Unix milliseconds; information only.
    pub created_at_ms: u64,
    /// `HashWithLabel("device list", previous list)`, zeros for the first.
    pub previous_hash: [u8; 32],
    /// All devices.
    pub devices: Vec<ListedDevice>,
    /// By the account key over the fields above, label "device list".
    pub signature: Signature,
}

codec!(struct DeviceList {
    version,
    user_id,
    account_key,
    sequence,
    created_at_ms,
    previous_hash,
    devices,
    signature,
});

impl Wire for DeviceList {}

impl Signed for DeviceList {
    fn signature(&self) -> &Signature {
        &self.signature
    }
}
