//! T24 for topics: every call × every kind of caller.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::wire::Wire as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::succession::succeed;
use crate::malformed::{is_refusal, variations};
use crate::support::program::Program;
use crate::support::relay::contents;
use crate::support::topics::{
    Member, address_of, body, device_of, draft, found, founding, general,
};
use crate::support::{Person, Relay, new_id, random, text};

/// A call and its status for a member, an owner, somebody who was removed, and a stranger.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    body: Option<Value>,
    member: u16,
    owner: u16,
    removed: u16,
    stranger: u16,
}

pub(crate) struct World {
    pub(crate) relay: Relay,
    pub(crate) owner: Person,
    pub(crate) member: Person,
    pub(crate) removed: Person,
    pub(crate) stranger: Person,
    pub(crate) calls: Vec<Call>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let relay = Relay::start().await;
        let owner = Person::register(&relay, "owner").await;
        let member = Person::register(&relay, "member").await;
        let removed = Person::register(&relay, "removed").await;
        let stranger = Person::register(&relay, "stranger").await;
        let mut owners = Member::found(&relay, &owner, draft(Visibility::Invite)).await;
        for person in [&member, &removed] {
            let used = owners.invite(person.device(), 2);
            drop(Member::join(&relay, person.device(), &owners.topic, Some(used)).await);
            owners.catch_up(&relay).await;
        }
        let remove = Change {
            remove: vec![address_of(removed.device())],
            ..Change::default()
        };
        owners.commit(&relay, &remove).await;
        let post = owners.post_body(b"hello");
        owners.send(&relay, &post).await.ok();
        let forum = general(&relay, owner.token()).await;
        let calls = calls(&mut owners, &owner, &forum, post["id"].as_str().unwrap());
        Self {
            relay,
            owner,
            member,
            removed,
            stranger,
            calls,
        }
    }

    async fn status(&self, call: &Call, token: &str) -> u16 {
        let (method, body) = (call.method.clone(), call.body.as_ref());
        let answer = self.relay.call(method, &call.path, Some(token), body).await;
        answer.status
    }
}

/// Every call about topics, made with what the owner could send.
fn calls(owners: &mut Member, owner: &Person, forum: &str, post: &str) -> Vec<Call> {
    let call = |method: Method,
                path: String,
                body: Option<Value>,
                [member, owner, removed, stranger]: [u16; 4]| Call {
        method,
        path,
        body,
        member,
        owner,
        removed,
        stranger,
    };
    let (get, send, delete) = (Method::GET, Method::POST, Method::DELETE);
    let new = new_id();
    let group = found(&device_of(owner.device()), &new, draft(Visibility::Closed));
    let commit = body(&owners.prepare(&Change::default()));
    let links = json!({ "links": [text(owners.link(3, 2))] });
    let (next, succession) = succeed(owners);
    let leave = json!({ "request": text(next.leave_request().unwrap().to_bytes().unwrap()) });
    let list = |rest: &str| owners.path(rest);
    vec![
        call(get.clone(), "/api/forums".into(), None, [200; 4]),
        call(
            send.clone(),
            "/api/forums".into(),
            Some(json!({ "id": new_id(), "name": "x" })),
            [403; 4],
        ),
        call(
            get.clone(),
            format!("/api/forums/{forum}/topics"),
            None,
            [200; 4],
        ),
        call(
            send.clone(),
            format!("/api/forums/{forum}/topics"),
            Some(founding(&new, &group)),
            [400, 201, 400, 400],
        ),
        call(get.clone(), "/api/forum-topics".into(), None, [200; 4]),
        call(
            get.clone(),
            "/api/forum-topics/welcomes".into(),
            None,
            [200; 4],
        ),
        call(
            delete.clone(),
            format!("/api/forum-topics/welcomes/{}?epoch=1", owners.topic),
            None,
            [204; 4],
        ),
        call(
            send.clone(),
            "/api/key-packages".into(),
            Some(json!({ "addresses": [owner.device().address()] })),
            [200; 4],
        ),
        call(get.clone(), list(""), None, [200, 200, 404, 404]),
        call(get.clone(), list("/group"), None, [200, 200, 404, 404]),
        call(get.clone(), list("/commits"), None, [200, 200, 200, 404]),
        call(
            get.clone(),
            list("/links?from=0&to=3"),
            None,
            [200, 200, 404, 404],
        ),
        call(get.clone(), list("/posts"), None, [200, 200, 404, 404]),
        call(
            send.clone(),
            list("/join-info"),
            Some(json!({})),
            [200, 200, 404, 404],
        ),
        call(
            send.clone(),
            list("/links"),
            Some(links),
            [400, 200, 400, 400],
        ),
        call(
            send.clone(),
            list("/links"),
            Some(json!({})),
            [200, 200, 404, 404],
        ),
        call(
            send.clone(),
            list("/posts"),
            Some(owners.post_body(b"more")),
            [400, 200, 400, 400],
        ),
        call(
            delete.clone(),
            list(&format!("/posts/{post}")),
            None,
            [403, 204, 404, 404],
        ),
        call(
            delete,
            list(&format!("/posts/{}", new_id())),
            None,
            [404; 4],
        ),
        call(
            send.clone(),
            list("/commits"),
            Some(commit),
            [422, 200, 404, 404],
        ),
        call(
            send.clone(),
            list("/generations"),
            Some(succession),
            [400, 201, 404, 404],
        ),
        call(send, list("/leave"), Some(leave), [400, 204, 404, 404]),
    ]
}

#[tokio::test]
async fn t24_each_caller_may_what_the_topic_lets_them() {
    let world = World::new().await;
    let before = contents(&world.relay.database());
    for (person, is_stranger) in [(&world.stranger, true), (&world.removed, false)] {
        for call in &world.calls {
            let expected = if is_stranger {
                call.stranger
            } else {
                call.removed
            };
            let status = world.status(call, person.token()).await;
            assert_eq!(
                status, expected,
                "{}: {} {}",
                person.name, call.method, call.path
            );
        }
    }
    assert_eq!(
        contents(&world.relay.database()),
        before,
        "strangers change nothing"
    );
    for call in &world.calls {
        let status = world.status(call, world.member.token()).await;
        assert_eq!(status, call.member, "member: {} {}", call.method, call.path);
    }
    for call in &world.calls {
        let status = world.status(call, world.owner.token()).await;
        assert_eq!(status, call.owner, "owner: {} {}", call.method, call.path);
    }
}

#[tokio::test]
async fn t24_without_a_good_token_nobody_gets_anything() {
    let world = World::new().await;
    let before = contents(&world.relay.database());
    let unknown = text(random::<32>());
    for call in &world.calls {
        for token in ["", "x", &unknown] {
            assert_eq!(
                world.status(call, token).await,
                401,
                "{} {}",
                call.method,
                call.path
            );
        }
    }
    world.relay.advance(3_600_001);
    for call in &world.calls {
        assert_eq!(world.status(call, world.owner.token()).await, 401);
    }
    assert_eq!(contents(&world.relay.database()), before);
}

#[tokio::test]
async fn t24_hidden_topics_look_like_absent_ones() {
    let world = World::new().await;
    let topic = &world.calls[8].path;
    let absent = format!("/api/forum-topics/{}", new_id());
    for rest in ["", "/posts", "/group", "/commits", "/links?from=0&to=1"] {
        let hidden = world
            .relay
            .get(&format!("{topic}{rest}"), world.stranger.token())
            .await;
        let absent = world
            .relay
            .get(&format!("{absent}{rest}"), world.stranger.token())
            .await;
        assert_eq!(
            (hidden.status, hidden.body),
            (absent.status, absent.body),
            "{rest}"
        );
    }
}

/// An administrator makes forums, and sees nothing more of topics than others do.
#[tokio::test]
async fn t24_an_administrator_is_a_stranger_to_topics() {
    let world = World::new().await;
    assert!(Program::grant(&world.relay.database(), "stranger"));
    for call in &world.calls {
        let creates = call.method == Method::POST && call.path == "/api/forums";
        let expected = if creates { 201 } else { call.stranger };
        let status = world.status(call, world.stranger.token()).await;
        assert_eq!(status, expected, "{} {}", call.method, call.path);
    }
}

/// No wrong value in any body changes anything.
#[tokio::test]
async fn malformed_bodies_are_refused() {
    let world = World::new().await;
    let before = contents(&world.relay.database());
    let mut tried = 0;
    for call in &world.calls {
        let bodies = call.body.iter().flat_map(variations);
        for (what, body) in bodies {
            // Links and wraps may be left out.
            if what.contains("without links") || what.contains("without wraps") {
                continue;
            }
            let (method, token) = (call.method.clone(), world.owner.token());
            let answer = world
                .relay
                .call(method, &call.path, Some(token), Some(&body));
            let answer = answer.await;
            assert!(
                is_refusal(&answer),
                "{} {} {what}: {} {}",
                call.method,
                call.path,
                answer.status,
                answer.body
            );
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} variations");
    assert_eq!(contents(&world.relay.database()), before);
}
