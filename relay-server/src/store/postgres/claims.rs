//! Bundles, each one-time key handed out once.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::db::Db;
use super::devices::{self, DeviceRow};
use super::prekeys::{self, Kind};
use super::rows::Columns as _;
use super::{StoreError, StoreResult};
use crate::domain::Address;
use crate::domain::prekeys::{ClaimedBundles, DeviceBundle, PreKeyCounts, encode_bundle};

/// Devices whose bundles are being taken at the same time.
const AT_ONCE: usize = 32;

/// Takes a bundle of each device.
pub(super) async fn claim(
    db: &Db,
    caller: Address,
    addresses: &[Address],
) -> StoreResult<ClaimedBundles> {
    devices::require_active(db, caller).await?;
    // Several at a time under way on the one connection: the way there and back is most of what each takes.
    let mut taking =
        stream::iter(addresses.iter().map(|address| claim_of(db, *address))).buffered(AT_ONCE);
    let mut claimed = ClaimedBundles::default();
    while let Some((address, taken)) = taking.try_next().await? {
        match taken {
            Some((bundle, counts)) => {
                claimed.bundles.push(bundle);
                if counts.is_low() {
                    claimed.low.push((address, counts));
                }
            }
            None => claimed.missing.push(address),
        }
    }
    Ok(claimed)
}

type Taken = (Address, Option<(DeviceBundle, PreKeyCounts)>);

/// None if there is no such active device.
async fn claim_of(db: &Db, address: Address) -> StoreResult<Taken> {
    let Some(device) = devices::active(db, address).await? else {
        return Ok((address, None));
    };
    let Some(bundle) = claim_one(db, address, device).await? else {
        return Ok((address, None));
    };
    let counts = prekeys::counts(db, device).await?;
    Ok((address, Some((bundle, counts))))
}

/// None if the device has been revoked since it was looked for.
async fn claim_one(
    db: &Db,
    address: Address,
    device: DeviceRow,
) -> StoreResult<Option<DeviceBundle>> {
    let row = db
        .optional(
            "SELECT certificate, signed_prekey, kem_last_resort FROM devices WHERE id = $1 AND revoked_at IS NULL",
            &[&device.0],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let certificate: &[u8] = row.col(0)?;
    let (signed, last_resort): (Option<&[u8]>, Option<Vec<u8>>) = (row.col(1)?, row.col(2)?);
    let (Some(signed), Some(last_resort)) = (signed, last_resort) else {
        return Err(StoreError::Failed(
            "an active device has no reusable prekeys".into(),
        ));
    };
    let one_time = take(db, device, Kind::OneTime).await?;
    let kem = take(db, device, Kind::Kem).await?.unwrap_or(last_resort);
    let bundle = encode_bundle(certificate, signed, one_time.as_deref(), &kem);
    Ok(Some(DeviceBundle {
        user_id: address.user_id,
        device_id: address.device_id,
        bundle,
    }))
}

/// Takes the oldest unused key that nobody else is taking; its digest stays.
async fn take(db: &Db, device: DeviceRow, kind: Kind) -> StoreResult<Option<Vec<u8>>> {
    let taken = db
        .optional(
            "WITH oldest AS MATERIALIZED (SELECT id, encoded FROM prekeys
             WHERE device = $1 AND kind = $2 AND encoded IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
             UPDATE prekeys p SET encoded = NULL FROM oldest WHERE p.id = oldest.id RETURNING oldest.encoded",
            &[&device.0, &kind.number()],
        )
        .await?;
    taken.map(|row| row.col(0)).transpose()
}
