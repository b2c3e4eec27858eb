//! KeyPackages, each handed out once.

use sha2::{Digest, Sha256};

use super::db::Db;
use super::devices::{self, DeviceRow};
use super::rows::Columns as _;
use super::{StoreResult, prekeys};
use crate::domain::prekeys::{ClaimedKeyPackages, DeviceKeyPackage, KeyPackageUpload};
use crate::domain::{Address, Bytes, Refusal, limits};

/// Adds new KeyPackages and skips those seen before.
pub(super) async fn add(db: &Db, device: DeviceRow, upload: &KeyPackageUpload) -> StoreResult<()> {
    if let Some(last_resort) = &upload.last_resort {
        db.execute(
            "UPDATE devices SET last_resort_key_package = $2 WHERE id = $1",
            &[&device.0, last_resort],
        )
        .await?;
    }
    let digests: Vec<Vec<u8>> = upload
        .one_time
        .iter()
        .map(|key_package| Sha256::digest(key_package).to_vec())
        .collect();
    db.execute(
        "INSERT INTO key_packages (device, digest, encoded) SELECT $1, digest, encoded
         FROM unnest($2::BYTEA[], $3::BYTEA[]) WITH ORDINALITY AS new (digest, encoded, place)
         ORDER BY place ON CONFLICT DO NOTHING",
        &[&device.0, &digests, &upload.one_time],
    )
    .await?;
    if prekeys::counts(db, device).await?.key_packages > limits::UNUSED_PREKEYS {
        return Err(
            Refusal::TooLarge("at most 200 unused one-time keys of a kind are kept").into(),
        );
    }
    Ok(())
}

/// Takes a KeyPackage of each device.
pub(super) async fn claim(
    db: &Db,
    caller: Address,
    addresses: &[Address],
) -> StoreResult<ClaimedKeyPackages> {
    devices::require_active(db, caller).await?;
    let mut claimed = ClaimedKeyPackages::default();
    for &address in addresses {
        let Some(device) = devices::active(db, address).await? else {
            claimed.missing.push(address);
            continue;
        };
        let Some(key_package) = take(db, device).await? else {
            claimed.missing.push(address);
            continue;
        };
        claimed.items.push(DeviceKeyPackage {
            user_id: address.user_id,
            device_id: address.device_id,
            key_package: Bytes(key_package),
        });
        let counts = prekeys::counts(db, device).await?;
        if counts.is_low() {
            claimed.low.push((address, counts));
        }
    }
    Ok(claimed)
}

/// Takes the oldest unused one that nobody else is taking, or gives that of last resort.
async fn take(db: &Db, device: DeviceRow) -> StoreResult<Option<Vec<u8>>> {
    let oldest = db
        .optional(
            "WITH oldest AS MATERIALIZED (SELECT id, encoded FROM key_packages
             WHERE device = $1 AND encoded IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE key_packages k SET encoded = NULL FROM oldest WHERE k.id = oldest.id RETURNING oldest.encoded",
            &[&device.0],
        )
        .await?;
    if let Some(row) = oldest {
        return row.col(0);
    }
    db.one(
        "SELECT last_resort_key_package FROM devices WHERE id = $1",
        &[&device.0],
    )
    .await?
    .col(0)
}
