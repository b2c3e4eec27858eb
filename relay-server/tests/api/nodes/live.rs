//! What one node takes reaches those who are connected to another at once.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::wire::Wire as _;
use serde_json::json;

use super::{NEVER, OFTEN, Site, next_is, resumed, subscribed};
use crate::support::Person;
use crate::support::hub::HubClient;
use crate::support::nats::Nats;
use crate::support::text;
use crate::support::topics::{Member, address_of, draft, key_packages};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_reach_other_nodes_in_order_and_once() {
    let (site, nats) = (Site::new(), Nats::start());
    let [one, two] = site.pair(&nats, NEVER).await;
    let alice = Person::register_with(&one.api, "alice", 30, 30).await;
    let bob = Person::register_with(&one.api, "bob", 30, 30).await;
    let mut second_tab = HubClient::connect(&two.api, bob.token()).await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    assert_eq!(
        second_tab.push("ParticipantsChanged").await,
        json!([conversation])
    );
    let (mut here, mut there) = (resumed(&one, &bob).await, resumed(&two, &bob).await);
    for number in 1..=60_u64 {
        let node = if number % 3 == 0 { &two } else { &one };
        alice
            .send(
                &node.api,
                &conversation,
                &[&bob],
                &[u8::try_from(number).unwrap()],
            )
            .await;
    }
    for seq in 1..=60_u64 {
        for hub in [&mut here, &mut there] {
            let envelope = next_is(hub, seq).await;
            assert_eq!(envelope["content"], text([u8::try_from(seq).unwrap()]));
        }
    }
    // Nothing came twice: the next is the next.
    alice.send(&one.api, &conversation, &[&bob], b"last").await;
    next_is(&mut here, 61).await;
    next_is(&mut there, 61).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn topics_reach_other_nodes_in_order_and_once() {
    let (site, nats) = (Site::new(), Nats::start());
    let [one, two] = site.pair(&nats, NEVER).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let mut owner = Member::found(&one.api, &alice, draft(Visibility::Closed)).await;
    let mut bobs = HubClient::connect(&two.api, bob.token()).await;
    let package = key_packages(bob.device(), 1, false).remove(0);
    let add = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&one.api, &add).await;
    assert_eq!(bobs.push("ReceiveWelcome").await, json!([owner.topic]));
    let member = Member::welcome(&two.api, bob.device(), &package).await;
    bobs.invoke("SubscribeTopic", json!([owner.topic]))
        .await
        .unwrap();
    let mut alices = subscribed(&one, &alice, &owner.topic).await;
    for seq in 1..=20_u64 {
        let node = if seq % 2 == 0 { &two } else { &one };
        owner.post(&node.api, &[7; 100]).await;
        for hub in [&mut alices, &mut bobs] {
            assert_eq!(hub.push("ReceivePost").await[1]["seq"], seq);
        }
    }
    owner.commit(&one.api, &Change::default()).await;
    owner.post(&two.api, b"in the next epoch").await;
    for hub in [&mut alices, &mut bobs] {
        let commit = hub.first_notice().await;
        assert_eq!(
            (&commit["target"], &commit["arguments"][1]),
            (&json!("ReceiveCommit"), &json!(1))
        );
        let post = hub.first_notice().await;
        assert_eq!(
            (&post["target"], &post["arguments"][1]["seq"]),
            (&json!("ReceivePost"), &json!(21))
        );
    }
    let request = member.group.leave_request().unwrap().to_bytes().unwrap();
    let leave = json!({ "request": text(request) });
    let left = one
        .api
        .post(&member.path("/leave"), bob.token(), &leave)
        .await;
    assert_eq!(left.status, 204);
    assert_eq!(bobs.push("TopicLeft").await, json!([owner.topic]));
    assert_eq!(alices.push("TopicChanged").await, json!([owner.topic]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revocations_and_few_keys_reach_other_nodes() {
    let (site, nats) = (Site::new(), Nats::start());
    let [one, two] = site.pair(&nats, NEVER).await;
    let mut alice = Person::register_with(&one.api, "alice", 30, 30).await;
    alice.link(&one.api).await;
    let bob = Person::register_with(&one.api, "bob", 30, 30).await;
    alice.converse(&one.api, &[&bob]).await;
    let mut revoked = HubClient::connect(&two.api, &alice.devices[1].token).await;
    let mut bobs = HubClient::connect(&two.api, bob.token()).await;
    alice.revoke(&one.api, 1).await;
    let close = revoked.closed().await.expect("a Close message");
    assert_ne!(close["allowReconnect"], true);
    assert_eq!(bobs.push("DevicesChanged").await, json!([alice.id]));
    let mut alices = HubClient::connect(&two.api, alice.token()).await;
    let asked = json!({ "addresses": [alice.device().address()] });
    for _ in 0..30 {
        one.api
            .post("/api/prekey-bundles", bob.token(), &asked)
            .await
            .ok();
    }
    let low = alices.push("PreKeysLow").await;
    assert!(low[0]["oneTimePreKeys"].as_u64().unwrap() < 30, "{low}");
}

/// T24: whoever was removed gets nothing on any node, though nobody told it of the removal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t24_a_removal_holds_on_nodes_that_were_not_told() {
    let (site, nats) = (Site::new(), Nats::start());
    let url = nats.url();
    let (silent, one) = (site.node(None, NEVER), site.node(Some(&url), NEVER));
    let two = site.node(Some(&url), NEVER);
    super::until_connected(&one, true).await;
    super::until_connected(&two, true).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let mut owner = Member::found(&one.api, &alice, draft(Visibility::Open)).await;
    drop(Member::join(&one.api, bob.device(), &owner.topic, None).await);
    owner.catch_up(&one.api).await;
    let mut hub = subscribed(&two, &bob, &owner.topic).await;
    let remove = Change {
        remove: vec![address_of(bob.device())],
        ..Change::default()
    };
    owner.commit(&silent.api, &remove).await;
    owner.post(&one.api, b"secret").await;
    let notice = hub.first_notice().await;
    assert_eq!(notice["target"], "TopicLeft", "{notice}");
}

/// A hint that nobody sent is made up for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_hints_are_made_up_for() {
    let site = Site::new();
    let (silent, two) = (site.node(None, NEVER), site.node(None, OFTEN));
    let mut alice = Person::register_with(&silent.api, "alice", 30, 30).await;
    alice.link(&silent.api).await;
    let bob = Person::register_with(&silent.api, "bob", 30, 30).await;
    let conversation = alice.converse(&silent.api, &[&bob]).await;
    let mut hub = resumed(&two, &bob).await;
    let mut owner = Member::found(&silent.api, &alice, draft(Visibility::Closed)).await;
    let package = key_packages(bob.device(), 1, false).remove(0);
    let add = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&silent.api, &add).await;
    assert_eq!(hub.push("ReceiveWelcome").await, json!([owner.topic]));
    Member::welcome(&silent.api, bob.device(), &package).await;
    let mut topics = subscribed(&two, &bob, &owner.topic).await;
    owner.post(&silent.api, b"one").await;
    assert_eq!(topics.push("ReceivePost").await[1]["seq"], 1);
    owner.commit(&silent.api, &Change::default()).await;
    assert_eq!(topics.push("ReceiveCommit").await[1], 1);
    for seq in 1..=3_u64 {
        alice
            .send(&silent.api, &conversation, &[&bob], b"one")
            .await;
        alice
            .send(&silent.api, &conversation, &[&bob], b"two")
            .await;
        next_is(&mut hub, 2 * seq - 1).await;
        next_is(&mut hub, 2 * seq).await;
    }
    assert!(super::metric(&two, "sealpost_catch_up_found_total").await > 4.0);
    let mut revoked = HubClient::connect(&two.api, &alice.devices[1].token).await;
    alice.revoke(&silent.api, 1).await;
    let close = revoked.closed().await.expect("a Close message");
    assert_ne!(close["allowReconnect"], true);
}

/// A balancer sends each request anywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_negotiated_with_one_node_opens_on_another() {
    let site = Site::new();
    let (one, two) = (site.node(None, NEVER), site.node(None, NEVER));
    let alice = Person::register(&one.api, "alice").await;
    let path = "/hubs/communication/negotiate?negotiateVersion=1";
    for (first, second) in [(&one, &two), (&two, &one), (&one, &one)] {
        let answer = first.api.post(path, alice.token(), &json!({})).await.ok();
        let token = answer["connectionToken"].as_str().unwrap();
        let query = format!("{}&id={token}", alice.token());
        let mut hub = HubClient::connect(&second.api, &query).await;
        hub.invoke("Resume", json!([0])).await.unwrap();
    }
    let answer = one.api.post(path, alice.token(), &json!({})).await.ok();
    let token = answer["connectionToken"].as_str().unwrap();
    for (access, id, status) in [("x", token, 401), (alice.token(), "x", 404)] {
        let query = format!("{access}&id={id}");
        assert_eq!(crate::support::hub::refused(&two.api, &query).await, status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_reaches_other_nodes() {
    let (site, nats) = (Site::new(), Nats::start());
    let [one, two] = site.pair(&nats, NEVER).await;
    let alice = Person::register(&one.api, "alice").await;
    let bob = Person::register(&one.api, "bob").await;
    let conversation = alice.converse(&one.api, &[&bob]).await;
    let mut alices = HubClient::connect(&one.api, alice.token()).await;
    let mut bobs = HubClient::connect(&two.api, bob.token()).await;
    let mut envelope = bob.device().address();
    envelope["content"] = text(b"typing").into();
    alices
        .invoke("SendTyping", json!([conversation, [envelope]]))
        .await
        .unwrap();
    assert_eq!(
        bobs.push("ReceiveTyping").await[0]["content"],
        text(b"typing")
    );
}
