//! Sending: which envelopes are needed, and repeating a request.

use serde_json::{Value, json};

use crate::support::relay::contents;
use crate::support::{Person, Relay, new_id, text};

async fn send(relay: &Relay, by: &Person, body: &Value) -> crate::support::Answer {
    relay.post("/api/messages", by.token(), body).await
}

#[tokio::test]
async fn an_envelope_arrives_as_it_was_sent() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let mut body = alice.message(&conversation, &[&bob], b"\x00\xffciphertext");
    body["envelopes"][0]["kind"] = "prekey".into();
    let answer = send(&relay, &alice, &body).await.ok();
    assert_eq!(answer["messageId"], body["messageId"]);
    let mailbox = bob.mailbox(&relay).await;
    assert_eq!(
        mailbox,
        json!({
            "items": [{ "seq": 1, "envelope": {
                "messageId": body["messageId"],
                "conversationId": conversation,
                "sender": alice.device().address(),
                "kind": "prekey",
                "content": text(b"\x00\xffciphertext"),
                "storedAt": answer["storedAt"],
            } }],
            "next": null, "firstSeq": 1, "lastSeq": 1,
        })
    );
    let own = alice.mailbox(&relay).await;
    assert_eq!(
        own,
        json!({ "items": [], "next": null, "firstSeq": 1, "lastSeq": 0 })
    );
}

#[tokio::test]
async fn envelopes_must_be_those_of_the_recipients_devices() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    let mut bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    alice.link(&relay).await;
    bob.link(&relay).await;
    let conversation = alice.converse(&relay, &[&bob, &carol]).await;
    let old_bob = bob.revoke(&relay, 1).await;
    bob.link(&relay).await;
    let before = contents(&relay.database());
    let complete = alice.message(&conversation, &[&alice, &bob, &carol], b"hi");
    let with_envelopes = |envelopes: Vec<Value>| {
        let mut body = complete.clone();
        body["envelopes"] = envelopes.into();
        body
    };
    let to = |device: &crate::support::Device| device.envelope(b"hi");
    let (alice2, bob1, bob2, carol1) = (
        &alice.devices[1],
        &bob.devices[0],
        &bob.devices[1],
        carol.device(),
    );
    let addresses = |devices: &[&crate::support::Device]| {
        let mut addresses: Vec<_> = devices.iter().map(|device| device.address()).collect();
        addresses
            .sort_by_key(|address| (address["userId"].to_string(), address["deviceId"].as_u64()));
        json!(addresses)
    };
    let none: &[&crate::support::Device] = &[];
    for (why, envelopes, missing, stale) in [
        ("nothing", vec![], &[alice2, bob1, bob2, carol1][..], none),
        (
            "own other device missing",
            vec![to(bob1), to(bob2), to(carol1)],
            &[alice2],
            none,
        ),
        (
            "one device of two",
            vec![to(alice2), to(bob1), to(carol1)],
            &[bob2],
            none,
        ),
        (
            "a revoked device",
            vec![to(alice2), to(bob1), to(bob2), to(carol1), to(&old_bob)],
            none,
            &[&old_bob],
        ),
        (
            "revoked instead of new",
            vec![to(alice2), to(bob1), to(carol1), to(&old_bob)],
            &[bob2],
            &[&old_bob],
        ),
        (
            "the sending device itself",
            vec![
                to(alice.device()),
                to(alice2),
                to(bob1),
                to(bob2),
                to(carol1),
            ],
            none,
            &[alice.device()],
        ),
    ] {
        let problem = send(&relay, &alice, &with_envelopes(envelopes))
            .await
            .refused(409, "device-mismatch");
        assert_eq!(problem["missing"], addresses(missing), "{why}");
        assert_eq!(problem["stale"], addresses(stale), "{why}");
    }
    // To Bob alone, an envelope for Carol is too much, and none for oneself is needed.
    let mut to_bob = alice.message(&conversation, &[&bob], b"hi");
    to_bob["envelopes"].as_array_mut().unwrap().push(to(carol1));
    let problem = send(&relay, &alice, &to_bob)
        .await
        .refused(409, "device-mismatch");
    assert_eq!(problem["stale"], addresses(&[carol1]));
    assert_eq!(contents(&relay.database()), before);
    send(
        &relay,
        &alice,
        &alice.message(&conversation, &[&bob], b"hi"),
    )
    .await
    .ok();
    send(&relay, &alice, &complete).await.ok();
    // Parts of them are enough if the sender says so, strangers never.
    let mut partial = alice.message(&conversation, &[&bob], b"hi");
    partial["partial"] = true.into();
    partial["envelopes"] = json!([to(bob2)]);
    send(&relay, &alice, &partial).await.ok();
    let mut partial = alice.message(&conversation, &[&bob], b"hi");
    partial["partial"] = true.into();
    partial["envelopes"] = json!([to(&old_bob)]);
    send(&relay, &alice, &partial)
        .await
        .refused(409, "device-mismatch");
}

#[tokio::test]
async fn recipients_take_part_in_the_conversation() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let before = contents(&relay.database());
    for partial in [false, true] {
        let mut body = alice.message(&conversation, &[&bob, &carol], b"hi");
        body["partial"] = partial.into();
        let problem = send(&relay, &alice, &body)
            .await
            .refused(409, "not-participant");
        assert_eq!(problem["userIds"], json!([carol.id]));
        body = carol.message(&conversation, &[&bob], b"hi");
        body["partial"] = partial.into();
        send(&relay, &carol, &body).await.refused(404, "not-found");
    }
    send(&relay, &alice, &alice.message(&new_id(), &[&bob], b"hi"))
        .await
        .refused(404, "not-found");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn repeating_a_message_stores_nothing_twice() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let body = alice.message(&conversation, &[&bob], b"one");
    let first = send(&relay, &alice, &body).await.ok();
    let before = contents(&relay.database());
    relay.advance(1000);
    assert_eq!(send(&relay, &alice, &body).await.ok(), first);
    assert_eq!(contents(&relay.database()), before);
    // Also when the recipient has acknowledged, has another device, or is gone.
    relay
        .post("/api/mailbox/ack", bob.token(), &json!({ "upTo": 1 }))
        .await;
    bob.link(&relay).await;
    assert_eq!(send(&relay, &alice, &body).await.ok(), first);
    let place = format!("/api/conversations/{conversation}/participants/{}", bob.id);
    relay.delete(&place, bob.token(), None).await;
    assert_eq!(send(&relay, &alice, &body).await.ok(), first);
    assert_eq!(bob.mailbox(&relay).await["lastSeq"], 1);
    // The same id in another conversation is another message, hence refused; of another sender it is.
    let other = alice.converse(&relay, &[&bob]).await;
    let mut elsewhere = body.clone();
    elsewhere["conversationId"] = other.as_str().into();
    send(&relay, &alice, &elsewhere)
        .await
        .refused(409, "conflict");
    let mut of_bob = bob.message(&other, &[&alice], b"two");
    of_bob["messageId"] = body["messageId"].clone();
    send(&relay, &bob, &of_bob).await.ok();
}

#[tokio::test]
async fn what_is_added_to_a_message_later_is_stored_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut bob = Person::register(&relay, "bob").await;
    bob.link(&relay).await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let complete = alice.message(&conversation, &[&bob], b"one");
    let mut partial = complete.clone();
    partial["partial"] = true.into();
    partial["envelopes"] = json!([bob.devices[0].envelope(b"one")]);
    let first = send(&relay, &alice, &partial).await.ok();
    // A device that has its envelope is not missing, and does not get another.
    let mut rest = complete.clone();
    rest["envelopes"] = json!([bob.devices[1].envelope(b"one")]);
    assert_eq!(send(&relay, &alice, &rest).await.ok(), first);
    assert_eq!(send(&relay, &alice, &complete).await.ok(), first);
    for device in &bob.devices {
        let mailbox = relay.get("/api/mailbox", &device.token).await.ok();
        assert_eq!(mailbox["lastSeq"], 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_repetitions_store_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let body = alice.message(&conversation, &[&bob], b"one");
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let (api, token, body) = (relay.api(), alice.token().to_owned(), body.clone());
            tokio::spawn(async move { api.post("/api/messages", &token, &body).await.ok() })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(bob.mailbox(&relay).await["lastSeq"], 1);
}

#[tokio::test]
async fn large_things_are_refused() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let largest = alice.message(&conversation, &[&bob], &vec![1; 64 * 1024]);
    send(&relay, &alice, &largest).await.ok();
    let larger = alice.message(&conversation, &[&bob], &vec![1; 64 * 1024 + 1]);
    send(&relay, &alice, &larger)
        .await
        .refused(413, "too-large");
    let mut body = alice.message(&conversation, &[&bob], b"x");
    body["envelopes"][0]["content"] = "A".repeat(16 * 1024 * 1024).into();
    send(&relay, &alice, &body).await.refused(413, "too-large");
    let huge = json!({ "userId": "A".repeat(1024 * 1024) });
    relay
        .post("/api/auth/challenge", "", &huge)
        .await
        .refused(413, "too-large");
}
