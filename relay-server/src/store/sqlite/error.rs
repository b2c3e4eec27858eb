//! What SQLite's errors mean to a client.

use rusqlite::ErrorCode;

use super::StoreError;

/// Everything but the state of the file and its disk is this program's fault: constraints that a client can run into are
/// checked in the transaction, with the one exception of [`is_unique_violation`].
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Unavailable,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                tracing::error!(%error, "the disk fails");
                Self::Unavailable
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// Whether the statement broke just this unique constraint, named as `table.column`.
pub(super) fn is_unique_violation(error: &rusqlite::Error, constraint: &str) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, Some(message))
            if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                && message.ends_with(&format!(": {constraint}"))
    )
}
