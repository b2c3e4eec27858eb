//! Bundles, each one-time key handed out once.

use rusqlite::{Connection, OptionalExtension};

use super::devices::{self, DeviceRow};
use super::prekeys::{self, Kind};
use super::{StoreError, StoreResult};
use crate::domain::Address;
use crate::domain::prekeys::{ClaimedBundles, DeviceBundle, encode_bundle};

/// Takes a bundle of each device.
pub(super) fn claim(
    db: &Connection,
    caller: Address,
    addresses: &[Address],
) -> StoreResult<ClaimedBundles> {
    devices::require_active(db, caller)?;
    let mut claimed = ClaimedBundles::default();
    for &address in addresses {
        let Some((device, bundle)) = claim_one(db, address)? else {
            claimed.missing.push(address);
            continue;
        };
        claimed.bundles.push(bundle);
        let counts = prekeys::counts(db, device)?;
        if counts.is_low() {
            claimed.low.push((address, counts));
        }
    }
    Ok(claimed)
}

/// None if there is no such active device.
fn claim_one(db: &Connection, address: Address) -> StoreResult<Option<(DeviceRow, DeviceBundle)>> {
    type Found = (i64, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let found: Option<Found> = db
        .prepare_cached(
            "SELECT id, certificate, signed_prekey, kem_last_resort FROM devices
             WHERE user_id = ?1 AND device_id = ?2 AND revoked_at IS NULL",
        )?
        .query_row((address.user_id, address.device_id), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((row, certificate, signed, last_resort)) = found else {
        return Ok(None);
    };
    let device = DeviceRow(row);
    let (Some(signed), Some(last_resort)) = (signed, last_resort) else {
        return Err(StoreError::Failed(
            "an active device has no reusable prekeys".into(),
        ));
    };
    let one_time = take(db, device, Kind::OneTime)?;
    let kem = take(db, device, Kind::Kem)?.unwrap_or(last_resort);
    let bundle = encode_bundle(&certificate, &signed, one_time.as_deref(), &kem);
    let bundle = DeviceBundle {
        user_id: address.user_id,
        device_id: address.device_id,
        bundle,
    };
    Ok(Some((device, bundle)))
}

/// Takes the oldest unused key; its digest stays.
fn take(db: &Connection, device: DeviceRow, kind: Kind) -> StoreResult<Option<Vec<u8>>> {
    let oldest: Option<(i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT id, encoded FROM prekeys
             WHERE device = ?1 AND kind = ?2 AND encoded IS NOT NULL ORDER BY id LIMIT 1",
        )?
        .query_row((device.0, kind.number()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((id, encoded)) = oldest else {
        return Ok(None);
    };
    db.prepare_cached("UPDATE prekeys SET encoded = NULL WHERE id = ?1")?
        .execute((id,))?;
    Ok(Some(encoded))
}
