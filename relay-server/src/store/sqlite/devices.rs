//! Rows of `devices`.

use rusqlite::{Connection, OptionalExtension};

use super::StoreResult;
use crate::domain::{Address, Refusal, UserId};

/// The row of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DeviceRow(pub(super) i64);

/// The row of an active device.
pub(super) fn active(db: &Connection, device: Address) -> StoreResult<Option<DeviceRow>> {
    Ok(db
        .prepare_cached(
            "SELECT id FROM devices WHERE user_id = ?1 AND device_id = ?2 AND revoked_at IS NULL",
        )?
        .query_row((device.user_id, device.device_id), |row| {
            row.get(0).map(DeviceRow)
        })
        .optional()?)
}

/// The row of the caller's device, which may have been revoked since its token was checked.
pub(super) fn require_active(db: &Connection, caller: Address) -> StoreResult<DeviceRow> {
    active(db, caller)?.ok_or_else(|| Refusal::Unauthorized.into())
}

/// The active devices of a user, in ascending order of id.
pub(super) fn active_of(db: &Connection, user: UserId) -> StoreResult<Vec<(Address, DeviceRow)>> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, id FROM devices WHERE user_id = ?1 AND revoked_at IS NULL ORDER BY device_id",
    )?;
    let rows = statement.query_map((user,), |row| {
        Ok((
            Address {
                user_id: user,
                device_id: row.get(0)?,
            },
            DeviceRow(row.get(1)?),
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The identity key of an active device.
pub(super) fn identity_key(db: &Connection, device: Address) -> StoreResult<Option<[u8; 32]>> {
    Ok(db
        .prepare_cached("SELECT identity_key FROM devices WHERE user_id = ?1 AND device_id = ?2 AND revoked_at IS NULL")?
        .query_row((device.user_id, device.device_id), |row| row.get(0))
        .optional()?)
}

/// The identity key of a revoked device.
pub(super) fn revoked_identity_key(
    db: &Connection,
    device: Address,
) -> StoreResult<Option<[u8; 32]>> {
    Ok(db
        .prepare_cached("SELECT identity_key FROM devices WHERE user_id = ?1 AND device_id = ?2 AND revoked_at IS NOT NULL")?
        .query_row((device.user_id, device.device_id), |row| row.get(0))
        .optional()?)
}

/// The encoded certificate of an active device.
pub(super) fn certificate(db: &Connection, device: Address) -> StoreResult<Option<Vec<u8>>> {
    Ok(db
        .prepare_cached("SELECT certificate FROM devices WHERE user_id = ?1 AND device_id = ?2 AND revoked_at IS NULL")?
        .query_row((device.user_id, device.device_id), |row| row.get(0))
        .optional()?)
}
