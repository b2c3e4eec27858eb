//! The CommunicationHub.

use serde_json::json;

use crate::support::hub::{HubClient, refused};
use crate::support::{Person, Relay, random, text};

#[tokio::test]
async fn what_waits_and_what_comes_is_pushed_in_order() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 30, 30).await;
    let bob = Person::register_with(&relay, "bob", 30, 30).await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    for number in 1..=150_u8 {
        alice.send(&relay, &conversation, &[&bob], &[number]).await;
    }
    let mut hub = HubClient::connect(&relay, bob.token()).await;
    let range = hub.invoke("Resume", json!([0])).await.unwrap();
    assert_eq!(range, json!({ "firstSeq": 1, "lastSeq": 150 }));
    for number in 151..=200_u8 {
        alice.send(&relay, &conversation, &[&bob], &[number]).await;
    }
    for number in 1..=200_u8 {
        let arguments = hub.push("ReceiveEnvelope").await;
        assert_eq!(arguments[0], number);
        let envelope = &arguments[1];
        assert_eq!(envelope["content"], text([number]));
        assert_eq!(envelope["conversationId"], conversation);
        assert_eq!(envelope["sender"], alice.device().address());
        assert_eq!(envelope["kind"], "ratchet");
        assert!(envelope["storedAt"].is_u64() && envelope["messageId"].is_string());
    }
    // From the middle, again.
    let range = hub.invoke("resume", json!([197])).await.unwrap();
    assert_eq!(range, json!({ "firstSeq": 1, "lastSeq": 200 }));
    assert_eq!(hub.push("ReceiveEnvelope").await[0], 198);
    assert_eq!(
        hub.invoke("Acknowledge", json!([199])).await,
        Ok(serde_json::Value::Null)
    );
    let mailbox = bob.mailbox(&relay).await;
    assert_eq!(
        (&mailbox["firstSeq"], &mailbox["lastSeq"]),
        (&json!(200), &json!(200))
    );
}

#[tokio::test]
async fn nothing_is_pushed_before_the_client_resumes() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let mut hub = HubClient::connect(&relay, bob.token()).await;
    alice.send(&relay, &conversation, &[&bob], b"one").await;
    alice.converse(&relay, &[&bob]).await;
    assert_eq!(hub.first_notice().await["target"], "ParticipantsChanged");
    hub.invoke("Resume", json!([0])).await.unwrap();
    assert_eq!(hub.push("ReceiveEnvelope").await[0], 1);
}

#[tokio::test]
async fn every_connection_of_a_device_gets_its_pushes() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        let mut tab = HubClient::connect(&relay, bob.token()).await;
        tab.invoke("Resume", json!([0])).await.unwrap();
        tabs.push(tab);
    }
    alice.send(&relay, &conversation, &[&bob], b"one").await;
    for tab in &mut tabs {
        assert_eq!(tab.push("ReceiveEnvelope").await[0], 1);
    }
}

#[tokio::test]
async fn wrong_calls_are_refused_and_the_connection_goes_on() {
    let relay = Relay::start().await;
    let bob = Person::register(&relay, "bob").await;
    let mut hub = HubClient::connect(&relay, bob.token()).await;
    for (target, arguments, word) in [
        ("Resume", json!([1]), "bad-request"),
        ("Resume", json!([]), "argument"),
        ("Resume", json!([0, 0]), "argument"),
        ("Resume", json!(["0"]), "Argument"),
        ("Resume", json!([-1]), "Argument"),
        ("Resume", json!([0.5]), "Argument"),
        ("Resume", json!([9_007_199_254_740_993_u64]), "bad-request"),
        ("Acknowledge", json!([1]), "bad-request"),
        ("Acknowledge", json!([u64::MAX]), "bad-request"),
        ("Acknowledge", json!([null]), "Argument"),
        ("Nothing", json!([]), "Method does not exist"),
    ] {
        let error = hub.invoke(target, arguments.clone()).await.unwrap_err();
        assert!(error.contains(word), "{target}{arguments}: {error}");
    }
    hub.invoke("Resume", json!([0])).await.unwrap();
}

/// T24 for the hub: no token, none that is known, none that has expired or whose device was revoked.
#[tokio::test]
async fn t24_only_logged_in_devices_connect() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let revoked = alice.revoke(&relay, 1).await;
    for token in ["", "x", &text(random::<32>()), &revoked.token] {
        assert_eq!(refused(&relay, token).await, 401);
        let path = "/hubs/communication/negotiate?negotiateVersion=1";
        relay
            .post(path, token, &json!({}))
            .await
            .refused(401, "unauthorized");
    }
    drop(HubClient::connect(&relay, alice.token()).await);
    relay.advance(3_600_001);
    assert_eq!(refused(&relay, alice.token()).await, 401);
}

/// T24 for the hub: a device sees and acknowledges its own mailbox and no other.
#[tokio::test]
async fn t24_a_device_reaches_its_own_mailbox_only() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut bob = Person::register(&relay, "bob").await;
    bob.link(&relay).await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    alice.send(&relay, &conversation, &[&bob], b"one").await;
    let mut second = HubClient::connect(&relay, &bob.devices[1].token).await;
    second.invoke("Resume", json!([0])).await.unwrap();
    assert_eq!(second.push("ReceiveEnvelope").await[0], 1);
    second.invoke("Acknowledge", json!([1])).await.unwrap();
    assert_eq!(bob.mailbox(&relay).await["firstSeq"], 1);
    let mut senders = HubClient::connect(&relay, alice.token()).await;
    let range = senders.invoke("Resume", json!([0])).await.unwrap();
    assert_eq!(range, json!({ "firstSeq": 1, "lastSeq": 0 }));
}

#[tokio::test]
async fn a_connection_ends_with_its_token() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    relay.advance(3_598_500);
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    let close = hub.closed().await.expect("a Close message");
    assert_eq!(close["allowReconnect"], true);
}

#[tokio::test]
async fn stopping_sends_clients_away_with_leave_to_return() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    let (stopped, close) = tokio::join!(relay.stop(), hub.closed());
    assert_eq!(close.expect("a Close message")["allowReconnect"], true);
    drop(stopped);
}

/// T26, the hub's part: a client that does not read costs the others nothing.
#[tokio::test]
async fn t26_a_client_that_does_not_read_slows_nobody() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let conversation = alice.converse(&relay, &[&bob, &carol]).await;
    let mut silent = HubClient::connect(&relay, bob.token()).await;
    silent.invoke("Resume", json!([0])).await.unwrap();
    let mut reading = HubClient::connect(&relay, carol.token()).await;
    reading.invoke("Resume", json!([0])).await.unwrap();
    for number in 1..=200_u64 {
        alice
            .send(&relay, &conversation, &[&bob, &carol], &[1; 60 * 1024])
            .await;
        assert_eq!(reading.push("ReceiveEnvelope").await[0], number);
    }
    // What the silent one missed still waits.
    assert_eq!(bob.mailbox(&relay).await["lastSeq"], 200);
}
