//! Commits: one for each epoch, applied by the relay's own rules, remembered.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use serde_json::{Value, json};

use crate::support::relay::contents;
use crate::support::topics::{Member, address_of, body, draft};
use crate::support::{Person, Relay, bytes, text};

#[tokio::test]
async fn of_commits_in_one_epoch_one_wins() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    let first = body(&owner.prepare(&Change::default()));
    let second = body(&member.prepare(&Change::default()));
    let (one, other) = tokio::join!(owner.submit(&relay, &first), member.submit(&relay, &second));
    let (winner, loser) = if one.status == 200 {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(winner.ok(), json!({ "epoch": 2 }));
    assert_eq!(loser.refused(409, "epoch-conflict")["epoch"], 2);
    // The very same bytes again answer as before, from their committer.
    let log = relay
        .get(&owner.path("/commits?after=1"), alice.token())
        .await
        .ok();
    assert_eq!(log["items"].as_array().map(Vec::len), Some(1));
    let (again, thief) = if log["items"][0]["commit"] == first["commit"] {
        (
            owner.submit(&relay, &first).await,
            member.submit(&relay, &first).await,
        )
    } else {
        (
            member.submit(&relay, &second).await,
            owner.submit(&relay, &second).await,
        )
    };
    assert_eq!(again.ok(), json!({ "epoch": 2 }));
    thief.refused(409, "epoch-conflict");
}

#[tokio::test]
async fn what_does_not_apply_or_breaks_a_rule_is_refused() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    let before = contents(&relay.database());
    let good = owner.prepare(&Change::default());
    let good_body = body(&good);
    // Another member cannot send it as its own, and every changed byte is noticed.
    member
        .submit(&relay, &good_body)
        .await
        .refused(422, "commit-refused");
    for place in [0, 10, good.commit.len() / 4, good.commit.len() / 2] {
        let mut forged = good.commit.clone();
        forged[place] ^= 1;
        let mut body = good_body.clone();
        body["commit"] = text(forged).into();
        owner
            .submit(&relay, &body)
            .await
            .refused(422, "commit-refused");
    }
    let mut old_info = good_body.clone();
    old_info["groupInfo"] = text(owner.group.group_info().unwrap()).into();
    owner
        .submit(&relay, &old_info)
        .await
        .refused(422, "commit-refused");
    let mut strange = good_body.clone();
    strange["groupInfo"] = text([0; 100]).into();
    owner
        .submit(&relay, &strange)
        .await
        .refused(422, "commit-refused");
    // A plain member removes nobody: its own client refuses to make the commit.
    let remove = Change {
        remove: vec![address_of(alice.device())],
        ..Change::default()
    };
    assert!(
        member
            .group
            .commit(&remove, 0, &mut crate::support::people::rng())
            .is_err()
    );
    let later =
        json!({ "epoch": 7, "commit": text(&good.commit), "groupInfo": text(&good.group_info) });
    assert_eq!(
        owner
            .submit(&relay, &later)
            .await
            .refused(409, "epoch-conflict")["epoch"],
        1
    );
    assert_eq!(contents(&relay.database()), before);
    owner.submit(&relay, &good_body).await.ok();
}

#[tokio::test]
async fn the_log_is_replayed_after_a_restart() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    // More commits than there are between two snapshots.
    for _ in 0..70 {
        owner.commit(&relay, &Change::default()).await;
    }
    let relay = relay.restart().await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    assert_eq!(member.group.epoch(), 71);
    owner.catch_up(&relay).await;
    let path = owner.path("/commits?after=0&limit=50");
    let page = relay.get(&path, alice.token()).await.ok();
    assert_eq!(
        (page["items"].as_array().map(Vec::len), &page["next"]),
        (Some(50), &json!(50))
    );
    let path = owner.path("/commits?after=50");
    let page = relay.get(&path, alice.token()).await.ok();
    assert_eq!(
        (&page["items"][0]["epoch"], &page["next"]),
        (&json!(50), &Value::Null)
    );
    assert_eq!(page["items"].as_array().map(Vec::len), Some(21));
}

#[tokio::test]
async fn who_was_removed_reads_how_and_nothing_more() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Invite)).await;
    let used = owner.invite(bob.device(), 1);
    let mut member = Member::join(&relay, bob.device(), &owner.topic, Some(used)).await;
    owner.catch_up(&relay).await;
    owner.post(&relay, b"one").await;
    let remove = Change {
        remove: vec![address_of(bob.device())],
        ..Change::default()
    };
    owner.commit(&relay, &remove).await;
    owner.commit(&relay, &Change::default()).await;
    let page = relay
        .get(&member.path("/commits?after=1"), bob.token())
        .await
        .ok();
    assert_eq!(
        page["items"].as_array().map(Vec::len),
        Some(1),
        "no commit after the removal"
    );
    let changes = member
        .group
        .process(&bytes(&page["items"][0]["commit"]))
        .unwrap();
    assert!(changes.self_removed);
    for rest in ["", "/group", "/posts", "/links?from=0&to=1"] {
        relay
            .get(&member.path(rest), bob.token())
            .await
            .refused(404, "not-found");
    }
    member
        .send(&relay, &member.post_body(b"late"))
        .await
        .refused(404, "not-found");
    let topic = relay.get(&owner.path(""), alice.token()).await.ok();
    assert_eq!(topic["members"], 1);
}

#[tokio::test]
async fn who_leaves_is_served_no_longer_and_can_be_removed_by_anybody() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let mut leaver = Member::join(&relay, bob.device(), &owner.topic, None).await;
    let mut other = Member::join(&relay, carol.device(), &owner.topic, None).await;
    leaver.catch_up(&relay).await;
    let request = leaver.group.leave_request().unwrap();
    let encoded = crypto_wasm::wire::Wire::to_bytes(&request).unwrap();
    let leave = json!({ "request": text(&encoded) });
    let path = leaver.path("/leave");
    relay
        .post(&path, carol.token(), &leave)
        .await
        .refused(400, "bad-request");
    let mut forged = encoded.clone();
    *forged.last_mut().unwrap() ^= 1;
    let forged = json!({ "request": text(forged) });
    relay
        .post(&path, bob.token(), &forged)
        .await
        .refused(400, "bad-signature");
    assert_eq!(relay.post(&path, bob.token(), &leave).await.status, 204);
    leaver
        .send(&relay, &leaver.post_body(b"late"))
        .await
        .refused(404, "not-found");
    let late = body(&leaver.prepare(&Change::default()));
    leaver.submit(&relay, &late).await.refused(404, "not-found");
    let group = relay.get(&other.path("/group"), carol.token()).await.ok();
    assert_eq!(group["leaves"], json!([{ "request": text(&encoded) }]));
    let change = Change {
        remove: vec![address_of(bob.device())],
        authorizations: vec![crypto_wasm::forum::wire::Authorization::Leave(request)],
        ..Change::default()
    };
    other.commit(&relay, &change).await;
    let group = relay.get(&other.path("/group"), carol.token()).await.ok();
    assert_eq!((&group["leaves"], &group["epoch"]), (&json!([]), &json!(3)));
    // Back again: the old request is of no more use.
    let back = Member::join(&relay, bob.device(), &owner.topic, None).await;
    back.post(&relay, b"back").await;
}

/// T31: a revoked device is served no longer, long before somebody removes its leaf.
#[tokio::test]
async fn t31_a_revoked_device_is_out_at_once() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Closed)).await;
    let package = crate::support::topics::key_packages(&alice.devices[1], 1, false).remove(0);
    let add = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&relay, &add).await;
    let second = Member::welcome(&relay, &alice.devices[1], &package).await;
    second.post(&relay, b"hello").await;
    let topic = relay.get(&owner.path(""), alice.token()).await.ok();
    assert_eq!(topic["members"], 1, "accounts, not devices");
    let revoked = alice.revoke(&relay, 1).await;
    relay
        .get(&owner.path("/posts"), &revoked.token)
        .await
        .refused(401, "unauthorized");
    let page = relay.get(&owner.path("/posts"), alice.token()).await.ok();
    assert_eq!(
        page["authors"],
        json!([text(revoked.certificate())]),
        "its posts stay readable"
    );
    let remove = Change {
        remove: vec![address_of(&revoked)],
        ..Change::default()
    };
    owner.commit(&relay, &remove).await;
    // Nor can it be added again.
    let change = Change {
        add: vec![
            crate::support::topics::key_packages(&revoked, 1, false)
                .remove(0)
                .key_package,
        ],
        ..Change::default()
    };
    let commit = owner.prepare(&change);
    let refused = owner
        .submit(&relay, &body(&commit))
        .await
        .refused(422, "commit-refused");
    assert_eq!(refused["reason"], "unknown-device");
}
