//! What clients signed, decoded and verified. The relay checks for its clients' sake; they check again.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::sign::{Ed25519PublicKey, Signature};
use crypto_wasm::identity::{Expectations, VerifiedCertificate, VerifiedDeviceList};
use crypto_wasm::wire::{
    self, DeviceCertificate, DeviceList, KemPreKey, OneTimePreKey, RelayAuth, SignedPreKey, Wire,
};

use super::bytes::Bytes;
use super::clock::UnixMillis;
use super::ids::{Address, DeviceId, UserId};
use super::prekeys::{KeyPackageUpload, PreKey, PreKeyUpload};
use super::refusal::Refusal;

/// A device whose certificate verified under the account key that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedDevice {
    /// The device.
    pub address: Address,
    /// The account key that certifies it.
    pub account_key: [u8; 32],
    /// Its identity key.
    pub identity_key: [u8; 32],
    /// The encoded certificate.
    pub certificate: Vec<u8>,
}

impl CertifiedDevice {
    /// Decodes and verifies a certificate.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if it does not decode, [`Refusal::BadSignature`] if it does not verify.
    pub fn verify(certificate: Bytes) -> Result<Self, Refusal> {
        let decoded = DeviceCertificate::from_bytes(certificate.as_slice())
            .map_err(|_| malformed("certificate"))?;
        let verified = VerifiedCertificate::verify(decoded, &Expectations::default())
            .map_err(|_| Refusal::BadSignature("certificate: does not verify"))?;
        let address = Address {
            user_id: UserId::from_bytes(*verified.address().user_id.as_bytes()),
            device_id: device_id(verified.address().device_id, "certificate")?,
        };
        Ok(Self {
            address,
            account_key: *verified.account_key().as_bytes(),
            identity_key: *verified.identity_key().as_bytes(),
            certificate: certificate.0,
        })
    }
}

/// A device list whose signature verified under the account key that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDeviceList {
    /// Whose list.
    pub user_id: UserId,
    /// The account key that signed.
    pub account_key: [u8; 32],
    /// 1, 2, 3, …
    pub sequence: u64,
    /// Hash of the list before.
    pub previous_hash: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
    /// Devices with their identity keys, in the list's order.
    pub devices: Vec<(DeviceId, [u8; 32])>,
    /// The encoded list.
    pub encoded: Vec<u8>,
}

impl SignedDeviceList {
    /// Decodes and verifies a list.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] if it does not decode or is not consistent, [`Refusal::BadSignature`] if it does not
    /// verify.
    pub fn verify(encoded: Bytes) -> Result<Self, Refusal> {
        let list =
            DeviceList::from_bytes(encoded.as_slice()).map_err(|_| malformed("deviceList"))?;
        let user_id = list.user_id;
        let verified =
            VerifiedDeviceList::verify(list, user_id, None).map_err(|error| match error {
                ProtocolError::BadSignature => Refusal::BadSignature("deviceList: does not verify"),
                _ => malformed("deviceList"),
            })?;
        let list = verified.list();
        let devices = list
            .devices
            .iter()
            .map(|device| {
                Ok((
                    device_id(device.device_id, "deviceList")?,
                    *device.identity_key.as_bytes(),
                ))
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Self {
            user_id: UserId::from_bytes(*list.user_id.as_bytes()),
            account_key: *list.account_key.as_bytes(),
            sequence: list.sequence,
            previous_hash: list.previous_hash,
            hash: *verified.hash(),
            devices,
            encoded: encoded.0,
        })
    }
}

/// The devices that an encoded list names, in its order, without verifying it again.
///
/// # Errors
/// [`Refusal::BadRequest`] if it does not decode.
pub fn listed_devices(encoded: &[u8]) -> Result<Vec<DeviceId>, Refusal> {
    let list = DeviceList::from_bytes(encoded).map_err(|_| malformed("deviceList"))?;
    list.devices
        .iter()
        .map(|device| device_id(device.device_id, "deviceList"))
        .collect()
}

/// Prekeys as they arrive, not verified.
#[derive(Debug, Default)]
pub struct EncodedPreKeys {
    /// A `SignedPreKey`.
    pub signed: Option<Bytes>,
    /// A `KemPreKey` of last resort.
    pub kem_last_resort: Option<Bytes>,
    /// `OneTimePreKey`s.
    pub one_time: Vec<Bytes>,
    /// `KemPreKey`s for one use.
    pub kem: Vec<Bytes>,
}

impl EncodedPreKeys {
    /// Decodes all and verifies them under the device's identity key.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] for what does not decode or has the wrong `last_resort`, [`Refusal::BadSignature`] for what
    /// does not verify.
    pub fn verify(self, identity_key: &[u8; 32]) -> Result<PreKeyUpload, Refusal> {
        let identity_key = Ed25519PublicKey::from_bytes(*identity_key);
        Ok(PreKeyUpload {
            signed: self
                .signed
                .map(|key| signed_prekey(key, &identity_key))
                .transpose()?,
            kem_last_resort: self
                .kem_last_resort
                .map(|key| kem_prekey(key, &identity_key, true, "kemLastResort"))
                .transpose()?,
            one_time: self
                .one_time
                .into_iter()
                .map(one_time_prekey)
                .collect::<Result<_, _>>()?,
            kem: self
                .kem
                .into_iter()
                .map(|key| kem_prekey(key, &identity_key, false, "kemPreKeys"))
                .collect::<Result<_, _>>()?,
            key_packages: KeyPackageUpload::default(),
        })
    }
}

fn signed_prekey(encoded: Bytes, identity_key: &Ed25519PublicKey) -> Result<PreKey, Refusal> {
    let key =
        SignedPreKey::from_bytes(encoded.as_slice()).map_err(|_| malformed("signedPreKey"))?;
    key.verify(identity_key)
        .map_err(|_| Refusal::BadSignature("signedPreKey: does not verify"))?;
    Ok(PreKey {
        id: key.id,
        encoded: encoded.0,
    })
}

fn one_time_prekey(encoded: Bytes) -> Result<PreKey, Refusal> {
    let key =
        OneTimePreKey::from_bytes(encoded.as_slice()).map_err(|_| malformed("oneTimePreKeys"))?;
    Ok(PreKey {
        id: key.id,
        encoded: encoded.0,
    })
}

fn kem_prekey(
    encoded: Bytes,
    identity_key: &Ed25519PublicKey,
    last_resort: bool,
    field: &'static str,
) -> Result<PreKey, Refusal> {
    let key = KemPreKey::from_bytes(encoded.as_slice()).map_err(|_| malformed(field))?;
    if key.last_resort.0 != last_resort {
        return Err(Refusal::bad_request(format!(
            "{field}: last_resort does not fit"
        )));
    }
    key.verify(identity_key)
        .map_err(|_| Refusal::BadSignature("a KEM prekey does not verify"))?;
    Ok(PreKey {
        id: key.id,
        encoded: encoded.0,
    })
}

/// What a device signs to log in.
#[derive(Debug, Clone)]
pub struct LoginProof {
    /// The relay's origin as the client reached it.
    pub origin: String,
    /// The relay's challenge.
    pub challenge: [u8; 32],
    /// The device.
    pub device: Address,
    /// When the challenge expires.
    pub expires_at: UnixMillis,
}

impl LoginProof {
    /// Whether the signature is the device's over this proof.
    #[must_use]
    pub fn is_signed(&self, identity_key: &[u8; 32], signature: &[u8; 64]) -> bool {
        let proof = RelayAuth {
            origin: self.origin.clone().into_bytes(),
            challenge: self.challenge,
            address: wire::Address {
                user_id: wire::UserId::from_bytes(*self.device.user_id.as_bytes()),
                device_id: self.device.device_id.get(),
            },
            expires_at_ms: self.expires_at,
        };
        proof
            .verify(
                &Ed25519PublicKey::from_bytes(*identity_key),
                &Signature::from_bytes(*signature),
            )
            .is_ok()
    }
}

pub(super) fn malformed(field: &'static str) -> Refusal {
    Refusal::bad_request(format!("{field}: not a valid encoding"))
}

pub(super) fn device_id(id: u32, field: &'static str) -> Result<DeviceId, Refusal> {
    DeviceId::new(id)
        .ok_or_else(|| Refusal::bad_request(format!("{field}: a device id is 1 to 2147483647")))
}
