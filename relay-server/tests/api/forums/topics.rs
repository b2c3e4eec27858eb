//! Forums, administrators, topics as they are created and listed.

use crypto_wasm::forum::wire::{History, Visibility};
use serde_json::{Value, json};

use crate::support::program::Program;
use crate::support::topics::{Member, device_of, draft, found, founding, general};
use crate::support::{Person, Place, Relay, new_id, text};

#[tokio::test]
async fn the_first_start_makes_one_forum_and_later_ones_none() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let forum = general(&relay, alice.token()).await;
    let relay = relay.restart().await;
    let page = relay.get("/api/forums", alice.token()).await.ok();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["items"][0]["id"], forum);
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn administrators_create_forums_and_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let (database, log) = (Place::new(folder.path()), folder.path().join("relay.log"));
    let program = Program::start(&database, &log, "info");
    let alice = Person::register(&program.api, "alice").await;
    let forum = json!({ "id": new_id(), "name": "Sports" });
    let create = || program.api.post("/api/forums", alice.token(), &forum);
    let may_create = || async {
        let page = program.api.get("/api/forums", alice.token()).await.ok();
        page["mayCreate"].clone()
    };
    create().await.refused(403, "forbidden");
    assert_eq!(may_create().await, false);
    assert!(!Program::grant(&database, "nobody"));
    create().await.refused(403, "forbidden");
    assert!(Program::grant(&database, "alice"), "while the relay runs");
    assert_eq!(may_create().await, true);
    let created = create().await;
    assert_eq!(created.status, 201);
    assert_eq!(create().await.ok(), created.body, "the same again");
    let mut other = forum.clone();
    other["name"] = "Music".into();
    let conflict = program.api.post("/api/forums", alice.token(), &other);
    conflict.await.refused(409, "conflict");
    for name in ["", " x", "x\n", &"x".repeat(201)] {
        let body = json!({ "id": new_id(), "name": name });
        let refused = program.api.post("/api/forums", alice.token(), &body);
        refused.await.refused(400, "bad-request");
    }
    let page = program
        .api
        .get("/api/forums?limit=1", alice.token())
        .await
        .ok();
    let next = page["next"].as_str().unwrap();
    let rest = program
        .api
        .get(&format!("/api/forums?cursor={next}"), alice.token())
        .await
        .ok();
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(1));
    assert!(program.terminate());
}

#[tokio::test]
async fn a_topic_is_created_once_by_its_founder() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let id = new_id();
    let group = found(&device_of(alice.device()), &id, draft(Visibility::Invite));
    let forum = general(&relay, alice.token()).await;
    let path = format!("/api/forums/{forum}/topics");
    let good = founding(&id, &group);
    let refuse = |body: Value, token: &str, status: u16, code: &'static str| {
        let (relay, path, token) = (relay.api(), path.clone(), token.to_owned());
        async move { relay.post(&path, &token, &body).await.refused(status, code) }
    };
    refuse(good.clone(), bob.token(), 400, "bad-request").await;
    let mut other = good.clone();
    other["id"] = new_id().into();
    refuse(other, alice.token(), 400, "bad-request").await;
    let mut titled = good.clone();
    titled["publicTitle"] = "not open".into();
    refuse(titled, alice.token(), 400, "bad-request").await;
    let later = found(&device_of(alice.device()), &id, draft(Visibility::Open));
    let mut mixed = good.clone();
    mixed["tree"] = text(later.tree().unwrap()).into();
    refuse(mixed, alice.token(), 422, "commit-refused").await;
    let mut garbage = good.clone();
    garbage["groupInfo"] = text([1; 300]).into();
    refuse(garbage, alice.token(), 422, "commit-refused").await;
    let nowhere = format!("/api/forums/{}/topics", new_id());
    let answer = relay.post(&nowhere, alice.token(), &good).await;
    answer.refused(404, "not-found");

    let created = relay.post(&path, alice.token(), &good).await;
    assert_eq!(created.status, 201);
    let topic = created.body.clone();
    assert_eq!(
        topic,
        json!({
            "id": id, "forumId": forum, "generation": 0, "epoch": 0, "visibility": "invite", "history": "everything",
            "historyDays": 0, "founderId": alice.id, "publicTitle": null, "members": 1, "createdAt": topic["createdAt"],
            "lastSeq": 0, "lastPostAt": null, "isMember": true,
        })
    );
    assert_eq!(relay.post(&path, alice.token(), &good).await.ok(), topic);
    let changed = founding(&id, &later);
    refuse(changed, alice.token(), 409, "conflict").await;
}

#[tokio::test]
async fn lists_show_open_topics_and_the_own_ones() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let mut days = draft(Visibility::Closed);
    (days.history, days.history_days) = (History::LastDays, 7);
    let closed = Member::found(&relay, &alice, days).await;
    let id = new_id();
    let group = found(&device_of(alice.device()), &id, draft(Visibility::Open));
    let forum = general(&relay, alice.token()).await;
    let path = format!("/api/forums/{forum}/topics");
    let mut open = founding(&id, &group);
    open["publicTitle"] = "Open to all".into();
    relay.post(&path, alice.token(), &open).await.ok();

    let page = relay.get(&path, bob.token()).await.ok();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["items"][0]["publicTitle"], "Open to all");
    assert_eq!(page["items"][0]["isMember"], false);
    let hidden = format!("/api/forum-topics/{}", closed.topic);
    relay
        .get(&hidden, bob.token())
        .await
        .refused(404, "not-found");
    let own = relay.get("/api/forum-topics", bob.token()).await.ok();
    assert_eq!(own, json!({ "items": [], "next": null }));

    let page = relay
        .get(&format!("{path}?limit=1"), alice.token())
        .await
        .ok();
    assert_eq!(page["items"][0]["id"], closed.topic);
    assert_eq!(page["items"][0]["history"], "last-days");
    assert_eq!(page["items"][0]["historyDays"], 7);
    let next = page["next"].as_str().unwrap();
    let rest = relay
        .get(&format!("{path}?cursor={next}"), alice.token())
        .await
        .ok();
    assert_eq!(rest["items"][0]["id"], id);
    // Another device of a member's user sees that there is the topic, and is none of its members.
    alice.link(&relay).await;
    let topic = relay.get(&hidden, &alice.devices[1].token).await.ok();
    assert_eq!(
        (&topic["isMember"], &topic["members"]),
        (&json!(false), &json!(1))
    );
    let own = relay
        .get("/api/forum-topics", &alice.devices[1].token)
        .await
        .ok();
    assert_eq!(own["items"], json!([]));
}
