//! Databases of every older schema open, with everything that was in them.
//!
//! `schemas/` has a dump of a database of each version, filled by `conformance::fill`. A new migration needs one more: fill a
//! store, and dump it by `sqlite3 relay.db .dump` (with its `PRAGMA user_version`) or `pg_dump --inserts`, without schema names.

use std::path::Path;

use relay_server::store::sqlite::SqliteStore;
use relay_server::store::{Store, conformance};
use rusqlite::Connection;

use super::open;
use crate::support::postgres::{self, server};

/// The dumps of a backend's versions, from version 1.
fn dumps(backend: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/store/schemas");
    let path = |version: usize| folder.join(backend).join(format!("{version}.sql"));
    (1..)
        .map_while(|version| std::fs::read_to_string(path(version)).ok())
        .collect()
}

#[tokio::test]
async fn sqlite_files_of_every_schema_open() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = dumps("sqlite");
    for (index, dump) in dumps.iter().enumerate() {
        let path = folder.path().join(format!("{index}.db"));
        Connection::open(&path)
            .unwrap()
            .execute_batch(dump)
            .unwrap();
        let store = SqliteStore::open(&path).unwrap();
        conformance::go_on(&store, index > 0, index > 4).await;
        store.close().await;
        let file = Connection::open(&path).unwrap();
        let version: usize = file
            .query_row("PRAGMA user_version", (), |row| row.get(0))
            .unwrap();
        assert_eq!(version, dumps.len(), "a dump for each version");
    }
    assert!(dumps.len() >= 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_databases_of_every_schema_open() {
    let dumps = dumps("postgres");
    for (index, dump) in dumps.iter().enumerate() {
        let url = server().database();
        postgres::run(&url, dump);
        let store = open(&url).await;
        conformance::go_on(&store, index > 0, index > 3).await;
        store.close().await;
        assert_eq!(
            postgres::count(&url, "sealpost_schema"),
            dumps.len(),
            "a dump for each version"
        );
    }
    assert!(dumps.len() >= 5);
}

/// What the dumps were made of is what the newest schema holds.
#[tokio::test]
async fn a_new_store_goes_on_as_an_upgraded_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("new.db")).unwrap();
    conformance::fill(&store).await;
    conformance::go_on(&store, true, true).await;
}
