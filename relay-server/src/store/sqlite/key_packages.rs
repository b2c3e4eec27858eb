//! KeyPackages, each handed out once.

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::devices::{self, DeviceRow};
use super::{StoreResult, prekeys};
use crate::domain::prekeys::{ClaimedKeyPackages, DeviceKeyPackage, KeyPackageUpload};
use crate::domain::{Address, Bytes, Refusal, limits};

/// Adds new KeyPackages and skips those seen before.
pub(super) fn add(
    db: &Connection,
    device: DeviceRow,
    upload: &KeyPackageUpload,
) -> StoreResult<()> {
    if let Some(last_resort) = &upload.last_resort {
        db.prepare_cached("UPDATE devices SET last_resort_key_package = ?2 WHERE id = ?1")?
            .execute((device.0, last_resort))?;
    }
    for key_package in &upload.one_time {
        let digest: [u8; 32] = Sha256::digest(key_package).into();
        db.prepare_cached(
            "INSERT INTO key_packages (device, digest, encoded) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute((device.0, digest, key_package))?;
    }
    if count(db, device)? > limits::UNUSED_PREKEYS {
        return Err(
            Refusal::TooLarge("at most 200 unused one-time keys of a kind are kept").into(),
        );
    }
    Ok(())
}

/// How many are left.
pub(super) fn count(db: &Connection, device: DeviceRow) -> StoreResult<u64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM key_packages WHERE device = ?1 AND encoded IS NOT NULL",
        )?
        .query_row((device.0,), |row| row.get(0))?)
}

/// Takes a KeyPackage of each device.
pub(super) fn claim(
    db: &Connection,
    caller: Address,
    addresses: &[Address],
) -> StoreResult<ClaimedKeyPackages> {
    devices::require_active(db, caller)?;
    let mut claimed = ClaimedKeyPackages::default();
    for &address in addresses {
        let Some(device) = devices::active(db, address)? else {
            claimed.missing.push(address);
            continue;
        };
        let Some(key_package) = take(db, device)? else {
            claimed.missing.push(address);
            continue;
        };
        claimed.items.push(DeviceKeyPackage {
            user_id: address.user_id,
            device_id: address.device_id,
            key_package: Bytes(key_package),
        });
        let counts = prekeys::counts(db, device)?;
        if counts.is_low() {
            claimed.low.push((address, counts));
        }
    }
    Ok(claimed)
}

/// Takes the oldest unused one, or gives that of last resort.
fn take(db: &Connection, device: DeviceRow) -> StoreResult<Option<Vec<u8>>> {
    let oldest: Option<(i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT id, encoded FROM key_packages WHERE device = ?1 AND encoded IS NOT NULL ORDER BY id LIMIT 1",
        )?
        .query_row((device.0,), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, encoded)) = oldest else {
        return Ok(db
            .prepare_cached("SELECT last_resort_key_package FROM devices WHERE id = ?1")?
            .query_row((device.0,), |row| row.get(0))?);
    };
    db.prepare_cached("UPDATE key_packages SET encoded = NULL WHERE id = ?1")?
        .execute((id,))?;
    Ok(Some(encoded))
}
