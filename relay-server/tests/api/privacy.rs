//! T23, the relay's part: neither its files nor its log hold a token, and the log no ciphertext, query or address.

use serde_json::json;

use crate::support::hub::HubClient;
use crate::support::program::Program;
use crate::support::{Person, Place, bytes, text};

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[tokio::test]
async fn t23_neither_files_nor_log_hold_a_token() {
    log_of_an_exercised_relay("text").await;
}

#[tokio::test]
async fn t23_nor_does_a_log_of_json_lines() {
    let log = log_of_an_exercised_relay("json").await;
    for line in String::from_utf8(log).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        assert!(
            line["level"].is_string() && line["message"].is_string(),
            "{line}"
        );
    }
}

async fn log_of_an_exercised_relay(format: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("relay.log"));
    let settings = [("LOG_FORMAT", format)];
    let program = Program::start_with(&database, &log, "trace", &settings);
    let alice = Person::register(&program.api, "alice").await;
    let bob = Person::register(&program.api, "bob").await;
    let conversation = alice.converse(&program.api, &[&bob]).await;
    let content = b"a ciphertext that is easy to find again";
    let mut hub = HubClient::connect(&program.api, bob.token()).await;
    hub.invoke("Resume", json!([0])).await.unwrap();
    alice
        .send(&program.api, &conversation, &[&bob], content)
        .await;
    hub.push("ReceiveEnvelope").await;
    program
        .api
        .get("/api/users?username=alice", bob.token())
        .await
        .ok();
    let wrong_token = text([0x5a; 32]);
    program
        .api
        .get("/api/mailbox", &wrong_token)
        .await
        .refused(401, "unauthorized");
    let wrong_body = json!({ "userId": "a body that is easy to find again" });
    program
        .api
        .post("/api/auth/challenge", "", &wrong_body)
        .await
        .refused(400, "bad-request");
    drop(hub);
    assert!(program.terminate());

    let found = database.files(folder.path());
    assert!(
        found.iter().any(|(_, content)| holds(content, b"alice")),
        "what is kept is looked at"
    );
    let log = std::fs::read(&log).unwrap();
    assert!(holds(&log, b"answered"), "the log is not empty");
    for person in [&alice, &bob] {
        let raw = bytes(&person.token().into());
        for (name, content) in &found {
            assert!(
                !holds(content, person.token().as_bytes()),
                "{name} holds a token"
            );
            assert!(!holds(content, &raw), "{name} holds a token's bytes");
            assert!(
                !holds(content, person.account.seed()),
                "{name} holds an account key"
            );
            assert!(
                !holds(content, person.device().identity.seed()),
                "{name} holds an identity key"
            );
        }
    }
    for secret in [
        text(content).as_bytes(),
        content,
        wrong_token.as_bytes(),
        b"easy to find again",
        b"access_token",
        b"username=",
        b"127.0.0.1",
        alice.id.as_bytes(),
        conversation.as_bytes(),
    ] {
        assert!(
            !holds(&log, secret),
            "the log holds {}",
            String::from_utf8_lossy(secret)
        );
    }
    log
}
