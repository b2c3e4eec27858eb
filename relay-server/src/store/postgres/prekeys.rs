//! Prekeys as they are uploaded and counted. Whoever uploads holds the device's user.

use sha2::{Digest, Sha256};

use super::StoreResult;
use super::db::Db;
use super::devices::DeviceRow;
use super::rows::{Columns as _, int};
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
pub(super) async fn add(db: &Db, device: DeviceRow, upload: &PreKeyUpload) -> StoreResult<()> {
    if let Some(key) = &upload.signed
        && insert(db, device, Kind::Signed, std::slice::from_ref(key), false).await?
    {
        db.execute(
            "UPDATE devices SET signed_prekey = $2 WHERE id = $1",
            &[&device.0, &key.encoded],
        )
        .await?;
    }
    if let Some(key) = &upload.kem_last_resort
        && insert(db, device, Kind::Kem, std::slice::from_ref(key), false).await?
    {
        db.execute(
            "UPDATE devices SET kem_last_resort = $2 WHERE id = $1",
            &[&device.0, &key.encoded],
        )
        .await?;
    }
    insert(db, device, Kind::OneTime, &upload.one_time, true).await?;
    insert(db, device, Kind::Kem, &upload.kem, true).await?;
    let counts = counts(db, device).await?;
    if counts.one_time_pre_keys.max(counts.kem_pre_keys) > limits::UNUSED_PREKEYS {
        return Err(
            Refusal::TooLarge("at most 200 unused one-time keys of a kind are kept").into(),
        );
    }
    Ok(())
}

/// Whether any key is new.
async fn insert(
    db: &Db,
    device: DeviceRow,
    kind: Kind,
    keys: &[PreKey],
    one_time: bool,
) -> StoreResult<bool> {
    if keys.is_empty() {
        return Ok(false);
    }
    let ids: Vec<i64> = keys.iter().map(|key| int(key.id)).collect();
    let digests: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| Sha256::digest(&key.encoded).to_vec())
        .collect();
    let encoded: Vec<Option<&[u8]>> = keys
        .iter()
        .map(|key| one_time.then_some(key.encoded.as_slice()))
        .collect();
    let inserted = db
        .execute(
            "INSERT INTO prekeys (device, kind, key_id, digest, encoded)
             SELECT $1, $2, key_id, digest, encoded
             FROM unnest($3::BIGINT[], $4::BYTEA[], $5::BYTEA[]) WITH ORDINALITY AS new (key_id, digest, encoded, place)
             ORDER BY place ON CONFLICT (device, kind, key_id) DO NOTHING",
            &[&device.0, &kind.number(), &ids, &digests, &encoded],
        )
        .await?;
    let differs: bool = db
        .one(
            "SELECT EXISTS (SELECT 1 FROM unnest($3::BIGINT[], $4::BYTEA[]) AS new (key_id, digest)
             JOIN prekeys old ON old.device = $1 AND old.kind = $2 AND old.key_id = new.key_id
             WHERE old.digest <> new.digest)",
            &[&device.0, &kind.number(), &ids, &digests],
        )
        .await?
        .col(0)?;
    if differs {
        return Err(Refusal::Conflict.into());
    }
    Ok(inserted > 0)
}

/// How many one-time keys are left.
pub(super) async fn counts(db: &Db, device: DeviceRow) -> StoreResult<PreKeyCounts> {
    let row = db
        .one(
            "SELECT (SELECT count(*) FROM prekeys WHERE device = $1 AND kind = 2 AND encoded IS NOT NULL),
             (SELECT count(*) FROM prekeys WHERE device = $1 AND kind = 3 AND encoded IS NOT NULL),
             (SELECT count(*) FROM key_packages WHERE device = $1 AND encoded IS NOT NULL),
             last_resort_key_package IS NOT NULL OR EXISTS (SELECT 1 FROM key_packages WHERE device = $1)
             FROM devices WHERE id = $1",
            &[&device.0],
        )
        .await?;
    Ok(PreKeyCounts {
        one_time_pre_keys: row.number(0)?,
        kem_pre_keys: row.number(1)?,
        key_packages: row.number(2)?,
        uses_topics: row.col(3)?,
    })
}
