//! What was acknowledged is on disk: across a restart, and across SIGKILL.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::support::hub::HubClient;
use crate::support::program::Program;
use crate::support::relay::contents;
use crate::support::{Person, Place, Relay};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let relay =
        Relay::start_with(|config| config.public_origins = vec!["https://chat.example".into()])
            .await;
    let mut people = Vec::new();
    for name in ["alice", "bob"] {
        let mut person = Person::new(name);
        relay
            .post(
                "/api/users",
                "",
                &person.registration(&person.device().prekeys(3, 3)),
            )
            .await
            .ok();
        let challenge = person.device().challenge(&relay).await;
        let answer = person
            .device()
            .answer(&relay, &challenge, "https://chat.example")
            .await
            .ok();
        person.devices[0].token = answer["accessToken"].as_str().unwrap().to_owned();
        people.push(person);
    }
    let (alice, bob) = (&people[0], &people[1]);
    let conversation = alice.converse(&relay, &[bob]).await;
    let body = alice.message(&conversation, &[bob], b"one");
    let first = relay.post("/api/messages", alice.token(), &body).await.ok();
    let mailbox = bob.mailbox(&relay).await;
    let waiting = alice.device().challenge(&relay).await;
    let before = contents(&relay.database());

    let relay = relay.restart().await;
    assert_eq!(contents(&relay.database()), before);
    assert_eq!(bob.mailbox(&relay).await, mailbox);
    assert_eq!(
        relay.post("/api/messages", alice.token(), &body).await.ok(),
        first
    );
    alice
        .device()
        .answer(&relay, &waiting, "https://chat.example")
        .await
        .ok();
    alice.send(&relay, &conversation, &[bob], b"two").await;
    assert_eq!(bob.mailbox(&relay).await["lastSeq"], 2);
}

/// One sender that notes what was acknowledged until the relay is gone.
async fn send_until_killed(
    program: &Program,
    sender: &Person,
    to: &Person,
    conversation: &str,
    noted: Noted,
) {
    let mut number = 0_u64;
    loop {
        let body = sender.message(conversation, &[to], &number.to_be_bytes());
        let request = program
            .api
            .client
            .post(format!("{}/api/messages", program.api.url));
        let Ok(response) = request.bearer_auth(sender.token()).json(&body).send().await else {
            return;
        };
        if response.status() != 200 {
            return;
        }
        let id = body["messageId"].as_str().unwrap().to_owned();
        noted.lock().unwrap().push(id);
        number += 1;
    }
}

type Noted = Arc<Mutex<Vec<String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_under_traffic_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("log"));
    let mut program = Program::start(&database, &log, "warn");
    let bob = Arc::new(Person::register(&program.api, "bob").await);
    let mut senders = Vec::new();
    for name in ["alice", "carol", "dave", "erin"] {
        let sender = Person::register(&program.api, name).await;
        let conversation = sender.converse(&program.api, &[&bob]).await;
        senders.push((Arc::new(sender), conversation));
    }
    let noted = Noted::default();
    for round in 0..10 {
        let running = Arc::new(program);
        let tasks: Vec<_> = senders
            .iter()
            .map(|(sender, conversation)| {
                let (running, sender, bob) =
                    (Arc::clone(&running), Arc::clone(sender), Arc::clone(&bob));
                let (conversation, noted) = (conversation.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    send_until_killed(&running, &sender, &bob, &conversation, noted).await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(40 + 13 * round)).await;
        running.kill();
        for task in tasks {
            task.await.unwrap();
        }
        program = Program::start(&database, &log, "warn");
        let stored = mailbox(&program, &bob).await;
        let noted = noted.lock().unwrap();
        assert!(
            noted.iter().all(|id| stored.contains(id)),
            "round {round}: something acknowledged is lost"
        );
    }
    let stored = mailbox(&program, &bob).await;
    let unique: std::collections::HashSet<_> = stored.iter().collect();
    assert_eq!(unique.len(), stored.len(), "something is there twice");
    assert!(noted.lock().unwrap().len() > 10);
    assert!(program.terminate());
}

/// All message ids in a mailbox, whose seqs must be 1, 2, 3, …
async fn mailbox(program: &Program, person: &Person) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let path = format!("/api/mailbox?limit=200&after={}", ids.len());
        let page = program.api.get(&path, person.token()).await.ok();
        for item in page["items"].as_array().unwrap() {
            ids.push(item["envelope"]["messageId"].as_str().unwrap().to_owned());
            assert_eq!(item["seq"], ids.len());
        }
        if page["next"].is_null() {
            assert_eq!(page["lastSeq"], ids.len());
            return ids;
        }
    }
}

#[tokio::test]
async fn sigterm_ends_well_with_clients_connected() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(
        &Place::new(folder.path()),
        &folder.path().join("log"),
        "info",
    );
    let alice = Person::register(&program.api, "alice").await;
    let mut hub = HubClient::connect(&program.api, alice.token()).await;
    hub.invoke("Resume", json!([0])).await.unwrap();
    let ended = tokio::task::spawn_blocking(move || program.terminate());
    assert_eq!(
        hub.closed().await.expect("a Close message")["allowReconnect"],
        true
    );
    assert!(ended.await.unwrap());
}

/// One-time keys that were handed out before SIGKILL are not handed out after it.
#[tokio::test]
async fn t12_one_time_keys_stay_used_across_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("log"));
    let program = Program::start(&database, &log, "warn");
    let alice = Person::register_with(&program.api, "alice", 2, 2).await;
    let bob = Person::register(&program.api, "bob").await;
    let asked = json!({ "addresses": [alice.device().address()] });
    let first = program
        .api
        .post("/api/prekey-bundles", bob.token(), &asked)
        .await
        .ok();
    program.kill();
    let program = Program::start(&database, &log, "warn");
    let second = program
        .api
        .post("/api/prekey-bundles", bob.token(), &asked)
        .await
        .ok();
    assert_ne!(
        first["bundles"][0]["bundle"],
        second["bundles"][0]["bundle"]
    );
    let counts = program.api.get("/api/keys/count", alice.token()).await.ok();
    assert_eq!(
        counts,
        json!({ "oneTimePreKeys": 0, "kemPreKeys": 0, "keyPackages": 0 })
    );
    program.kill();
}
