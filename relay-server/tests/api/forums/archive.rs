//! Links and wraps.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::{History, Visibility};
use serde_json::{Value, json};

use crate::support::topics::{Member, address_of, body, draft};
use crate::support::{Person, Relay, new_id, text};

async fn add(
    relay: &Relay,
    member: &Member,
    links: Vec<Vec<u8>>,
    wraps: Vec<Vec<u8>>,
) -> crate::support::Answer {
    let list = |items: Vec<Vec<u8>>| items.iter().map(text).collect::<Vec<_>>();
    let body = json!({ "links": list(links), "wraps": list(wraps) });
    relay
        .post(&member.path("/links"), &member.token, &body)
        .await
}

async fn links(relay: &Relay, member: &Member, from: u64, to: u64) -> Vec<Value> {
    let path = member.path(&format!("/links?from={from}&to={to}"));
    let answer = relay.get(&path, &member.token).await.ok();
    answer["links"].as_array().unwrap().clone()
}

#[tokio::test]
async fn links_of_all_members_are_kept() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    // T35, the relay's part: garbage beside a good link replaces nothing.
    let (first, second) = (owner.link(1, 0), member.link(1, 0));
    add(&relay, &owner, vec![first.clone()], vec![]).await.ok();
    add(&relay, &member, vec![second.clone()], vec![])
        .await
        .ok();
    add(&relay, &member, vec![second.clone()], vec![])
        .await
        .ok();
    assert_eq!(
        links(&relay, &owner, 1, 1).await,
        [json!(text(&first)), json!(text(&second))]
    );
    assert!(links(&relay, &owner, 0, 0).await.is_empty());
    let answer = relay
        .get(&owner.path("/links?from=1&to=0"), bob.token())
        .await
        .ok();
    let authors = [alice.device(), bob.device()].map(|device| text(device.certificate()));
    assert_eq!(answer["authors"], json!(authors));
    add(&relay, &member, vec![first], vec![])
        .await
        .refused(400, "bad-request");
    add(&relay, &owner, vec![owner.link(0, 0)], vec![])
        .await
        .refused(400, "bad-request");
    add(&relay, &owner, vec![owner.link(2, 0)], vec![])
        .await
        .refused(409, "epoch-conflict");
    for cursor in ["", "1", "1.x", "1.2.3", "1.-2", "1.9007199254740992"] {
        let path = owner.path(&format!("/links?from=0&to=9&cursor={cursor}"));
        relay
            .get(&path, alice.token())
            .await
            .refused(400, "bad-request");
    }
    // With a commit, of the epoch that it begins.
    let mut commit = body(&owner.prepare(&Change::default()));
    commit["links"] = json!([text(owner.link(2, 1))]);
    owner.submit(&relay, &commit).await.ok();
    assert_eq!(links(&relay, &owner, 0, 10).await.len(), 3);
}

#[tokio::test]
async fn the_newest_wrap_of_each_secret_is_kept_until_somebody_is_removed() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let secret = new_id();
    add(&relay, &owner, vec![], vec![owner.wrap(0, &secret)])
        .await
        .ok();
    drop(Member::join(&relay, bob.device(), &owner.topic, None).await);
    owner.catch_up(&relay).await;
    add(&relay, &owner, vec![], vec![owner.wrap(0, &secret)])
        .await
        .refused(409, "epoch-conflict");
    let newest = owner.wrap(1, &secret);
    add(&relay, &owner, vec![], vec![newest.clone()]).await.ok();
    let group = relay.get(&owner.path("/group"), alice.token()).await.ok();
    assert_eq!(group["wraps"], json!([{ "secretId": secret, "epoch": 1 }]));
    let info = relay
        .post(&owner.path("/join-info"), bob.token(), &json!({}))
        .await
        .ok();
    assert_eq!(info["wraps"], json!([text(&newest)]));
    let fresh = new_id();
    let remove = Change {
        remove: vec![address_of(bob.device())],
        ..Change::default()
    };
    let mut commit = body(&owner.prepare(&remove));
    commit["wraps"] = json!([text(owner.wrap(2, &fresh))]);
    owner.submit(&relay, &commit).await.ok();
    let group = relay.get(&owner.path("/group"), alice.token()).await.ok();
    assert_eq!(group["wraps"], json!([{ "secretId": fresh, "epoch": 2 }]));
}

#[tokio::test]
async fn since_joining_keeps_no_wraps_and_last_days_no_old_links() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    let mut since = draft(Visibility::Open);
    since.history = History::SinceJoining;
    let owner = Member::found(&relay, &alice, since).await;
    add(&relay, &owner, vec![], vec![owner.wrap(0, &new_id())])
        .await
        .ok();
    let group = relay.get(&owner.path("/group"), alice.token()).await.ok();
    assert_eq!(group["wraps"], json!([]));

    let mut days = draft(Visibility::Open);
    (days.history, days.history_days) = (History::LastDays, 2);
    let mut owner = Member::found(&relay, &alice, days).await;
    owner.commit(&relay, &Change::default()).await;
    add(&relay, &owner, vec![owner.link(1, 0)], vec![])
        .await
        .ok();
    relay.advance(3 * 24 * 3_600_000);
    alice.devices[0].log_in(&relay).await;
    owner.token = alice.token().to_owned();
    owner.commit(&relay, &Change::default()).await;
    add(&relay, &owner, vec![owner.link(2, 1)], vec![])
        .await
        .ok();
    assert_eq!(links(&relay, &owner, 0, 9).await.len(), 2);
    // What is swept does not come back.
    let relay = relay.restart().await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while links(&relay, &owner, 0, 9).await.len() != 1 {
        assert!(
            std::time::Instant::now() < deadline,
            "the sweeper runs at the start"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    add(&relay, &owner, vec![owner.link(1, 0)], vec![])
        .await
        .ok();
    assert_eq!(links(&relay, &owner, 0, 9).await.len(), 1);
}
