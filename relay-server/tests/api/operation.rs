//! Health, and starting.

use relay_server::config::Database;
use relay_server::{Application, StartError, store};
use reqwest::Method;

use crate::support::{Place, Relay};

#[tokio::test]
async fn health_and_readiness() {
    let relay = Relay::start().await;
    assert_eq!(
        relay.call(Method::GET, "/healthz", None, None).await.status,
        200
    );
    assert_eq!(
        relay.call(Method::GET, "/readyz", None, None).await.status,
        200
    );
}

#[tokio::test]
async fn a_taken_address_and_a_wrong_file_are_said_so() {
    let relay = Relay::start().await;
    let mut config = relay.config.clone();
    config.listen = relay.url.trim_start_matches("http://").parse().unwrap();
    config.database = Place::new(relay.folder()).database();
    assert!(matches!(
        Application::build(config).await,
        Err(StartError::Listen(_))
    ));
    let mut config = relay.config.clone();
    let file = relay.folder().join("text");
    config.database = Database::Sqlite(file.clone());
    std::fs::write(
        file,
        "this is no database, however long the text may become ".repeat(40),
    )
    .unwrap();
    assert!(matches!(
        Application::build(config).await,
        Err(StartError::Store(_))
    ));
}

#[tokio::test]
async fn old_envelopes_go_and_new_ones_stay() {
    use crate::support::Person;

    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let first = alice.send(&relay, &conversation, &[&bob], b"old").await;
    relay.advance(60_000);
    alice.send(&relay, &conversation, &[&bob], b"new").await;
    let store = store::open(&relay.database().database()).await.unwrap();
    store
        .expire(0, first["storedAt"].as_u64().unwrap() + 1)
        .await
        .unwrap();
    let mailbox = bob.mailbox(&relay).await;
    assert_eq!(
        (mailbox["firstSeq"].as_u64(), mailbox["lastSeq"].as_u64()),
        (Some(2), Some(2))
    );
    assert_eq!(mailbox["items"].as_array().unwrap().len(), 1);
    alice.send(&relay, &conversation, &[&bob], b"newer").await;
    assert_eq!(bob.mailbox(&relay).await["lastSeq"], 3);
}
