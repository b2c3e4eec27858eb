//! What PostgreSQL's errors mean to a client.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use super::StoreError;

/// What is not the server's or the network's state is this program's fault: constraints that a client can run into are
/// checked in the transaction.
impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(state) = error.code() {
            if *state == SqlState::DISK_FULL {
                return Self::Full;
            }
            if *state == SqlState::READ_ONLY_SQL_TRANSACTION {
                return Self::ReadOnly;
            }
        }
        if !is_passing(&error) {
            return Self::Failed(described(&error));
        }
        if !is_lost_race(&error) {
            tracing::warn!(error = %described(&error), "PostgreSQL is not available");
        }
        Self::Unavailable
    }
}

/// Whether the same may go well later.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let Some(state) = error.code() else {
        return error.is_closed() || is_transport(error);
    };
    // Connection, transaction undone, resources, an operator's intervention, the system; and locks that were waited for too long.
    let class = state.code().get(..2);
    matches!(class, Some("08" | "40" | "53" | "57" | "58"))
        || *state == SqlState::LOCK_NOT_AVAILABLE
        || *state == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

/// The error with what the server said, without values of rows, which its detail may name.
pub(super) fn described(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return format!("{} ({})", said.message(), said.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn is_transport(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .is_some_and(|source| source.is::<std::io::Error>())
}

/// Whether the transaction lost against another one and may be run again as it was.
pub(super) fn is_lost_race(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| {
        *state == SqlState::T_R_DEADLOCK_DETECTED || *state == SqlState::T_R_SERIALIZATION_FAILURE
    })
}

/// No connection could be lent.
impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => {
                tracing::warn!(error = %described(&error), "no connection to PostgreSQL");
                Self::Unavailable
            }
            _ => Self::Unavailable,
        }
    }
}
