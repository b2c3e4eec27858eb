//! Accounts with a host application.

use rusqlite::{Connection, OptionalExtension};

use super::StoreResult;
use crate::domain::login::HostAccount;
use crate::domain::{Refusal, UserId};

/// The user that an account is.
pub(super) fn user_of(db: &Connection, account: &HostAccount) -> StoreResult<Option<UserId>> {
    Ok(db
        .prepare_cached("SELECT user_id FROM host_accounts WHERE issuer = ?1 AND subject = ?2")?
        .query_row((&account.issuer, &account.subject), |row| row.get(0))
        .optional()?)
}

/// That the account, if there is one, is this user or, as long as the user does not exist, nobody.
pub(super) fn require(
    db: &Connection,
    account: Option<&HostAccount>,
    user: UserId,
    exists: bool,
) -> StoreResult<()> {
    let Some(account) = account else {
        return Ok(());
    };
    match user_of(db, account)? {
        Some(bound) if bound == user => Ok(()),
        None if !exists => Ok(()),
        _ => Err(Refusal::Conflict.into()),
    }
}

/// Binds an account to a new user.
pub(super) fn bind(
    db: &Connection,
    account: Option<&HostAccount>,
    user: UserId,
) -> StoreResult<()> {
    if let Some(account) = account {
        db.prepare_cached(
            "INSERT INTO host_accounts (issuer, subject, user_id) VALUES (?1, ?2, ?3)",
        )?
        .execute((&account.issuer, &account.subject, user))?;
    }
    Ok(())
}
