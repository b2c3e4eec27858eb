//! What only the PostgreSQL backend does: starting, waiting, losing connections and races.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use relay_server::domain::login::Challenge;
use relay_server::domain::{Address, DeviceId, UserId};
use relay_server::store::postgres::PostgresStore;
use relay_server::store::{ForumStore as _, Store, StoreError, conformance};
use relay_server::{Application, Config, StartError};
use tokio_postgres::Client;

use super::open;
use crate::support::postgres::{connect, run, self_signed, server};

/// Challenges that can wait for a transaction besides the queue: those in the batches of the writers.
const IN_BATCHES: usize = 4 * 64;
const QUEUE: usize = 1024;

async fn beside(url: &str) -> Client {
    connect(url).await.expect("a connection")
}

fn challenge(number: usize) -> Challenge {
    let mut challenge = [0; 32];
    challenge[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Challenge {
        challenge,
        device: Address {
            user_id: UserId::from_bytes([1; 16]),
            device_id: DeviceId::new(1).unwrap(),
        },
        expires_at: 10,
    }
}

async fn count(client: &Client, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    client.query_one(&sql, &[]).await.unwrap().get(0)
}

/// Waits until a transaction of a store waits for a lock.
async fn until_blocked(client: &Client, schema_of: &str) {
    let (_, schema) = schema_of.split_once("%3D").unwrap();
    let since = Instant::now();
    loop {
        let waiting = client
            .query_one(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                 WHERE NOT l.granted AND a.application_name = 'relay-server'
                 AND a.pid IN (SELECT k.pid FROM pg_locks k JOIN pg_class c ON c.oid = k.relation
                               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1)",
                &[&schema],
            )
            .await
            .unwrap();
        if waiting.get::<_, i64>(0) > 0 {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "nobody waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_make_one_schema_and_one_forum() {
    let url = server().database();
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::read(|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap()
    };
    let starts: Vec<_> = (0..6)
        .map(|_| tokio::spawn(Application::build(config.clone())))
        .collect();
    for start in starts {
        start.await.unwrap().expect("a relay");
    }
    let client = beside(&url).await;
    assert_eq!(count(&client, "forums").await, 1);
    let versions: i64 = count(&client, "sealpost_schema").await;
    open(&url).await.close().await;
    assert_eq!(count(&client, "sealpost_schema").await, versions);
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let url = server().database();
    run(
        &url,
        "CREATE TABLE sealpost_schema (version BIGINT NOT NULL); INSERT INTO sealpost_schema VALUES (1000)",
    );
    let refused = PostgresStore::open(&url.parse().unwrap()).await;
    let Err(StoreError::Failed(reason)) = refused else {
        panic!("opened");
    };
    assert!(reason.contains("version 1000, newer than"), "{reason}");
    let client = beside(&url).await;
    let tables = "pg_tables WHERE schemaname = current_schema()";
    assert_eq!(count(&client, tables).await, 1);
}

#[tokio::test]
async fn a_server_that_does_not_let_in_is_said_so() {
    let url = server().database().replace("relay:", "relay:not");
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::read(|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap()
    };
    let refused = Application::build(config).await;
    let Err(StartError::Store(StoreError::Failed(reason))) = refused else {
        panic!("started");
    };
    assert!(
        reason.contains("password authentication failed"),
        "{reason}"
    );
}

/// The tests' server does not wait for the disk by default; the store's transactions do.
#[tokio::test]
async fn commits_wait_for_the_disk() {
    let url = server().database();
    let store = open(&url).await;
    let client = beside(&url).await;
    client
        .batch_execute(
            "CREATE FUNCTION check_durability() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF current_setting('synchronous_commit') <> 'on' THEN RAISE 'not durable'; END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER durable BEFORE INSERT ON challenges FOR EACH ROW EXECUTE FUNCTION check_durability()",
        )
        .await
        .unwrap();
    store.add_challenge(challenge(1)).await.expect("durable");
    let besides = client
        .batch_execute(
            "INSERT INTO challenges SELECT '\\x00', user_id, device_id, expires_at FROM challenges",
        )
        .await;
    assert!(besides.is_err(), "the trigger looks");
}

#[tokio::test]
async fn a_full_queue_refuses_and_loses_nothing() {
    let url = server().database();
    let store = open(&url).await;
    let mut client = beside(&url).await;
    let blocking = client.transaction().await.unwrap();
    blocking
        .batch_execute("LOCK TABLE challenges IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let (mut waiting, mut refused) = (Vec::new(), 0);
    for number in 0..QUEUE + IN_BATCHES + 50 {
        let mut job = store.add_challenge(challenge(number));
        match job.as_mut().poll(&mut context) {
            Poll::Pending => waiting.push(job),
            Poll::Ready(Err(StoreError::Unavailable)) => refused += 1,
            Poll::Ready(other) => panic!("{other:?}"),
        }
    }
    assert!(refused >= 50 && waiting.len() >= QUEUE, "{refused} refused");
    blocking.commit().await.unwrap();
    let stored = waiting.len();
    for job in waiting {
        job.await.expect("stored");
    }
    assert_eq!(count(&client, "challenges").await, stored as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_finishes_what_is_queued() {
    let url = server().database();
    let store = Arc::new(open(&url).await);
    let mut client = beside(&url).await;
    let blocking = client.transaction().await.unwrap();
    blocking
        .batch_execute("LOCK TABLE challenges IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let jobs: Vec<_> = (0..500)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.add_challenge(challenge(number)).await })
        })
        .collect();
    let watching = beside(&url).await;
    until_blocked(&watching, &url).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stopping = Arc::clone(&store);
    let stopped = tokio::spawn(async move { stopping.close().await });
    blocking.commit().await.unwrap();
    for job in jobs {
        job.await.unwrap().expect("stored");
    }
    stopped.await.unwrap();
    assert_eq!(count(&client, "challenges").await, 500);
    assert!(matches!(
        store.add_challenge(challenge(1000)).await,
        Err(StoreError::Unavailable)
    ));
    assert!(matches!(
        store.forums(None, 1).await,
        Err(StoreError::Unavailable)
    ));
}

/// Somebody else takes rows in the other order: the store's transaction is the one that gives way, and is run again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_loses_is_run_again() {
    let url = server().database();
    let store = Arc::new(open(&url).await);
    let sent = conformance::a_message(store.as_ref()).await;
    let (mut client, watching) = (beside(&url).await, beside(&url).await);
    client
        .batch_execute("SET deadlock_timeout = '20s'")
        .await
        .unwrap();
    let rival = client.transaction().await.unwrap();
    let take = "SELECT FROM users WHERE username = $1 FOR UPDATE";
    rival.execute(take, &[&"user2"]).await.unwrap();
    let posting = tokio::spawn({
        let (store, sent) = (Arc::clone(&store), sent.clone());
        async move { store.post_message(sent, 0).await }
    });
    until_blocked(&watching, &url).await;
    rival
        .execute(take, &[&"user1"])
        .await
        .expect("the store gave way");
    rival.commit().await.unwrap();
    let posted = posting.await.unwrap().expect("posted");
    assert_eq!(posted.delivered.len(), 1);
    let again = store.post_message(sent, 0).await.expect("known");
    assert_eq!(again.delivered.len(), 0);
}

#[tokio::test]
async fn lost_connections_are_made_anew() {
    let url = server().database();
    let (_, schema) = url.split_once("%3D").unwrap();
    let store = open(&format!("{url}&application_name={schema}")).await;
    store.add_challenge(challenge(1)).await.expect("stored");
    store.ready().await.expect("ready");
    let client = beside(&url).await;
    let ended = client
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
            &[&schema],
        )
        .await
        .unwrap();
    assert!(ended.len() > 1, "a reader's and a writer's");
    let since = Instant::now();
    while let Err(error) = store.ready().await {
        assert!(matches!(error, StoreError::Unavailable), "{error}");
        assert!(since.elapsed() < Duration::from_secs(10), "no connection");
    }
    let taken = store.take_challenge(challenge(1).challenge).await;
    assert!(taken.expect("an answer").is_some());
}

/// What `relay-server admin grant` says over TLS, when it trusts a certificate.
fn grant_over_tls(url: &str, trusted: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_relay-server"))
        .args(["admin", "grant", "somebody"])
        .env_clear()
        .env("DATABASE_URL", format!("{url}&sslmode=require"))
        .env("SSL_CERT_FILE", trusted)
        .output()
        .expect("a program");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn tls_knows_the_server_by_its_certificate() {
    let url = server().database();
    // Every connection but one with TLS is refused, by what the server itself sees.
    run(
        &url,
        "CREATE TABLE sealpost_schema (version BIGINT NOT NULL);
         CREATE FUNCTION check_tls() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NOT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) THEN RAISE 'in the clear'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER tls BEFORE INSERT ON sealpost_schema FOR EACH ROW EXECUTE FUNCTION check_tls()",
    );
    let clear = PostgresStore::open(&url.parse().unwrap()).await;
    assert!(matches!(clear, Err(StoreError::Failed(reason)) if reason.contains("in the clear")));
    let other = tempfile::tempdir().unwrap();
    self_signed(other.path());
    let refused = grant_over_tls(&url, &other.path().join("certificate.pem"));
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    let let_in = grant_over_tls(&url, &server().certificate());
    assert!(let_in.contains("not found"), "{let_in}");
    let client = beside(&url).await;
    assert!(count(&client, "sealpost_schema").await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_a_moment_share_transactions_and_fail_alone() {
    let url = server().database();
    let store = Arc::new(open(&url).await);
    let (mut client, watching) = (beside(&url).await, beside(&url).await);
    client
        .batch_execute(
            "CREATE TABLE transactions (number BIGINT NOT NULL);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO transactions VALUES (txid_current());
                 RETURN NEW;
             END $$;
             CREATE TRIGGER noted AFTER INSERT ON challenges FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await
        .unwrap();
    let blocking = client.transaction().await.unwrap();
    blocking
        .batch_execute("LOCK TABLE challenges IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let jobs: Vec<_> = (0..400)
        .map(|number| {
            let store = Arc::clone(&store);
            // Each twice, which is once too often.
            tokio::spawn(async move { store.add_challenge(challenge(number / 2)).await })
        })
        .collect();
    until_blocked(&watching, &url).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    blocking.commit().await.unwrap();
    let mut kept = 0;
    for job in jobs {
        match job.await.unwrap() {
            Ok(()) => kept += 1,
            Err(StoreError::Failed(reason)) => {
                assert!(reason.contains("duplicate key"), "{reason}")
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((kept, count(&client, "challenges").await), (200, 200));
    let transactions = count(&client, "(SELECT DISTINCT number FROM transactions) n").await;
    assert!(transactions < 40, "{transactions} transactions");
}
