//! Posts: in order, once, by whom and when the group allows it.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use serde_json::{Value, json};

use crate::support::topics::{Member, address_of, draft};
use crate::support::{Person, Relay, new_id, text};

#[tokio::test]
async fn posts_are_numbered_paged_and_stored_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    let empty = relay.get(&owner.path("/posts"), alice.token()).await.ok();
    assert_eq!(
        empty,
        json!({ "items": [], "authors": [], "first": 1, "last": 0 })
    );
    let bodies: Vec<Value> = (0..10_u8)
        .map(|number| {
            if number % 2 == 0 {
                owner.post_body(&[number])
            } else {
                member.post_body(&[number])
            }
        })
        .collect();
    let sent = bodies.iter().enumerate().map(|(number, body)| {
        if number % 2 == 0 {
            owner.send(&relay, body)
        } else {
            member.send(&relay, body)
        }
    });
    let answers = futures_util::future::join_all(sent).await;
    let mut seqs: Vec<u64> = Vec::new();
    for (number, answer) in answers.into_iter().enumerate() {
        let answer = answer.ok();
        let author = if number % 2 == 0 { &owner } else { &member };
        assert_eq!(
            author.send(&relay, &bodies[number]).await.ok(),
            answer,
            "the same again"
        );
        seqs.push(answer["seq"].as_u64().unwrap());
    }
    let mut sorted = seqs.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=10).collect::<Vec<_>>());
    // The same id with other content, and another's id.
    let mut other = bodies[0].clone();
    other["post"] = text(owner.post_of(bodies[0]["id"].as_str().unwrap(), 1, b"other")).into();
    owner.send(&relay, &other).await.refused(409, "conflict");

    let page = relay
        .get(&owner.path("/posts?after=0&limit=4"), bob.token())
        .await
        .ok();
    let numbers = |page: &Value| -> Vec<u64> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["seq"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(numbers(&page), [1, 2, 3, 4]);
    assert_eq!((&page["first"], &page["last"]), (&json!(1), &json!(10)));
    let page = relay
        .get(&owner.path("/posts?before=11&limit=3"), bob.token())
        .await
        .ok();
    assert_eq!(numbers(&page), [10, 9, 8]);
    let authors = page["authors"].as_array().unwrap();
    assert!(authors.len() <= 2 && !authors.is_empty());
    let all = relay.get(&owner.path("/posts"), bob.token()).await.ok();
    for (body, seq) in bodies.iter().zip(seqs) {
        let index = usize::try_from(seq).unwrap() - 1;
        assert_eq!(all["items"][index]["post"], body["post"]);
    }
    let both = relay
        .get(&owner.path("/posts?before=3&after=1"), bob.token())
        .await;
    both.refused(400, "bad-request");
}

#[tokio::test]
async fn a_header_must_fit_the_call() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let other = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    let good = member.post_body(b"hello");
    // T16, the relay's part: nobody posts under another's name.
    let mut owner_now = owner;
    owner_now.catch_up(&relay).await;
    owner_now
        .send(&relay, &good)
        .await
        .refused(400, "bad-request");
    owner_now
        .send(&relay, &other.post_body(b"x"))
        .await
        .refused(400, "bad-request");
    let mut wrong = good.clone();
    wrong["id"] = new_id().into();
    member
        .send(&relay, &wrong)
        .await
        .refused(400, "bad-request");
    wrong["post"] = text([1; 50]).into();
    member
        .send(&relay, &wrong)
        .await
        .refused(400, "bad-request");
    let mut long = good.clone();
    let id = good["id"].as_str().unwrap();
    long["post"] = text(member.post_of(id, 1, &vec![0; 65_536])).into();
    member.send(&relay, &long).await.refused(413, "too-large");
    member.send(&relay, &good).await.ok();
}

/// T15, the relay's part: a post of the epoch just over is taken unless that epoch ended with a removal.
#[tokio::test]
async fn t15_late_posts_are_taken_for_one_commit_that_removed_nobody() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let post = |member: &Member, epoch: u64| {
        let id = new_id();
        json!({ "id": id, "post": text(member.post_of(&id, epoch, b"late")) })
    };
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    // Epoch 1: the owner was there in epoch 0, Bob was not.
    owner.send(&relay, &post(&owner, 0)).await.ok();
    let refused = member.send(&relay, &post(&member, 0)).await;
    assert_eq!(refused.refused(409, "epoch-conflict")["epoch"], 1);
    owner
        .send(&relay, &post(&owner, 2))
        .await
        .refused(409, "epoch-conflict");
    drop(Member::join(&relay, carol.device(), &owner.topic, None).await);
    owner.catch_up(&relay).await;
    owner
        .send(&relay, &post(&owner, 0))
        .await
        .refused(409, "epoch-conflict");
    member.send(&relay, &post(&member, 1)).await.ok();
    let remove = Change {
        remove: vec![address_of(carol.device())],
        ..Change::default()
    };
    owner.commit(&relay, &remove).await;
    owner
        .send(&relay, &post(&owner, 2))
        .await
        .refused(409, "epoch-conflict");
    owner.send(&relay, &post(&owner, 3)).await.ok();
}

#[tokio::test]
async fn authors_and_moderators_delete_posts() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut owner = Member::found(&relay, &alice, draft(Visibility::Open)).await;
    let member = Member::join(&relay, bob.device(), &owner.topic, None).await;
    owner.catch_up(&relay).await;
    let (by_owner, by_member) = (owner.post_body(b"1"), member.post_body(b"2"));
    let third = member.post_body(b"3");
    owner.send(&relay, &by_owner).await.ok();
    member.send(&relay, &by_member).await.ok();
    member.send(&relay, &third).await.ok();
    let path = |body: &Value| owner.path(&format!("/posts/{}", body["id"].as_str().unwrap()));
    let delete = |body: &Value, token: &str| {
        let (relay, path, token) = (relay.api(), path(body), token.to_owned());
        async move { relay.delete(&path, &token, None).await }
    };
    delete(&by_owner, bob.token())
        .await
        .refused(403, "forbidden");
    assert_eq!(delete(&by_member, bob.token()).await.status, 204);
    assert_eq!(
        delete(&third, alice.token()).await.status,
        204,
        "an owner's right"
    );
    assert_eq!(
        delete(&third, alice.token()).await.status,
        204,
        "the same again"
    );
    delete(&json!({ "id": new_id() }), alice.token())
        .await
        .refused(404, "not-found");
    let page = relay.get(&owner.path("/posts"), bob.token()).await.ok();
    assert_eq!(page["items"][0]["post"], by_owner["post"]);
    assert_eq!(
        (&page["items"][1]["post"], &page["items"][2]["post"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(page["authors"].as_array().map(Vec::len), Some(1));
    // The place is taken for good: the author's retry does not bring the text back.
    member.send(&relay, &by_member).await.ok();
    let again = relay.get(&owner.path("/posts"), bob.token()).await.ok();
    assert_eq!(again, page);
}
