//! Challenges and tokens.

use rusqlite::{Connection, OptionalExtension};

use super::{StoreResult, devices, rows};
use crate::domain::UnixMillis;
use crate::domain::login::{Challenge, Login, TokenHash};

pub(super) fn add_challenge(db: &Connection, challenge: &Challenge) -> StoreResult<()> {
    db.prepare_cached("INSERT INTO challenges (challenge, user_id, device_id, expires_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((
            challenge.challenge,
            challenge.device.user_id,
            challenge.device.device_id,
            challenge.expires_at,
        ))?;
    Ok(())
}

pub(super) fn take_challenge(
    db: &Connection,
    challenge: &[u8; 32],
) -> StoreResult<Option<Challenge>> {
    Ok(db
        .prepare_cached(
            "DELETE FROM challenges WHERE challenge = ?1 RETURNING user_id, device_id, expires_at",
        )?
        .query_row((challenge,), |row| {
            Ok(Challenge {
                challenge: *challenge,
                device: rows::address(row, 0)?,
                expires_at: row.get(2)?,
            })
        })
        .optional()?)
}

pub(super) fn add_token(db: &Connection, token: &TokenHash, login: &Login) -> StoreResult<()> {
    let device = devices::require_active(db, login.device)?;
    db.prepare_cached("INSERT INTO tokens (hash, device, expires_at) VALUES (?1, ?2, ?3)")?
        .execute((token.0, device.0, login.expires_at))?;
    Ok(())
}

pub(super) fn find(db: &Connection, token: &TokenHash) -> StoreResult<Option<Login>> {
    Ok(db
        .prepare_cached(
            "SELECT devices.user_id, devices.device_id, tokens.expires_at
             FROM tokens JOIN devices ON devices.id = tokens.device
             WHERE tokens.hash = ?1 AND devices.revoked_at IS NULL",
        )?
        .query_row((token.0,), |row| {
            Ok(Login {
                device: rows::address(row, 0)?,
                expires_at: row.get(2)?,
            })
        })
        .optional()?)
}

pub(super) fn expire(db: &Connection, now: UnixMillis) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM challenges WHERE expires_at <= ?1")?
        .execute((now,))?;
    db.prepare_cached("DELETE FROM tokens WHERE expires_at <= ?1")?
        .execute((now,))?;
    Ok(())
}
