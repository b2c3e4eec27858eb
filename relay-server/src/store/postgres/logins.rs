//! Challenges and tokens.

use super::db::Db;
use super::rows::{Columns as _, int};
use super::{StoreResult, devices};
use crate::domain::UnixMillis;
use crate::domain::login::{Challenge, Login, TokenHash};

pub(super) async fn add_challenge(db: &Db, challenge: &Challenge) -> StoreResult<()> {
    db.execute(
        "INSERT INTO challenges (challenge, user_id, device_id, expires_at) VALUES ($1, $2, $3, $4)",
        &[
            &challenge.challenge.as_slice(),
            &challenge.device.user_id,
            &int(challenge.device.device_id.get()),
            &int(challenge.expires_at),
        ],
    )
    .await?;
    Ok(())
}

/// Of several that ask at the same time one is given it: the others wait for its row, and find it gone.
pub(super) async fn take_challenge(
    db: &Db,
    challenge: &[u8; 32],
) -> StoreResult<Option<Challenge>> {
    let row = db
        .optional(
            "DELETE FROM challenges WHERE challenge = $1 RETURNING user_id, device_id, expires_at",
            &[&challenge.as_slice()],
        )
        .await?;
    let taken = row.map(|row| {
        Ok(Challenge {
            challenge: *challenge,
            device: row.address(0)?,
            expires_at: row.number(2)?,
        })
    });
    taken.transpose()
}

pub(super) async fn add_token(db: &Db, token: &TokenHash, login: &Login) -> StoreResult<()> {
    let device = devices::require_active(db, login.device).await?;
    db.execute(
        "INSERT INTO tokens (hash, device, expires_at) VALUES ($1, $2, $3)",
        &[&token.0.as_slice(), &device.0, &int(login.expires_at)],
    )
    .await?;
    Ok(())
}

pub(super) async fn find(db: &Db, token: &TokenHash) -> StoreResult<Option<Login>> {
    let row = db
        .optional(
            "SELECT devices.user_id, devices.device_id, tokens.expires_at
             FROM tokens JOIN devices ON devices.id = tokens.device
             WHERE tokens.hash = $1 AND devices.revoked_at IS NULL",
            &[&token.0.as_slice()],
        )
        .await?;
    let login = row.map(|row| {
        Ok(Login {
            device: row.address(0)?,
            expires_at: row.number(2)?,
        })
    });
    login.transpose()
}

/// What somebody else has in hands goes the next time.
pub(super) async fn expire(db: &Db, now: UnixMillis) -> StoreResult<()> {
    db.execute(
        "DELETE FROM challenges WHERE challenge IN
         (SELECT challenge FROM challenges WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
        &[&int(now)],
    )
    .await?;
    db.execute(
        "DELETE FROM tokens WHERE hash IN
         (SELECT hash FROM tokens WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
        &[&int(now)],
    )
    .await?;
    Ok(())
}
