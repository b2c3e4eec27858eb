//! Prekeys as they are uploaded and counted.

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::StoreResult;
use super::devices::DeviceRow;
use crate::domain::prekeys::{PreKey, PreKeyCounts, PreKeyUpload};
use crate::domain::{Refusal, limits};

/// The id spaces.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Signed = 1,
    OneTime = 2,
    Kem = 3,
}

impl Kind {
    pub(super) const fn number(self) -> i64 {
        self as i64
    }
}

/// Adds new keys and skips those seen before; [`Refusal::Conflict`] if one of these was another key.
pub(super) fn add(db: &Connection, device: DeviceRow, upload: &PreKeyUpload) -> StoreResult<()> {
    if let Some(key) = &upload.signed
        && insert(db, device, Kind::Signed, key, false)?
    {
        db.prepare_cached("UPDATE devices SET signed_prekey = ?2 WHERE id = ?1")?
            .execute((device.0, &key.encoded))?;
    }
    if let Some(key) = &upload.kem_last_resort
        && insert(db, device, Kind::Kem, key, false)?
    {
        db.prepare_cached("UPDATE devices SET kem_last_resort = ?2 WHERE id = ?1")?
            .execute((device.0, &key.encoded))?;
    }
    for key in &upload.one_time {
        insert(db, device, Kind::OneTime, key, true)?;
    }
    for key in &upload.kem {
        insert(db, device, Kind::Kem, key, true)?;
    }
    let counts = counts(db, device)?;
    if counts.one_time_pre_keys.max(counts.kem_pre_keys) > limits::UNUSED_PREKEYS {
        return Err(
            Refusal::TooLarge("at most 200 unused one-time keys of a kind are kept").into(),
        );
    }
    Ok(())
}

/// Whether the key is new.
fn insert(
    db: &Connection,
    device: DeviceRow,
    kind: Kind,
    key: &PreKey,
    one_time: bool,
) -> StoreResult<bool> {
    let digest: [u8; 32] = Sha256::digest(&key.encoded).into();
    let known: Option<[u8; 32]> = db
        .prepare_cached(
            "SELECT digest FROM prekeys WHERE device = ?1 AND kind = ?2 AND key_id = ?3",
        )?
        .query_row((device.0, kind.number(), key.id), |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == digest => Ok(false),
        Some(_) => Err(Refusal::Conflict.into()),
        None => {
            db.prepare_cached(
                "INSERT INTO prekeys (device, kind, key_id, digest, encoded) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((device.0, kind.number(), key.id, digest, one_time.then_some(&key.encoded)))?;
            Ok(true)
        }
    }
}

/// How many one-time keys are left.
pub(super) fn counts(db: &Connection, device: DeviceRow) -> StoreResult<PreKeyCounts> {
    Ok(db
        .prepare_cached(
            "SELECT (SELECT count(*) FROM prekeys WHERE device = ?1 AND kind = 2 AND encoded IS NOT NULL),
             (SELECT count(*) FROM prekeys WHERE device = ?1 AND kind = 3 AND encoded IS NOT NULL),
             (SELECT count(*) FROM key_packages WHERE device = ?1 AND encoded IS NOT NULL),
             last_resort_key_package IS NOT NULL OR EXISTS (SELECT 1 FROM key_packages WHERE device = ?1)
             FROM devices WHERE id = ?1",
        )?
        .query_row((device.0,), |row| {
            Ok(PreKeyCounts {
                one_time_pre_keys: row.get(0)?,
                kem_pre_keys: row.get(1)?,
                key_packages: row.get(2)?,
                uses_topics: row.get(3)?,
            })
        })?)
}
