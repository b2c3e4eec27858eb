//! The schema and its history. A released migration is never edited: a change is a new one.

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, StoreResult};

/// Migration n brings a file from version n − 1 to n (`PRAGMA user_version`).
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_forums.sql"),
    include_str!("migrations/0003_epochs_of_posts.sql"),
    include_str!("migrations/0004_operations.sql"),
    include_str!("migrations/0005_links.sql"),
    include_str!("migrations/0006_blobs.sql"),
];

/// That the file is not of a newer version.
pub(super) fn check(connection: &Connection) -> StoreResult<()> {
    steps(connection).map(drop)
}

/// The version of the file, and what is missing in it.
fn steps(connection: &Connection) -> StoreResult<(usize, &'static [&'static str])> {
    let version: usize = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let steps = MIGRATIONS.get(version..).ok_or_else(|| {
        StoreError::Failed(format!(
            "the database is of version {version}, newer than this program"
        ))
    })?;
    Ok((version, steps))
}

/// Writes the version that is there already: the smallest write there is.
pub(super) fn touch(connection: &Connection) -> StoreResult<()> {
    let (version, _) = steps(connection)?;
    Ok(connection.pragma_update(None, "user_version", version)?)
}

/// Brings the file to the newest version, each step in a transaction of its own.
pub(super) fn run(connection: &mut Connection) -> StoreResult<()> {
    let (version, steps) = steps(connection)?;
    for (step, sql) in steps.iter().enumerate() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version + step + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
        let version: usize = connection
            .query_row("PRAGMA user_version", (), |row| row.get(0))
            .unwrap();
        assert_eq!(version, MIGRATIONS.len());
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "user_version", MIGRATIONS.len() + 1)
            .unwrap();
        assert!(matches!(run(&mut connection), Err(StoreError::Failed(_))));
        let tables: usize = connection
            .query_row("SELECT count(*) FROM sqlite_master", (), |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
}
