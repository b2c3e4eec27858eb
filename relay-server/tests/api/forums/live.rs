//! Topics on the hub.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::wire::Wire as _;
use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::topics::{Member, address_of, body, draft, key_packages};
use crate::support::{Person, Relay, new_id, text};

async fn subscribe(hub: &mut HubClient, topic: &str) -> Result<Value, String> {
    hub.invoke("SubscribeTopic", json!([topic])).await
}

#[tokio::test]
async fn members_are_pushed_posts_and_commits() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    let state = subscribe(&mut hub, &owner.topic).await;
    assert_eq!(state, Ok(json!({ "epoch": 0, "lastSeq": 0 })));
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    let pushed = hub.push("ReceiveCommit").await;
    assert_eq!((&pushed[0], &pushed[1]), (&json!(owner.topic), &json!(0)));
    owner
        .group
        .process(&crate::support::bytes(&pushed[2]))
        .unwrap();
    assert_eq!(owner.group.epoch(), 1);
    let post = member.post_body(b"hello");
    let answer = member.send(&relay, &post).await.ok();
    let pushed = hub.push("ReceivePost").await;
    assert_eq!(pushed[0], owner.topic);
    assert_eq!(
        pushed[1],
        json!({ "seq": 1, "post": post["post"], "storedAt": answer["storedAt"] })
    );
    // The same again is no news, nor is anything after unsubscribing.
    member.send(&relay, &post).await.ok();
    member.post(&relay, b"second").await;
    assert_eq!(hub.push("ReceivePost").await[1]["seq"], 2);
    let links = json!({ "links": [text(member.link(1, 0))] });
    relay
        .post(&member.path("/links"), bob.token(), &links)
        .await
        .ok();
    assert_eq!(hub.push("TopicChanged").await, json!([owner.topic]));
    hub.invoke("UnsubscribeTopic", json!([owner.topic]))
        .await
        .unwrap();
    member.post(&relay, b"third").await;
    let state = subscribe(&mut hub, &owner.topic).await;
    assert_eq!(state, Ok(json!({ "epoch": 1, "lastSeq": 3 })));
    member.post(&relay, b"fourth").await;
    assert_eq!(hub.push("ReceivePost").await[1]["seq"], 4);
}

/// T24 on the hub: who is no member gets nothing, also not any more.
#[tokio::test]
async fn t24_strangers_and_removed_devices_get_no_pushes() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut hub = HubClient::connect(&relay, bob.token()).await;
    for topic in [owner.topic.as_str(), &new_id()] {
        let refused = subscribe(&mut hub, topic).await.unwrap_err();
        assert!(refused.contains("not-found"), "{refused}");
    }
    for wrong in [json!([1]), json!(["x"]), json!([null])] {
        let refused = hub.invoke("SubscribeTopic", wrong).await.unwrap_err();
        assert!(refused.contains("bad-request"), "{refused}");
    }
    drop(Member::join(&relay, bob.device(), &owner.topic, None).await);
    owner.catch_up(&relay).await;
    subscribe(&mut hub, &owner.topic).await.unwrap();
    let remove = Change {
        remove: vec![address_of(bob.device())],
        ..Change::default()
    };
    owner.commit(&relay, &remove).await;
    owner.post(&relay, b"secret").await;
    let notice = hub.first_notice().await;
    assert_eq!(
        notice["target"], "TopicLeft",
        "and neither the commit nor the post: {notice}"
    );
    assert_eq!(notice["arguments"], json!([owner.topic]));
    assert!(subscribe(&mut hub, &owner.topic).await.is_err());
}

#[tokio::test]
async fn who_is_added_or_leaves_is_told() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Closed)).await;
    let mut alices = HubClient::connect(&relay, alice.token()).await;
    subscribe(&mut alices, &owner.topic).await.unwrap();
    let mut bobs = HubClient::connect(&relay, bob.token()).await;
    let package = key_packages(bob.device(), 1, false).remove(0);
    let add = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&relay, &add).await;
    assert_eq!(bobs.push("ReceiveWelcome").await, json!([owner.topic]));
    let member = Member::welcome(&relay, bob.device(), &package).await;
    subscribe(&mut bobs, &owner.topic).await.unwrap();
    let request = member.group.leave_request().unwrap().to_bytes().unwrap();
    let leave = json!({ "request": text(request) });
    assert_eq!(
        relay
            .post(&member.path("/leave"), bob.token(), &leave)
            .await
            .status,
        204
    );
    assert_eq!(alices.push("TopicChanged").await, json!([owner.topic]));
    assert_eq!(bobs.push("TopicLeft").await, json!([owner.topic]));
    owner.post(&relay, b"without Bob").await;
    assert!(subscribe(&mut bobs, &owner.topic).await.is_err());
}

/// T31: whoever is in a topic with a revoked device hears so, acquainted or not: they may commit the removal of its leaf.
#[tokio::test]
async fn t31_subscribers_hear_of_a_revoked_device() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let package = key_packages(&alice.devices[1], 1, false).remove(0);
    let add = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&relay, &add).await;
    Member::join(&relay, bob.device(), &owner.topic, None).await;
    let mut hub = HubClient::connect(&relay, bob.token()).await;
    subscribe(&mut hub, &owner.topic).await.unwrap();
    alice.revoke(&relay, 1).await;
    assert_eq!(hub.push("DevicesChanged").await, json!([alice.id]));
}

/// T26: somebody who does not read costs the others nothing.
#[tokio::test]
async fn t26_a_slow_subscriber_is_cut_off_and_slows_nobody() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut slow = HubClient::connect(&relay, alice.token()).await;
    subscribe(&mut slow, &owner.topic).await.unwrap();
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    let mut reader = HubClient::connect(&relay, bob.token()).await;
    subscribe(&mut reader, &owner.topic).await.unwrap();
    // More than all buffers on the way hold.
    for seq in 1..=300_u64 {
        member.post(&relay, &vec![7; 60_000]).await;
        assert_eq!(reader.push("ReceivePost").await[1]["seq"], seq);
    }
    let end = slow.closed().await;
    assert!(
        end.is_none_or(|close| close["allowReconnect"] == true),
        "with leave to come back"
    );
}

#[tokio::test]
async fn subscriptions_of_a_connection_are_limited() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    let mut last = None;
    for number in 0..=200 {
        let topic = Member::found(&relay, &alice, draft(Visibility::Closed))
            .await
            .topic;
        let answer = subscribe(&mut hub, &topic).await;
        assert_eq!(answer.is_ok(), number < 200, "{number}: {answer:?}");
        last = Some(topic);
    }
    let pages = relay
        .get("/api/forum-topics?limit=200", alice.token())
        .await
        .ok();
    let first = pages["items"][0]["id"].clone();
    hub.invoke("UnsubscribeTopic", json!([first]))
        .await
        .unwrap();
    subscribe(&mut hub, &last.unwrap()).await.unwrap();
}

/// A commit that was repeated is announced once.
#[tokio::test]
async fn repeated_commits_are_no_news() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    subscribe(&mut hub, &owner.topic).await.unwrap();
    let first = body(&owner.prepare(&Change::default()));
    owner.submit(&relay, &first).await.ok();
    owner.submit(&relay, &first).await.ok();
    owner.group.apply_pending().unwrap();
    owner.commit(&relay, &Change::default()).await;
    assert_eq!(hub.push("ReceiveCommit").await[1], 0);
    assert_eq!(hub.push("ReceiveCommit").await[1], 1);
}
