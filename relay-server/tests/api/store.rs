//! The SQLite backend passes the store's conformance suite.

use relay_server::store::conformance;
use relay_server::store::sqlite::SqliteStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let mut opened = 0;
    conformance::run(async || {
        opened += 1;
        SqliteStore::open(&folder.path().join(format!("{opened}.db"))).unwrap()
    })
    .await;
    assert!(opened > 5);
}
