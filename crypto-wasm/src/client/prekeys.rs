//! This device's prekeys at the relay: first set, top-up, rotation, expiry (protocol §2).

use rand_core::CryptoRng;

use super::account::Device;
use super::error::ClientError;
use super::records::{PreKeyRecord, PreKeyUpload};
use super::txn::Txn;
use super::views::Outcome;
use super::{Client, account, keys};
use crate::identity::PreKeyRequest;
use crate::store::Store;
use crate::wire::{Version1, Wire};

/// One-time prekeys of each kind that a device keeps at the relay.
// KEY-17
pub(super) const FULL: usize = 100;
/// Below this many it tops up.
// KEY-17
const LOW: usize = 25;
/// Signed and last-resort prekeys are replaced after 7 days, in milliseconds.
// KEY-18
const ROTATION_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Public prekeys, encoded, for the relay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreKeys {
    /// Encoded SignedPreKey.
    pub signed_prekey: Option<Vec<u8>>,
    /// Encoded last-resort KemPreKey.
    pub kem_last_resort: Option<Vec<u8>>,
    /// Encoded OneTimePreKeys.
    pub one_time_prekeys: Vec<Vec<u8>>,
    /// Encoded one-time KemPreKeys.
    pub kem_prekeys: Vec<Vec<u8>>,
}

/// How many unused ones the relay has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreKeyCounts {
    /// One-time prekeys.
    pub one_time_prekeys: usize,
    /// One-time KEM prekeys.
    pub kem_prekeys: usize,
}

fn load(txn: &mut Txn<'_>) -> Result<Option<PreKeyRecord>, ClientError> {
    txn.record_if_whole(keys::prekeys())
}

fn save(txn: &mut Txn<'_>, record: &PreKeyRecord) -> Result<(), ClientError> {
    txn.save(keys::prekeys(), record)
}

/// What waits to be uploaded.
pub(super) fn waiting(txn: &mut Txn<'_>) -> Result<Option<PreKeys>, ClientError> {
    Ok(load(txn)?
        .and_then(|record| record.upload)
        .map(|upload| PreKeys {
            signed_prekey: upload.signed_prekey,
            kem_last_resort: upload.kem_last_resort,
            one_time_prekeys: upload.one_time_prekeys,
            kem_prekeys: upload.kem_prekeys,
        }))
}

/// The relay has what waited.
pub(crate) fn uploaded(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    if let Some(mut record) = load(txn)? {
        record.upload = None;
        save(txn, &record)?;
    }
    Ok(())
}

/// Draws prekeys and puts their public halves down for upload. The caller saves the device.
pub(super) fn generate(
    txn: &mut Txn<'_>,
    device: &mut Device,
    one_time: usize,
    kem: usize,
    rotate: bool,
    now_ms: u64,
) -> Result<(), ClientError> {
    let made = device.generate_prekeys(
        &PreKeyRequest {
            one_time,
            kem,
            rotate,
            created_at_ms: now_ms,
        },
        txn.rng,
    )?;
    let mut upload = PreKeyUpload {
        signed_prekey: None,
        kem_last_resort: None,
        one_time_prekeys: Vec::with_capacity(one_time),
        kem_prekeys: Vec::with_capacity(kem),
    };
    if let Some(key) = made.signed_prekey {
        upload.signed_prekey = Some(key.to_bytes()?);
    }
    if let Some(key) = made.kem_last_resort {
        upload.kem_last_resort = Some(key.to_bytes()?);
    }
    for key in made.one_time_prekeys {
        upload.one_time_prekeys.push(key.to_bytes()?);
    }
    for key in made.kem_prekeys {
        upload.kem_prekeys.push(key.to_bytes()?);
    }
    save(
        txn,
        &PreKeyRecord {
            version: Version1,
            rotated_at: now_ms,
            upload: Some(upload),
        },
    )
}

pub(crate) fn top_up(
    txn: &mut Txn<'_>,
    counts: PreKeyCounts,
    now_ms: u64,
) -> Result<Option<PreKeys>, ClientError> {
    account::load(txn)?;
    if let Some(waiting) = waiting(txn)? {
        return Ok(Some(waiting));
    }
    let rotated_at = load(txn)?.map_or(0, |record| record.rotated_at);
    let rotate = now_ms.saturating_sub(rotated_at) >= ROTATION_MS;
    let lack = |count: usize| if count < LOW { FULL - count } else { 0 };
    let (one_time, kem) = (lack(counts.one_time_prekeys), lack(counts.kem_prekeys));
    let mut device = account::device(txn)?;
    let before = device.export()?;
    device.expire_prekeys(now_ms);
    if !rotate && one_time == 0 && kem == 0 {
        if device.export()? != before {
            account::save_device(txn, &device)?;
        }
        return Ok(None);
    }
    generate(txn, &mut device, one_time, kem, rotate, now_ms)?;
    if !rotate {
        // A top-up does not put the rotation off.
        if let Some(mut record) = load(txn)? {
            record.rotated_at = rotated_at;
            save(txn, &record)?;
        }
    }
    account::save_device(txn, &device)?;
    waiting(txn)
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Prekeys to upload, if the relay runs low or the signed ones are a week old; the same bytes until [`Client::prekeys_uploaded`]. Each
    /// call deletes private halves that were replaced more than 30 days ago.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn prekey_upload(
        &self,
        counts: PreKeyCounts,
        now_ms: u64,
    ) -> Result<Outcome<Option<PreKeys>>, ClientError> {
        self.step(|txn| top_up(txn, counts, now_ms)).await
    }

    /// The relay accepted what [`Client::prekey_upload`] gave.
    ///
    /// # Errors
    /// Storage errors.
    pub async fn prekeys_uploaded(&self) -> Result<Outcome<()>, ClientError> {
        self.step(uploaded).await
    }
}
