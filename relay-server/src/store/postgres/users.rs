//! Users and the lists of their devices.

use std::collections::HashMap;

use super::db::Db;
use super::devices::DeviceRow;
use super::rows::{Columns as _, int};
use super::{StoreError, StoreResult, devices, forums, hosts, prekeys};
use crate::domain::credentials::{CertifiedDevice, SignedDeviceList, listed_devices};
use crate::domain::prekeys::PreKeyUpload;
use crate::domain::user::{DeviceLink, DeviceRevocation, Registration, UserDocument};
use crate::domain::{Address, Bytes, DeviceId, Refusal, UnixMillis, UserId, Username, limits};

pub(super) async fn find(db: &Db, id: UserId) -> StoreResult<Option<UserDocument>> {
    let user = db
        .optional(
            "SELECT username, account_key, device_list FROM users WHERE id = $1 AND deleted_at IS NULL",
            &[&id],
        )
        .await?;
    let Some(user) = user else {
        return Ok(None);
    };
    let device_list: Vec<u8> = user.col(2)?;
    let listed = listed_devices(&device_list)
        .map_err(|_| StoreError::Failed("a stored device list does not decode".into()))?;
    let rows = db
        .all(
            "SELECT device_id, certificate FROM devices WHERE user_id = $1 AND revoked_at IS NULL",
            &[&id],
        )
        .await?;
    let mut certificates: HashMap<DeviceId, Bytes> = HashMap::new();
    for row in rows {
        certificates.insert(row.device_id(0)?, Bytes(row.col(1)?));
    }
    let certificates = listed
        .into_iter()
        .map(|device| certificates.remove(&device))
        .collect::<Option<_>>()
        .ok_or_else(|| StoreError::Failed("a listed device is not stored".into()))?;
    Ok(Some(UserDocument {
        id,
        username: Username::parse(user.col(0)?)?,
        account_key: Bytes(user.col(1)?),
        device_list: Bytes(device_list),
        certificates,
    }))
}

pub(super) async fn find_named(db: &Db, username: &Username) -> StoreResult<Option<UserDocument>> {
    let row = db
        .optional(
            "SELECT id FROM users WHERE username = $1",
            &[&username.as_str()],
        )
        .await?;
    match row {
        Some(row) => find(db, row.col(0)?).await,
        None => Ok(None),
    }
}

/// The document of a user who is known to exist.
async fn document(db: &Db, id: UserId) -> StoreResult<UserDocument> {
    find(db, id).await?.ok_or_else(|| Refusal::NotFound.into())
}

pub(super) async fn register(
    db: &Db,
    new: &Registration,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    let list = &new.device_list;
    // One who registers the same id or name at the same time is waited for here.
    let inserted = db
        .execute(
            "INSERT INTO users
             (id, username, account_key, device_list, sequence, list_hash, registration_digest, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            &[
                &list.user_id,
                &new.username.as_str(),
                &list.account_key.as_slice(),
                &list.encoded,
                &int(list.sequence),
                &list.hash.as_slice(),
                &new.digest.as_slice(),
                &int(now),
            ],
        )
        .await?;
    if inserted > 0 {
        hosts::bind(db, new.host.as_ref(), list.user_id).await?;
        insert_device(db, &new.device, &new.prekeys, &new.digest, now).await?;
        return document(db, list.user_id).await;
    }
    let known = db
        .optional(
            "SELECT registration_digest FROM users WHERE id = $1",
            &[&list.user_id],
        )
        .await?;
    let exists = known.is_some().then_some(list.user_id);
    hosts::require(db, new.host.as_ref(), exists).await?;
    match known {
        Some(row) if row.key(0)? == new.digest => document(db, list.user_id).await,
        Some(_) => Err(Refusal::Conflict.into()),
        None => Err(Refusal::UsernameTaken.into()),
    }
}

pub(super) async fn link(
    db: &Db,
    caller: Address,
    link: &DeviceLink,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    devices::require_active(db, caller).await?;
    let known = db
        .optional(
            "SELECT link_digest FROM devices WHERE user_id = $1 AND device_id = $2",
            &[&caller.user_id, &int(link.device.address.device_id.get())],
        )
        .await?;
    match known {
        Some(row) if row.key(0)? == link.digest => return document(db, caller.user_id).await,
        Some(_) => return Err(Refusal::Conflict.into()),
        None => {}
    }
    let mut expected = succeed(db, &link.device_list).await?;
    expected.push((link.device.address.device_id, link.device.identity_key));
    require_devices(&link.device_list, expected)?;
    if link.device_list.devices.len() > limits::DEVICES_PER_USER {
        return Err(Refusal::TooLarge("a user has at most 10 devices").into());
    }
    replace_list(db, &link.device_list).await?;
    insert_device(db, &link.device, &link.prekeys, &link.digest, now).await?;
    document(db, caller.user_id).await
}

pub(super) async fn revoke(
    db: &Db,
    caller: Address,
    revocation: &DeviceRevocation,
    now: UnixMillis,
) -> StoreResult<UserDocument> {
    devices::require_active(db, caller).await?;
    let row = db
        .optional(
            "SELECT id, revoked_at IS NULL FROM devices WHERE user_id = $1 AND device_id = $2",
            &[&caller.user_id, &int(revocation.device_id.get())],
        )
        .await?;
    let Some(row) = row else {
        return Err(Refusal::NotFound.into());
    };
    let (device, active) = (DeviceRow(row.col(0)?), row.col::<bool>(1)?);
    if !active {
        let now = document(db, caller.user_id).await?;
        let repeated = now.device_list.as_slice() == revocation.device_list.encoded.as_slice();
        return if repeated {
            Ok(now)
        } else {
            Err(Refusal::NotFound.into())
        };
    }
    let mut expected = succeed(db, &revocation.device_list).await?;
    expected.retain(|(listed, _)| *listed != revocation.device_id);
    require_devices(&revocation.device_list, expected)?;
    replace_list(db, &revocation.device_list).await?;
    remove_device(db, device, now).await?;
    document(db, caller.user_id).await
}

/// Checks that a list is the direct successor of the stored one; the devices of the stored one.
async fn succeed(db: &Db, list: &SignedDeviceList) -> StoreResult<Vec<(DeviceId, [u8; 32])>> {
    let row = db
        .one(
            "SELECT account_key, device_list, sequence, list_hash FROM users WHERE id = $1",
            &[&list.user_id],
        )
        .await?;
    if list.account_key != row.key(0)? {
        return Err(
            Refusal::BadSignature("deviceList: of another account key than the user's").into(),
        );
    }
    let sequence: u64 = row.number(2)?;
    if sequence.checked_add(1) != Some(list.sequence) || list.previous_hash != row.key(3)? {
        return Err(Refusal::SequenceConflict {
            device_list: Bytes(row.col(1)?),
        }
        .into());
    }
    let rows = db
        .all(
            "SELECT device_id, identity_key FROM devices WHERE user_id = $1 AND revoked_at IS NULL",
            &[&list.user_id],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.device_id(0)?, row.key(1)?)))
        .collect()
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

async fn replace_list(db: &Db, list: &SignedDeviceList) -> StoreResult<()> {
    db.execute(
        "UPDATE users SET device_list = $2, sequence = $3, list_hash = $4 WHERE id = $1",
        &[
            &list.user_id,
            &list.encoded,
            &int(list.sequence),
            &list.hash.as_slice(),
        ],
    )
    .await?;
    Ok(())
}

async fn insert_device(
    db: &Db,
    device: &CertifiedDevice,
    upload: &PreKeyUpload,
    digest: &[u8; 32],
    now: UnixMillis,
) -> StoreResult<()> {
    let row = db
        .one(
            "INSERT INTO devices (user_id, device_id, identity_key, certificate, link_digest, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            &[
                &device.address.user_id,
                &int(device.address.device_id.get()),
                &device.identity_key.as_slice(),
                &device.certificate,
                &digest.as_slice(),
                &int(now),
            ],
        )
        .await?;
    prekeys::add(db, DeviceRow(row.col(0)?), upload).await
}

/// Marks a device revoked and drops everything that was its own.
pub(super) async fn remove_device(db: &Db, device: DeviceRow, now: UnixMillis) -> StoreResult<()> {
    db.execute(
        "UPDATE devices SET revoked_at = $2, signed_prekey = NULL, kem_last_resort = NULL,
         last_resort_key_package = NULL WHERE id = $1",
        &[&device.0, &int(now)],
    )
    .await?;
    for delete in [
        "DELETE FROM tokens WHERE device = $1",
        "DELETE FROM prekeys WHERE device = $1",
        "DELETE FROM envelopes WHERE device = $1",
    ] {
        db.execute(delete, &[&device.0]).await?;
    }
    forums::revoke(db, device).await
}
