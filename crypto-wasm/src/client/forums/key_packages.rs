//! This device's KeyPackages at the relay: with one of them others add it to their topics.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::group::{
    KeyPackageRequest, StoredKeyPackage, generate_key_packages, welcome_references,
};
use crate::wire::{Flag, Version1};

use super::keys;
use super::records::{KeyPackageRecord, KeyPackagesRecord};

/// One-time KeyPackages that a device keeps at the relay.
// KEY-17
const FULL: usize = 50;
/// Below this many it tops up.
const LOW: usize = 15;
/// The last resort is replaced after 30 days, in milliseconds.
const ROTATION_MS: u64 = 30 * 24 * 60 * 60 * 1000;
/// Private halves that are kept at most: packages that were never used run out of their lifetime.
const MOST: usize = 400;

/// Public KeyPackages, encoded, for the relay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPackages {
    /// Used once each.
    pub one_time: Vec<Vec<u8>>,
    /// Used when those are gone.
    pub last_resort: Option<Vec<u8>>,
}

fn load(txn: &mut Txn<'_>) -> Result<KeyPackagesRecord, ClientError> {
    let record = txn.record(keys::key_packages())?;
    Ok(record.unwrap_or(KeyPackagesRecord {
        version: Version1,
        packages: Vec::new(),
        last_resort: None,
        last_resort_at: 0,
        pending: Flag(false),
    }))
}

fn upload(record: &KeyPackagesRecord) -> KeyPackages {
    let public = |package: &KeyPackageRecord| package.public.clone();
    let waits = |package: &&KeyPackageRecord| !package.uploaded.0;
    KeyPackages {
        one_time: record.packages.iter().filter(waits).map(public).collect(),
        last_resort: record.last_resort.as_ref().filter(waits).map(public),
    }
}

/// KeyPackages to upload, if the relay runs low; the same bytes until it has confirmed them. `count` is how many it has.
pub(crate) fn top_up(
    txn: &mut Txn<'_>,
    count: usize,
    now_ms: u64,
) -> Result<Option<KeyPackages>, ClientError> {
    account::load(txn)?;
    let mut record = load(txn)?;
    if record.pending.0 {
        return Ok(Some(upload(&record)));
    }
    let last_resort = now_ms.saturating_sub(record.last_resort_at) >= ROTATION_MS;
    let one_time = if count < LOW { FULL - count } else { 0 };
    if one_time == 0 && !last_resort {
        return Ok(None);
    }
    let device = account::device(txn)?;
    let request = KeyPackageRequest {
        one_time,
        last_resort,
        now_s: now_ms / 1000,
    };
    for made in generate_key_packages(&device, &request, txn.rng)? {
        let package = KeyPackageRecord {
            public: made.key_package,
            reference: made.stored.reference,
            secret: made.stored.secret,
            uploaded: Flag(false),
        };
        if made.last_resort {
            // The one before may still be on its way to somebody.
            record.packages.extend(record.last_resort.replace(package));
            record.last_resort_at = now_ms;
        } else {
            record.packages.push(package);
        }
    }
    let over = record.packages.len().saturating_sub(MOST);
    record.packages.drain(..over);
    record.pending = Flag(true);
    txn.save(keys::key_packages(), &record)?;
    Ok(Some(upload(&record)))
}

/// The relay has what [`top_up`] gave.
pub(crate) fn uploaded(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    let mut record = load(txn)?;
    for package in record.packages.iter_mut().chain(&mut record.last_resort) {
        package.uploaded = Flag(true);
    }
    record.pending = Flag(false);
    txn.save(keys::key_packages(), &record)
}

/// The KeyPackage that a Welcome was made with.
pub(super) fn for_welcome(
    txn: &mut Txn<'_>,
    welcome: &[u8],
) -> Result<Option<StoredKeyPackage>, ClientError> {
    let record = load(txn)?;
    let references = welcome_references(welcome)?;
    let mut held = record.packages.into_iter().chain(record.last_resort);
    let found = held.find(|package| references.contains(&package.reference));
    Ok(found.map(|package| StoredKeyPackage {
        reference: package.reference,
        secret: package.secret,
    }))
}

/// A one-time KeyPackage has done its work: its private keys go.
pub(super) fn used(txn: &mut Txn<'_>, package: &StoredKeyPackage) -> Result<(), ClientError> {
    let mut record = load(txn)?;
    record
        .packages
        .retain(|held| held.reference != package.reference);
    txn.save(keys::key_packages(), &record)
}
