//! Users and the lists of their devices.

use rusqlite::{Connection, OptionalExtension};

use super::devices::{self, DeviceRow};
use super::error::is_unique_violation;
use super::{StoreError, StoreResult, forums, hosts, prekeys};
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList};
use crate::domain::prekeys::PreKeyUpload;
use crate::domain::user::{DeviceLink, DeviceRevocation, Registration, UserDocument};
use crate::domain::{Address, Bytes, DeviceId, Refusal, UnixMillis, UserId, Username, limits};

pub(super) fn find(db: &Connection, id: UserId) -> StoreResult<Option<UserDocument>> {
    let user = db
        .prepare_cached("SELECT username, account_key, device_list FROM users WHERE id = ?1 AND deleted_at IS NULL")?
        .query_row((id,), |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, Vec<u8>>(1)?,
                row.get::<_, Vec<u8>>(2)?,
            ))
        })
        .optional()?;
    let Some((username, account_key, device_list)) = user else {
        return Ok(None);
    };
    let listed = crate::domain::credentials::listed_devices(&device_list)
        .map_err(|_| StoreError::Failed("a stored device list does not decode".into()))?;
    let mut statement =
        db.prepare_cached("SELECT certificate FROM devices WHERE user_id = ?1 AND device_id = ?2")?;
    let certificates = listed
        .into_iter()
        .map(|device| statement.query_row((id, device), |row| row.get(0).map(Bytes)))
        .collect::<Result<_, _>>()?;
    Ok(Some(UserDocument {
        id,
        username: Username::parse(&username)?,
        account_key: Bytes(account_key),
        device_list: Bytes(device_list),
        certificates,
    }))
}

pub(super) fn find_named(
    db: &Connection,
    username: &Username,
) -> StoreResult<Option<UserDocument>> {
    let id = db
        .prepare_cached("SELECT id FROM users WHERE username = ?1")?
        .query_row((username.as_str(),), |row| row.get::<_, UserId>(0))
        .optional()?;
    id.map_or(Ok(None), |id| find(db, id))
}

/// The document of a user who is known to exist.
fn document(db: &Connection, id: UserId) -> StoreResult<UserDocument> {
    find(db, id)?.ok_or_else(|| Refusal::NotFound.into())
}

pub(super) fn register(
    db: &Connection,
    new: &Registration,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    let id = new.device_list.user_id;
    let known: Option<[u8; 32]> = db
        .prepare_cached("SELECT registration_digest FROM users WHERE id = ?1")?
        .query_row((id,), |row| row.get(0))
        .optional()?;
    hosts::require(db, new.host.as_ref(), id, known.is_some())?;
    match known {
        Some(digest) if digest == new.digest => return document(db, id),
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    db.prepare_cached(
        "INSERT INTO users
         (id, username, account_key, device_list, sequence, list_hash, registration_digest, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        id,
        new.username.as_str(),
        new.device_list.account_key,
        &new.device_list.encoded,
        new.device_list.sequence,
        new.device_list.hash,
        new.digest,
        now,
    ))
    .map_err(|error| {
        if is_unique_violation(&error, "users.username") {
            StoreError::Refused(Refusal::UsernameTaken)
        } else {
            error.into()
        }
    })?;
    insert_device(db, &new.device, &new.prekeys, &new.digest, now)?;
    hosts::bind(db, new.host.as_ref(), id)?;
    document(db, id)
}

pub(super) fn link(
    db: &Connection,
    caller: Address,
    link: &DeviceLink,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    devices::require_active(db, caller)?;
    let known: Option<[u8; 32]> = db
        .prepare_cached("SELECT link_digest FROM devices WHERE user_id = ?1 AND device_id = ?2")?
        .query_row((caller.user_id, link.device.address.device_id), |row| {
            row.get(0)
        })
        .optional()?;
    match known {
        Some(digest) if digest == link.digest => return document(db, caller.user_id),
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    let mut expected = succeed(db, &link.device_list)?;
    expected.push((link.device.address.device_id, link.device.identity_key));
    require_devices(&link.device_list, expected)?;
    if link.device_list.devices.len() > limits::DEVICES_PER_USER {
        return Err(Refusal::TooLarge("a user has at most 10 devices").into());
    }
    replace_list(db, &link.device_list)?;
    insert_device(db, &link.device, &link.prekeys, &link.digest, now)?;
    document(db, caller.user_id)
}

pub(super) fn revoke(
    db: &Connection,
    caller: Address,
    revocation: &DeviceRevocation,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    devices::require_active(db, caller)?;
    let target = Address {
        user_id: caller.user_id,
        device_id: revocation.device_id,
    };
    let row = db
        .prepare_cached(
            "SELECT id, revoked_at IS NULL FROM devices WHERE user_id = ?1 AND device_id = ?2",
        )?
        .query_row((target.user_id, target.device_id), |row| {
            Ok((DeviceRow(row.get(0)?), row.get::<_, bool>(1)?))
        })
        .optional()?;
    let Some((device, active)) = row else {
        return Err(Refusal::NotFound.into());
    };
    if !active {
        let now = document(db, caller.user_id)?;
        let repeated = now.device_list.as_slice() == revocation.device_list.encoded.as_slice();
        return if repeated {
            Ok(now)
        } else {
            Err(Refusal::NotFound.into())
        };
    }
    let mut expected = succeed(db, &revocation.device_list)?;
    expected.retain(|(listed, _)| *listed != target.device_id);
    require_devices(&revocation.device_list, expected)?;
    replace_list(db, &revocation.device_list)?;
    remove_device(db, device, now)?;
    document(db, caller.user_id)
}

/// Checks that a list is the direct successor of the stored one; the devices of the stored one.
fn succeed(db: &Connection, list: &SignedDeviceList) -> StoreResult<Vec<(DeviceId, [u8; 32])>> {
    let (account_key, stored, sequence, hash): ([u8; 32], Vec<u8>, u64, [u8; 32]) = db
        .prepare_cached(
            "SELECT account_key, device_list, sequence, list_hash FROM users WHERE id = ?1",
        )?
        .query_row((list.user_id,), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    if list.account_key != account_key {
        return Err(
            Refusal::BadSignature("deviceList: of another account key than the user's").into(),
        );
    }
    if sequence.checked_add(1) != Some(list.sequence) || list.previous_hash != hash {
        return Err(Refusal::SequenceConflict {
            device_list: Bytes(stored),
        }
        .into());
    }
    let rows = devices_with_keys(db, list.user_id)?;
    Ok(rows)
}

fn devices_with_keys(db: &Connection, user: UserId) -> StoreResult<Vec<(DeviceId, [u8; 32])>> {
    let mut statement = db.prepare_cached(
        "SELECT device_id, identity_key FROM devices WHERE user_id = ?1 AND revoked_at IS NULL",
    )?;
    let rows = statement.query_map((user,), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Checks that a list names exactly these devices, in whatever order.
fn require_devices(
    list: &SignedDeviceList,
    mut expected: Vec<(DeviceId, [u8; 32])>,
) -> StoreResult<()> {
    let mut listed = list.devices.clone();
    listed.sort_unstable();
    expected.sort_unstable();
    if listed == expected {
        Ok(())
    } else {
        Err(
            Refusal::bad_request("deviceList: differs from the stored one in other devices, too")
                .into(),
        )
    }
}

fn replace_list(db: &Connection, list: &SignedDeviceList) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE users SET device_list = ?2, sequence = ?3, list_hash = ?4 WHERE id = ?1",
    )?
    .execute((list.user_id, &list.encoded, list.sequence, list.hash))?;
    Ok(())
}

fn insert_device(
    db: &Connection,
    device: &CertifiedDevice,
    upload: &PreKeyUpload,
    digest: &[u8; 32],
    now: UnixMillis,
) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO devices (user_id, device_id, identity_key, certificate, link_digest, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((
        device.address.user_id,
        device.address.device_id,
        device.identity_key,
        &device.certificate,
        digest,
        now,
    ))?;
    prekeys::add(db, DeviceRow(db.last_insert_rowid()), upload)
}

/// Marks a device revoked and drops everything that was its own.
pub(super) fn remove_device(
    db: &Connection,
    device: DeviceRow,
    now: UnixMillis,
) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE devices SET revoked_at = ?2, signed_prekey = NULL, kem_last_resort = NULL,
         last_resort_key_package = NULL WHERE id = ?1",
    )?
    .execute((device.0, now))?;
    db.prepare_cached("DELETE FROM tokens WHERE device = ?1")?
        .execute((device.0,))?;
    db.prepare_cached("DELETE FROM prekeys WHERE device = ?1")?
        .execute((device.0,))?;
    db.prepare_cached("DELETE FROM envelopes WHERE device = ?1")?
        .execute((device.0,))?;
    forums::revoke(db, device)?;
    Ok(())
}
