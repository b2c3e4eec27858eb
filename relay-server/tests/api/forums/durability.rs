//! What was answered with 2xx is on disk across SIGKILL; and what must not be on disk is not (T23).

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use serde_json::json;

use crate::support::Person;
use crate::support::Place;
use crate::support::program::Program;
use crate::support::relay::contents;
use crate::support::topics::{Member, draft};

#[tokio::test]
async fn acknowledged_commits_and_posts_survive_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("relay.log"));
    let mut program = Program::start(&database, &log, "info");
    let alice = Person::register(&program.api, "alice").await;
    let bob = Person::register(&program.api, "bob").await;
    let mut owner = Member::found(&program.api, &alice, draft(Visibility::Invite)).await;
    for round in 0..3_u64 {
        owner.commit(&program.api, &Change::default()).await;
        let body = owner.post_body(b"kept");
        let posted = owner.send(&program.api, &body).await.ok();
        program.kill();
        program = Program::start(&database, &log, "info");
        assert_eq!(owner.send(&program.api, &body).await.ok(), posted);
        let topic = program.api.get(&owner.path(""), alice.token()).await.ok();
        assert_eq!(
            (&topic["epoch"], &topic["lastSeq"]),
            (&json!(round + 1), &json!(round + 1))
        );
    }
    let used = owner.invite(bob.device(), 1);
    let member = Member::join(&program.api, bob.device(), &owner.topic, Some(used)).await;
    assert_eq!(member.group.epoch(), 4);
    assert!(program.terminate());
}

/// T23: no text, no title of a topic that is not open, and no secret of its group.
#[tokio::test]
async fn t23_no_secret_of_a_topic_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("relay.log"));
    let program = Program::start(&database, &log, "trace");
    let alice = Person::register(&program.api, "alice").await;
    let owner = Member::found(&program.api, &alice, draft(Visibility::Closed)).await;
    owner.post(&program.api, b"ciphertext of a topic").await;
    let archive_key = owner.group.archive_key().unwrap();
    assert!(program.terminate());
    let rows = contents(&database);
    let topics: Vec<_> = rows
        .iter()
        .filter(|row| row.starts_with("topics "))
        .collect();
    assert!(
        topics.len() == 1 && topics[0].to_lowercase().contains("null"),
        "no title: {topics:?}"
    );
    for (path, content) in database.files(folder.path()) {
        let holds = |needle: &[u8]| content.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(archive_key.expose()), "{path}");
        assert!(!holds(alice.device().identity.seed()), "{path}");
        if path.ends_with("/relay.log") {
            assert!(!holds(b"ciphertext of a topic") && !holds(owner.topic.as_bytes()));
        }
    }
}
