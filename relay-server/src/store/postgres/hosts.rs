//! Accounts with a host application.

use super::StoreResult;
use super::db::Db;
use super::rows::Columns as _;
use crate::domain::login::HostAccount;
use crate::domain::{Refusal, UserId};

/// The user that an account is.
pub(super) async fn user_of(db: &Db, account: &HostAccount) -> StoreResult<Option<UserId>> {
    let row = db
        .optional(
            "SELECT user_id FROM host_accounts WHERE issuer = $1 AND subject = $2",
            &[&account.issuer, &account.subject],
        )
        .await?;
    row.map(|row| row.col(0)).transpose()
}

/// That the account, if there is one, is this user; or nobody, where the user is not there.
pub(super) async fn require(
    db: &Db,
    account: Option<&HostAccount>,
    user: Option<UserId>,
) -> StoreResult<()> {
    match account {
        Some(account) if user_of(db, account).await? != user => Err(Refusal::Conflict.into()),
        _ => Ok(()),
    }
}

/// Binds an account to a new user. One who binds it at the same time is waited for here.
pub(super) async fn bind(db: &Db, account: Option<&HostAccount>, user: UserId) -> StoreResult<()> {
    let Some(account) = account else {
        return Ok(());
    };
    let bound = db
        .execute(
            "INSERT INTO host_accounts (issuer, subject, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[&account.issuer, &account.subject, &user],
        )
        .await?;
    if bound == 0 {
        return Err(Refusal::Conflict.into());
    }
    Ok(())
}
