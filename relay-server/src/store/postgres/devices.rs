//! Rows of `devices`.

use super::StoreResult;
use super::db::Db;
use super::rows::{Columns as _, int};
use crate::domain::{Address, Refusal, UserId};

/// The row of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DeviceRow(pub(super) i64);

/// The row of an active device.
pub(super) async fn active(db: &Db, device: Address) -> StoreResult<Option<DeviceRow>> {
    let row = db
        .optional(
            "SELECT id FROM devices WHERE user_id = $1 AND device_id = $2 AND revoked_at IS NULL",
            &[&device.user_id, &int(device.device_id.get())],
        )
        .await?;
    row.map(|row| row.col(0).map(DeviceRow)).transpose()
}

/// The row of the caller's device, which may have been revoked since its token was checked.
pub(super) async fn require_active(db: &Db, caller: Address) -> StoreResult<DeviceRow> {
    active(db, caller)
        .await?
        .ok_or_else(|| Refusal::Unauthorized.into())
}

/// The active devices of some users.
pub(super) async fn active_of(db: &Db, users: &[UserId]) -> StoreResult<Vec<(Address, DeviceRow)>> {
    let rows = db
        .all(
            "SELECT user_id, device_id, id FROM devices WHERE user_id = ANY ($1) AND revoked_at IS NULL",
            &[&users],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.address(0)?, DeviceRow(row.col(2)?))))
        .collect()
}

/// The identity key of an active device.
pub(super) async fn identity_key(db: &Db, device: Address) -> StoreResult<Option<[u8; 32]>> {
    let row = db
        .optional(
            "SELECT identity_key FROM devices WHERE user_id = $1 AND device_id = $2 AND revoked_at IS NULL",
            &[&device.user_id, &int(device.device_id.get())],
        )
        .await?;
    row.map(|row| row.key(0)).transpose()
}

/// The identity key of a revoked device.
pub(super) async fn revoked_identity_key(
    db: &Db,
    device: Address,
) -> StoreResult<Option<[u8; 32]>> {
    let row = db
        .optional(
            "SELECT identity_key FROM devices WHERE user_id = $1 AND device_id = $2 AND revoked_at IS NOT NULL",
            &[&device.user_id, &int(device.device_id.get())],
        )
        .await?;
    row.map(|row| row.key(0)).transpose()
}

/// The encoded certificate of an active device.
pub(super) async fn certificate(db: &Db, device: Address) -> StoreResult<Option<Vec<u8>>> {
    let row = db
        .optional(
            "SELECT certificate FROM devices WHERE user_id = $1 AND device_id = $2 AND revoked_at IS NULL",
            &[&device.user_id, &int(device.device_id.get())],
        )
        .await?;
    row.map(|row| row.col(0)).transpose()
}
