//! What whoever runs the relay does to accounts, and what the relay does by itself as time goes by.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::program::Program;
use crate::support::relay::contents;
use crate::support::topics::{Member, draft};
use crate::support::{Person, Relay, text};
use crypto_wasm::forum::wire::Visibility;

struct World {
    relay: Relay,
    alice: Person,
    bob: Person,
    conversation: String,
    topic: String,
    post: Value,
}

/// Alice, with a device, a conversation, a message that waits for her, and a topic of hers.
async fn world() -> World {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    bob.send(&relay, &conversation, &[&alice], b"to alice")
        .await;
    alice.send(&relay, &conversation, &[&bob], b"to bob").await;
    let owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let post = owner.post_body(b"a post");
    owner.send(&relay, &post).await.ok();
    World {
        relay,
        alice,
        bob,
        conversation,
        topic: owner.topic.clone(),
        post,
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_nobody_takes_the_place() {
    let World {
        relay,
        alice,
        bob,
        conversation,
        topic,
        post,
    } = world().await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    hub.invoke("Resume", json!([0])).await.unwrap();
    let (done, _) = Program::administer(&relay.database(), &["delete", "alice"]);
    assert!(done);

    // Nobody logs in as her, and who was connected is sent away.
    relay
        .get("/api/mailbox", alice.token())
        .await
        .refused(401, "unauthorized");
    let challenge = alice.device().challenge(&relay).await;
    let answer = alice.device().answer(&relay, &challenge, &relay.url).await;
    answer.refused(401, "unauthorized");
    tokio::time::timeout(Duration::from_secs(60), hub.closed())
        .await
        .expect("the connection ends");
    // She is not found, is in no conversation, and is sent nothing.
    for path in [
        "/api/users?username=alice",
        &format!("/api/users/{}", alice.id),
    ] {
        relay.get(path, bob.token()).await.refused(404, "not-found");
    }
    let path = format!("/api/conversations/{conversation}");
    let left = relay.get(&path, bob.token()).await.ok();
    assert_eq!(left["participantIds"], json!([bob.id]));
    let add = json!({ "userIds": [alice.id] });
    relay
        .post(&format!("{path}/participants"), bob.token(), &add)
        .await
        .refused(404, "not-found");
    let message = bob.message(&conversation, &[&alice], b"late");
    relay
        .post("/api/messages", bob.token(), &message)
        .await
        .refused(409, "not-participant");
    let addresses = json!({ "addresses": [alice.device().address()] });
    let bundles = relay
        .post("/api/prekey-bundles", bob.token(), &addresses)
        .await
        .ok();
    assert_eq!(bundles["bundles"], json!([]));

    // Neither her post's ciphertext nor what waited for her is left; what she sent waits for Bob as before.
    let left = contents(&relay.database()).join("\n");
    let ciphertext = crate::support::bytes(&post["post"]);
    for bytes in [ciphertext.as_slice(), b"to alice"] {
        assert!(!shows(&left, bytes), "{}", text(bytes));
    }
    let id = uuid::Uuid::parse_str(&topic).unwrap();
    assert!(
        shows(&left, id.as_bytes()) || left.contains(&format!("\"{id}\"")),
        "the topic stays"
    );
    assert_eq!(
        bob.mailbox(&relay).await["items"].as_array().unwrap().len(),
        1
    );

    // Her id is never taken again, her name may be, by somebody else.
    let again = alice.registration(&alice.device().prekeys(0, 0));
    relay
        .call(Method::POST, "/api/users", None, Some(&again))
        .await
        .refused(409, "conflict");
    let other = Person::register(&relay, "alice").await;
    assert_ne!(other.id, alice.id);
    let (done, _) = Program::administer(&relay.database(), &["delete", "nobody"]);
    assert!(!done);
    // After a restart she is as gone.
    let relay = relay.restart().await;
    let path = format!("/api/users/{}", alice.id);
    relay
        .get(&path, other.token())
        .await
        .refused(404, "not-found");
}

/// Whether rows hold these bytes, in the form that either database shows them in.
fn shows(rows: &str, bytes: &[u8]) -> bool {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{bytes:?}");
    rows.contains(&hex) || rows.contains(&list)
}

#[tokio::test]
async fn an_export_holds_everything_that_is_stored_on_a_user_and_changes_nothing() {
    let world = world().await;
    let database = world.relay.database();
    let before = contents(&database);
    let (done, said) = Program::administer(&database, &["export", "Alice"]);
    assert!(done);
    let export: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(export["user"]["id"], world.alice.id.as_str());
    assert_eq!(export["user"]["username"], "alice");
    assert_eq!(export["devices"][0]["deviceId"], world.alice.device().id);
    let waiting = &export["devices"][0]["mailbox"][0]["envelope"];
    assert_eq!(waiting["content"], text(b"to alice"));
    assert_eq!(waiting["sender"]["userId"], world.bob.id.as_str());
    assert_eq!(
        export["conversations"][0]["id"],
        world.conversation.as_str()
    );
    assert_eq!(
        export["sentMessages"][0]["conversationId"],
        world.conversation.as_str()
    );
    assert_eq!(export["topics"], json!([world.topic]));
    assert_eq!(export["posts"][0]["postId"], world.post["id"]);
    assert_eq!(export["posts"][0]["isDeleted"], false);
    assert_eq!(export["hostAccount"], Value::Null);
    // Nothing that lets somebody in, and nothing of others but their ids.
    assert!(!said.contains(world.alice.token()) && !said.contains(&text(b"to bob")));
    assert_eq!(contents(&database), before);
    assert!(!Program::administer(&database, &["export", "nobody"]).0);
}

/// The relay's own sweeper, not a call of the store's: envelopes and the memory of messages go when their time is over, tokens too.
#[tokio::test]
async fn the_sweeper_drops_what_is_past_its_retention() {
    let relay = Relay::start_with(|config| {
        config.retention = Duration::from_secs(86_400);
        config.sweep = Duration::from_millis(50);
    })
    .await;
    let alice = Person::register(&relay, "alice").await;
    let mut bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    alice.send(&relay, &conversation, &[&bob], b"old").await;
    relay.advance(86_000_000);
    tokio::time::sleep(Duration::from_millis(300)).await;
    bob.devices[0].log_in(&relay).await;
    let mailbox = bob.mailbox(&relay).await;
    assert_eq!(
        mailbox["items"].as_array().unwrap().len(),
        1,
        "not a moment too early"
    );
    relay.advance(500_000);
    for attempt in 0.. {
        let mailbox = bob.mailbox(&relay).await;
        if mailbox["items"] == json!([]) {
            assert_eq!(
                (&mailbox["firstSeq"], &mailbox["lastSeq"]),
                (&json!(2), &json!(1))
            );
            break;
        }
        assert!(attempt < 200, "the sweeper does not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = contents(&relay.database());
    assert!(
        !left.iter().any(|row| row.starts_with("messages ")),
        "the memory of messages"
    );
    let tokens = relay.database().count("tokens");
    assert_eq!(tokens, 1, "those that expired are gone, the newest stays");
}
