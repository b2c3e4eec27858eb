//! Conversations and their participants.

use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::relay::contents;
use crate::support::{Person, Relay, new_id};

fn sorted(ids: &[&str]) -> Value {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    json!(ids)
}

#[tokio::test]
async fn a_conversation_is_created_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let body = json!({ "id": new_id(), "participantIds": [bob.id, bob.id] });
    let answer = relay.post("/api/conversations", alice.token(), &body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["id"], body["id"]);
    assert_eq!(answer.body["participantIds"], sorted(&[&alice.id, &bob.id]));
    assert!(answer.body["createdAt"].is_u64());
    let before = contents(&relay.database());
    relay.advance(5000);
    assert_eq!(
        relay
            .post("/api/conversations", alice.token(), &body)
            .await
            .ok(),
        answer.body
    );
    let named = json!({ "id": body["id"], "participantIds": [alice.id, bob.id] });
    assert_eq!(
        relay
            .post("/api/conversations", alice.token(), &named)
            .await
            .ok(),
        answer.body
    );
    let alone = json!({ "id": body["id"], "participantIds": [] });
    relay
        .post("/api/conversations", alice.token(), &alone)
        .await
        .refused(409, "conflict");
    relay
        .post("/api/conversations", bob.token(), &named)
        .await
        .refused(409, "conflict");
    let unknown = json!({ "id": new_id(), "participantIds": [bob.id, new_id()] });
    relay
        .post("/api/conversations", alice.token(), &unknown)
        .await
        .refused(404, "not-found");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn the_list_is_paged() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(alice.converse(&relay, &[&bob]).await);
    }
    bob.converse(&relay, &[]).await;
    created.sort_unstable();
    let mut listed = Vec::new();
    let mut path = "/api/conversations?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page = relay.get(&path, alice.token()).await.ok();
        pages += 1;
        let ids = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned());
        listed.extend(ids);
        match page["next"].as_str() {
            Some(cursor) => path = format!("/api/conversations?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((listed, pages), (created, 3));
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "offset=1",
        "limit=1&limit=2",
    ] {
        relay
            .get(&format!("/api/conversations?{query}"), alice.token())
            .await
            .refused(400, "bad-request");
    }
    let empty = Person::register(&relay, "carol").await;
    let page = relay.get("/api/conversations", empty.token()).await.ok();
    assert_eq!(page, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn participants_come_and_go_and_are_told() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let carol = Person::register(&relay, "carol").await;
    let id = alice.converse(&relay, &[&bob]).await;
    let path = format!("/api/conversations/{id}");
    relay
        .get(&path, carol.token())
        .await
        .refused(404, "not-found");
    let mut carols = HubClient::connect(&relay, carol.token()).await;
    let add = json!({ "userIds": [carol.id, bob.id] });
    let changed = relay
        .post(&format!("{path}/participants"), bob.token(), &add)
        .await
        .ok();
    assert_eq!(
        changed["participantIds"],
        sorted(&[&alice.id, &bob.id, &carol.id])
    );
    assert_eq!(carols.push("ParticipantsChanged").await, json!([id]));
    assert_eq!(relay.get(&path, carol.token()).await.ok(), changed);
    assert_eq!(
        relay
            .post(&format!("{path}/participants"), bob.token(), &add)
            .await
            .ok(),
        changed
    );

    let carols_place = format!("{path}/participants/{}", carol.id);
    assert_eq!(
        relay
            .delete(&carols_place, alice.token(), None)
            .await
            .status,
        204
    );
    assert_eq!(carols.push("ParticipantsChanged").await, json!([id]));
    relay
        .get(&path, carol.token())
        .await
        .refused(404, "not-found");
    relay
        .delete(&carols_place, alice.token(), None)
        .await
        .refused(404, "not-found");
    let own_place = format!("{path}/participants/{}", bob.id);
    assert_eq!(
        relay.delete(&own_place, bob.token(), None).await.status,
        204
    );
    relay
        .delete(&own_place, bob.token(), None)
        .await
        .refused(404, "not-found");
    let left = relay.get(&path, alice.token()).await.ok();
    assert_eq!(left["participantIds"], json!([alice.id]));
}

#[tokio::test]
async fn a_conversation_has_at_most_256_participants() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let many: Vec<_> = (0..256).map(|_| new_id()).collect();
    let body = json!({ "id": new_id(), "participantIds": many });
    relay
        .post("/api/conversations", alice.token(), &body)
        .await
        .refused(413, "too-large");
    let id = alice.converse(&relay, &[]).await;
    let add = json!({ "userIds": (0..257).map(|_| new_id()).collect::<Vec<_>>() });
    let path = format!("/api/conversations/{id}/participants");
    relay
        .post(&path, alice.token(), &add)
        .await
        .refused(413, "too-large");
}
