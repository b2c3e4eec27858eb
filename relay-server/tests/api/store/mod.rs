//! Every backend passes the store's conformance suite.

mod postgres;
mod upgrades;

use std::sync::Arc;

use relay_server::store::postgres::PostgresStore;
use relay_server::store::sqlite::SqliteStore;
use relay_server::store::{Store, conformance};

use crate::support::postgres::server;

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

/// A store of one node's.
async fn open(url: &str) -> PostgresStore {
    let config = url.parse().expect("a good URL");
    PostgresStore::open(&config).await.expect("a store")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_conforms() {
    let mut opened = 0;
    conformance::run(async || {
        opened += 1;
        open(&server().database()).await
    })
    .await;
    assert!(opened > 5);
}

/// T12: and one-time keys are given once, whichever node is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_postgres_nodes_conform() {
    conformance::run_on_two_nodes(async || {
        let url = server().database();
        let (first, second) = tokio::join!(open(&url), open(&url));
        [Arc::new(first) as Arc<dyn Store>, Arc::new(second)]
    })
    .await;
}
