//! Coming in: by invitation, by being added, in one's own leaf's place; and what the relay does not let in.

use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::group::{Change, spend_link};
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::wire::Wire as _;
use serde_json::{Value, json};

use crate::support::people::rng;
use crate::support::relay::contents;
use crate::support::topics::{
    Member, address_of, body, draft, external, external_unchecked, key_packages,
};
use crate::support::{Person, Relay, text};

#[tokio::test]
async fn an_invitation_lets_in_and_nothing_else_does() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Invite)).await;
    let ask = |body: Value| {
        let (relay, path, token) = (
            relay.api(),
            owner.path("/join-info"),
            bob.token().to_owned(),
        );
        async move { relay.post(&path, &token, &body).await }
    };
    ask(json!({})).await.refused(404, "not-found");
    ask(json!({ "invitation": text([1; 40]) }))
        .await
        .refused(404, "not-found");
    let used = owner.invite(bob.device(), 2);
    let mut forged = used.invitation.clone();
    forged.not_after_epoch += 1;
    let forged = json!({ "invitation": text(forged.to_bytes().unwrap()) });
    ask(forged).await.refused(404, "not-found");

    let member = Member::join(&relay, bob.device(), &owner.topic, Some(used)).await;
    owner.catch_up(&relay).await;
    assert_eq!(owner.group.epoch(), 1);
    assert_eq!(
        owner.group.archive_key().unwrap().expose(),
        member.group.archive_key().unwrap().expose()
    );
    let topic = relay.get(&member.path(""), bob.token()).await.ok();
    assert_eq!(
        (&topic["members"], &topic["epoch"], &topic["isMember"]),
        (&json!(2), &json!(1), &json!(true))
    );
}

/// T32: what a relay or an eavesdropper sees of an invitation lets in no other device, nor again, nor after a removal.
#[tokio::test]
async fn t32_a_stolen_invitation_is_of_no_use() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mallory = Person::register(&relay, "mallory").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Invite)).await;
    let key = Ed25519PrivateKey::generate(&mut rng());
    let invitation = owner.invitation(&key, 2);
    let used = spend_link(invitation.clone(), &key, &bob.device().certificate).unwrap();
    let request = json!({ "invitation": text(invitation.to_bytes().unwrap()) });
    let path = owner.path("/join-info");
    // Bob's commit never arrives; Mallory spends what was in it.
    let info = relay.post(&path, mallory.token(), &request).await.ok();
    let (_, dropped) = external(bob.device(), &info, Some(used.clone()));
    let before = contents(&relay.database());
    let spent = external_unchecked(mallory.device(), &info, used.clone());
    assert!(
        spent.is_none(),
        "the rules that the relay has, too, refuse it"
    );
    let commits = owner.path("/commits");
    let answer = relay.post(&commits, mallory.token(), &body(&dropped)).await;
    assert_eq!(
        answer.refused(422, "commit-refused")["reason"],
        "not-a-member"
    );
    assert_eq!(contents(&relay.database()), before);

    // A removal ends all invitations.
    let member = Member::join(&relay, bob.device(), &owner.topic, Some(used)).await;
    owner.catch_up(&relay).await;
    let remove = Change {
        remove: vec![address_of(bob.device())],
        ..Change::default()
    };
    owner.commit(&relay, &remove).await;
    let answer = relay.post(&path, mallory.token(), &request).await;
    answer.refused(404, "not-found");
    drop(member);
    // Used up: its last epoch has passed.
    let short = owner.invite(mallory.device(), 1);
    owner.commit(&relay, &Change::default()).await;
    let request = json!({ "invitation": text(short.invitation.to_bytes().unwrap()) });
    let answer = relay.post(&path, mallory.token(), &request).await;
    answer.refused(404, "not-found");
}

/// A commit that was let through join-info, but whose invitation ended meanwhile, is refused with the reason.
#[tokio::test]
async fn an_invitation_that_ended_meanwhile_is_refused() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Invite)).await;
    let used = owner.invite(bob.device(), 1);
    let request = json!({ "invitation": text(used.invitation.to_bytes().unwrap()) });
    let info = relay
        .post(&owner.path("/join-info"), bob.token(), &request)
        .await;
    let (_, commit) = external(bob.device(), &info.ok(), Some(used));
    owner.commit(&relay, &Change::default()).await;
    let path = owner.path("/commits");
    let answer = relay.post(&path, bob.token(), &body(&commit)).await;
    assert_eq!(answer.refused(409, "epoch-conflict")["epoch"], 1);
    // An hour later, without a new invitation, there is no such topic.
    relay.advance(3_600_001);
    let mut bob = bob;
    bob.devices[0].log_in(&relay).await;
    let answer = relay.post(&path, bob.token(), &body(&commit)).await;
    answer.refused(404, "not-found");
}

#[tokio::test]
async fn who_is_added_finds_a_welcome() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Closed)).await;
    let packages = [&bob, &carol].map(|person| key_packages(person.device(), 1, false).remove(0));
    let add = Change {
        add: packages
            .iter()
            .map(|package| package.key_package.clone())
            .collect(),
        ..Change::default()
    };
    let commit = owner.prepare(&add);
    let mut wrong = body(&commit);
    wrong["welcome"]["addresses"].as_array_mut().unwrap().pop();
    owner
        .submit(&relay, &wrong)
        .await
        .refused(400, "bad-request");
    wrong["welcome"] = Value::Null;
    owner
        .submit(&relay, &wrong)
        .await
        .refused(400, "bad-request");
    owner.submit(&relay, &body(&commit)).await.ok();
    owner.group.apply_pending().unwrap();
    // The Welcome's tree and policies are those of its epoch, whatever came since.
    let draft = crypto_wasm::forum::group::PolicyDraft::of(&owner.group.state().policy);
    let policy = owner.group.next_policy(&draft).unwrap();
    let change = Change {
        policy: Some(policy),
        ..Change::default()
    };
    owner.commit(&relay, &change).await;
    for (person, package) in [&bob, &carol].into_iter().zip(&packages) {
        let mut member = Member::welcome(&relay, person.device(), package).await;
        assert_eq!(member.group.epoch(), 1);
        member.catch_up(&relay).await;
        assert_eq!(
            member.group.archive_key().unwrap().expose(),
            owner.group.archive_key().unwrap().expose()
        );
        let path = format!("/api/forum-topics/welcomes/{}?epoch=1", member.topic);
        assert_eq!(relay.delete(&path, person.token(), None).await.status, 204);
        let waiting = relay
            .get("/api/forum-topics/welcomes", person.token())
            .await;
        assert_eq!(waiting.ok(), json!({ "items": [], "next": null }));
    }
    let rows = contents(&relay.database());
    assert!(
        !rows.iter().any(|row| row.starts_with("topic_welcome")),
        "nothing is left of it"
    );
}

#[tokio::test]
async fn a_closed_topic_takes_no_external_commit_but_in_place_of_the_own_leaf() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let owner = Member::found(&relay, &alice, draft(Visibility::Closed)).await;
    owner.post(&relay, b"before").await;
    let rejoined = Member::join(&relay, alice.device(), &owner.topic, None).await;
    assert_eq!(rejoined.group.epoch(), 1);
    rejoined.post(&relay, b"after").await;
    let topic = relay.get(&rejoined.path(""), alice.token()).await.ok();
    assert_eq!(
        (&topic["members"], &topic["lastSeq"]),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn anybody_joins_an_open_topic() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    assert_eq!(member.post(&relay, b"hello").await["seq"], 1);
}
