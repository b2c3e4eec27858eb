//! Prekeys as the relay keeps and hands them out.

use serde::Serialize;
use utoipa::ToSchema;

use super::bytes::Bytes;
use super::ids::{Address, DeviceId, UserId};

/// An encoded prekey under its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreKey {
    /// Its id within its kind; KEM prekeys of one use and of last resort share one id space.
    pub id: u32,
    /// The structure as it arrived, which is its only encoding.
    pub encoded: Vec<u8>,
}

/// Prekeys whose encodings and signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreKeyUpload {
    /// Replaces the signed prekey.
    pub signed: Option<PreKey>,
    /// Replaces the KEM prekey of last resort.
    pub kem_last_resort: Option<PreKey>,
    /// More one-time prekeys.
    pub one_time: Vec<PreKey>,
    /// More one-time KEM prekeys.
    pub kem: Vec<PreKey>,
    /// For topics.
    pub key_packages: KeyPackageUpload,
}

/// Encoded KeyPackages (RFC 9420 §10) that were verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPackageUpload {
    /// More of them that are used once.
    pub one_time: Vec<Vec<u8>>,
    /// Replaces the one of last resort.
    pub last_resort: Option<Vec<u8>>,
}

/// How many one-time keys a device has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreKeyCounts {
    /// One-time prekeys.
    pub one_time_pre_keys: u64,
    /// One-time KEM prekeys.
    pub kem_pre_keys: u64,
    /// KeyPackages.
    pub key_packages: u64,
    /// Whether the device has ever uploaded KeyPackages: else it takes no part in topics, and lacks none.
    #[serde(skip)]
    pub uses_topics: bool,
}

impl PreKeyCounts {
    /// Whether the owner should upload more.
    #[must_use]
    pub fn is_low(self) -> bool {
        self.one_time_pre_keys < super::limits::LOW_PREKEYS
            || self.kem_pre_keys < super::limits::LOW_PREKEYS
            || (self.uses_topics && self.key_packages < super::limits::LOW_PREKEYS)
    }
}

/// One device's bundle, as handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceBundle {
    /// Whose device.
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
    /// The encoded `PreKeyBundle`.
    pub bundle: Bytes,
}

/// What a request for bundles took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimedBundles {
    /// The bundles, in the order asked for.
    pub bundles: Vec<DeviceBundle>,
    /// Addresses that are no active device.
    pub missing: Vec<Address>,
    /// Devices that should upload more keys, and what they have left.
    pub low: Vec<(Address, PreKeyCounts)>,
}

/// One device's KeyPackage, as handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceKeyPackage {
    /// Whose device.
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
    /// The encoded KeyPackage.
    pub key_package: Bytes,
}

/// What a request for KeyPackages took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaimedKeyPackages {
    /// The KeyPackages, in the order asked for.
    pub items: Vec<DeviceKeyPackage>,
    /// Addresses that are no active device, or of one that takes no part in topics.
    pub missing: Vec<Address>,
    /// Devices that should upload more keys, and what they have left.
    pub low: Vec<(Address, PreKeyCounts)>,
}

/// Encodes a `PreKeyBundle` (protocol §2) from the encodings of its parts.
#[must_use]
pub fn encode_bundle(
    certificate: &[u8],
    signed: &[u8],
    one_time: Option<&[u8]>,
    kem: &[u8],
) -> Bytes {
    let one_time_length = one_time.map_or(0, <[u8]>::len);
    let mut bundle =
        Vec::with_capacity(certificate.len() + signed.len() + 1 + one_time_length + kem.len());
    bundle.extend_from_slice(certificate);
    bundle.extend_from_slice(signed);
    bundle.push(u8::from(one_time.is_some()));
    bundle.extend_from_slice(one_time.unwrap_or_default());
    bundle.extend_from_slice(kem);
    Bytes(bundle)
}
