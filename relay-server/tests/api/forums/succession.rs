//! T34, the relay's part: a topic goes on in its next group, founded by an owner, and by nobody else.

use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::wire::Wire as _;
use serde_json::{Value, json};

use crate::support::people::rng;
use crate::support::topics::{Member, draft, key_packages, now_s};
use crate::support::{Person, Relay, text};

pub(super) fn succeed(member: &Member) -> (TopicGroup, Value) {
    let next = member
        .group
        .succeed(&member.device, now_s(), &mut rng())
        .unwrap();
    let body = json!({
        "groupInfo": text(next.group_info().unwrap()),
        "tree": text(next.tree().unwrap()),
        "policy": text(next.state().policy.to_bytes().unwrap()),
    });
    (next, body)
}

#[tokio::test]
async fn t34_the_next_group_takes_the_place_of_the_one_before() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Invite)).await;
    let used = owner.invite(bob.device(), 1);
    let mut member = Member::join(&relay, bob.device(), &owner.topic, Some(used)).await;
    owner.catch_up(&relay).await;
    owner.post(&relay, b"before").await;
    let path = owner.path("/generations");
    let (next, body) = succeed(&owner);
    let (_, another) = succeed(&owner);

    for (token, status, code) in [
        (bob.token(), 400, "bad-request"),
        (carol.token(), 404, "not-found"),
    ] {
        relay.post(&path, token, &body).await.refused(status, code);
    }
    let mut mixed = body.clone();
    mixed["policy"] = text(owner.group.state().policy.to_bytes().unwrap()).into();
    relay
        .post(&path, alice.token(), &mixed)
        .await
        .refused(400, "bad-request");
    let mut odd = body.clone();
    odd["groupInfo"] = text(owner.group.group_info().unwrap()).into();
    relay
        .post(&path, alice.token(), &odd)
        .await
        .refused(422, "commit-refused");
    let topic = relay.post(&path, alice.token(), &body).await.ok();
    assert_eq!(
        (&topic["generation"], &topic["epoch"], &topic["members"]),
        (&json!(1), &json!(1_u64 << 32), &json!(1))
    );
    // The answer was lost: the same again. Another one does not follow.
    relay.post(&path, alice.token(), &body).await.ok();
    relay
        .post(&path, alice.token(), &another)
        .await
        .refused(422, "commit-refused");

    // Bob reads the log of the group that was, and is nobody in the one that is.
    relay
        .get(&member.path("/commits?after=0"), bob.token())
        .await
        .ok();
    relay
        .get(&member.path("/posts"), bob.token())
        .await
        .refused(404, "not-found");
    let late = member.prepare(&Change::default());
    member
        .submit(&relay, &crate::support::topics::body(&late))
        .await
        .refused(404, "not-found");
    // What is of the group before comes too late.
    owner
        .send(&relay, &owner.post_body(b"late"))
        .await
        .refused(409, "epoch-conflict");

    owner.group = next;
    let package = key_packages(bob.device(), 1, false).remove(0);
    let change = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    owner.commit(&relay, &change).await;
    let member = Member::welcome(&relay, bob.device(), &package).await;
    assert_eq!(member.group.epoch(), (1 << 32) + 1);
    let posts = relay.get(&member.path("/posts"), bob.token()).await.ok();
    assert_eq!(posts["items"].as_array().unwrap().len(), 1);
    // After a restart the relay follows the group that is.
    owner.commit(&relay, &Change::default()).await;
}
