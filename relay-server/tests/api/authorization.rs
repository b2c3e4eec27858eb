//! T24: every call × every kind of caller.

use reqwest::Method;
use serde_json::{Value, json};

use crate::blobs::{metadata, new_blob, upload};
use crate::support::people::encoded;
use crate::support::program::Program;
use crate::support::relay::contents;
use crate::support::{Device, Person, PreKeys, Relay, new_id, random, text};

/// A call as a participant may make it, and what others are told who are logged in but take no part.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    body: Option<Value>,
    /// Status for a participant.
    allowed: u16,
    /// Status for somebody else, if it differs.
    stranger: Option<u16>,
}

pub(crate) struct World {
    relay: Relay,
    alice: Person,
    bob: Person,
    stranger: Person,
    conversation: String,
    file: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let relay = Relay::start().await;
        let mut alice = Person::register(&relay, "alice").await;
        alice.link(&relay).await;
        let bob = Person::register(&relay, "bob").await;
        let stranger = Person::register(&relay, "mallory").await;
        let conversation = alice.converse(&relay, &[&bob]).await;
        bob.send(&relay, &conversation, &[&alice], b"hi").await;
        let file = new_blob();
        upload(&relay, alice.token(), &file, b"file").await;
        Self {
            relay,
            alice,
            bob,
            stranger,
            conversation,
            file,
        }
    }

    /// Every call but those without a caller, in an order in which each still works for Alice's first device.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let (alice, bob) = (&self.alice, &self.bob);
        let call = |method: Method,
                    path: &str,
                    body: Option<Value>,
                    allowed: u16,
                    stranger: Option<u16>| Call {
            method,
            path: path.to_owned(),
            body,
            allowed,
            stranger,
        };
        let conversation = format!("/api/conversations/{}", self.conversation);
        let prekeys = PreKeys {
            signed: None,
            kem_last_resort: None,
            one_time: vec![Device::one_time_prekey(9)],
            kem: vec![],
        };
        let third = Device::new(&alice.account, &alice.id);
        let linked = encoded(&alice.next_list(&[&alice.devices[0], &alice.devices[1], &third]));
        let link = json!({
            "deviceList": text(linked),
            "certificate": text(third.certificate()),
            "preKeys": third.prekeys(0, 0).json(),
        });
        let revoked = json!({ "deviceList": text(encoded(&alice.next_list(&[alice.device()]))) });
        let message = alice.message(&self.conversation, &[bob], b"hi");
        let bundles = json!({ "addresses": [bob.device().address()] });
        let (get, post) = (Method::GET, Method::POST);
        let file = format!("/api/blobs/{}", self.file);
        vec![
            call(get.clone(), "/api/users?username=bob", None, 200, None),
            call(
                get.clone(),
                &format!("/api/users/{}", bob.id),
                None,
                200,
                None,
            ),
            call(Method::PUT, "/api/keys", Some(prekeys.json()), 204, None),
            call(get.clone(), "/api/keys/count", None, 200, None),
            call(
                post.clone(),
                "/api/prekey-bundles",
                Some(bundles),
                200,
                None,
            ),
            call(
                post.clone(),
                "/api/conversations",
                Some(json!({ "id": self.conversation, "participantIds": [bob.id] })),
                201,
                Some(409),
            ),
            call(get.clone(), "/api/conversations", None, 200, None),
            call(get.clone(), &conversation, None, 200, Some(404)),
            call(
                post.clone(),
                &format!("{conversation}/participants"),
                Some(json!({ "userIds": [bob.id] })),
                200,
                Some(404),
            ),
            call(post.clone(), "/api/messages", Some(message), 200, Some(404)),
            call(Method::OPTIONS, "/api/blobs", None, 204, None),
            call(post.clone(), "/api/blobs", None, 201, Some(409)),
            call(Method::HEAD, &file, None, 200, Some(404)),
            call(Method::PATCH, &file, None, 204, Some(404)),
            // Whoever was told the id may read, as may whoever is in a conversation that the relay knows nothing of.
            call(get.clone(), &file, None, 200, None),
            call(Method::DELETE, &file, None, 204, Some(404)),
            call(get.clone(), "/api/mailbox", None, 200, None),
            call(
                post.clone(),
                "/api/mailbox/ack",
                Some(json!({ "upTo": 1 })),
                204,
                Some(400),
            ),
            call(
                Method::DELETE,
                &format!("{conversation}/participants/{}", bob.id),
                None,
                204,
                Some(404),
            ),
            call(
                Method::PUT,
                &format!("/api/devices/{}", third.id),
                Some(link),
                201,
                Some(400),
            ),
            call(
                Method::DELETE,
                &format!("/api/devices/{}", alice.devices[1].id),
                Some(revoked),
                409, // The list is no longer the successor, after linking.
                Some(400),
            ),
        ]
    }

    async fn call(&self, call: &Call, token: Option<&str>) -> crate::support::Answer {
        if call.path.starts_with("/api/blobs") {
            return self.file_call(call, token).await;
        }
        self.relay
            .call(call.method.clone(), &call.path, token, call.body.as_ref())
            .await
    }

    /// A call with the headers of tus.
    async fn file_call(&self, call: &Call, token: Option<&str>) -> crate::support::Answer {
        let url = format!("{}{}", self.relay.url, call.path);
        let mut request = self.relay.client.request(call.method.clone(), url);
        for (name, value) in [
            ("tus-resumable", "1.0.0"),
            ("content-type", "application/offset+octet-stream"),
            ("upload-length", "4"),
            ("upload-offset", "4"),
            ("upload-metadata", &metadata(&self.file)),
        ] {
            request = request.header(name, value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        crate::support::Answer::read(request.send().await.expect("an answer")).await
    }
}

/// That a call was refused for want of a token. An answer to `HEAD` has no body to say so.
#[track_caller]
fn refused(call: &Call, answer: crate::support::Answer) {
    if call.method == Method::HEAD {
        assert_eq!(answer.status, 401);
    } else {
        answer.refused(401, "unauthorized");
    }
}

#[tokio::test]
async fn t24_without_a_good_token_every_call_is_refused() {
    let mut world = World::new().await;
    let calls = world.calls();
    let revoked = world.alice.revoke(&world.relay, 1).await;
    let unknown = text(random::<32>());
    let truncated = &world.alice.token()[..42];
    let before = contents(&world.relay.database());
    for call in &calls {
        for token in [
            None,
            Some(""),
            Some("x"),
            Some(&*unknown),
            Some(truncated),
            Some(&*revoked.token),
        ] {
            let answer = world.call(call, token).await;
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            refused(call, answer);
        }
    }
    world.relay.advance(3_600_001);
    for call in &calls {
        refused(call, world.call(call, Some(world.alice.token())).await);
    }
    assert_eq!(contents(&world.relay.database()), before);
}

#[tokio::test]
async fn t24_strangers_and_those_who_left_are_refused_and_participants_are_not() {
    let world = World::new().await;
    let calls = world.calls();
    let leaver = Person::register(&world.relay, "leaver").await;
    let path = format!("/api/conversations/{}/participants", world.conversation);
    let add = json!({ "userIds": [leaver.id] });
    world.relay.post(&path, world.bob.token(), &add).await.ok();
    assert_eq!(
        world
            .relay
            .delete(&format!("{path}/{}", leaver.id), leaver.token(), None)
            .await
            .status,
        204
    );

    // An administrator is a stranger to conversations.
    let administrator = Person::register(&world.relay, "administrator").await;
    assert!(Program::grant(&world.relay.database(), "administrator"));

    let before = contents(&world.relay.database());
    for person in [&world.stranger, &leaver, &administrator] {
        for call in calls.iter().filter(|call| call.stranger.is_some()) {
            let answer = world.call(call, Some(person.token())).await;
            assert_eq!(
                Some(answer.status),
                call.stranger,
                "{} {}: {}",
                call.method,
                call.path,
                answer.body
            );
        }
    }
    assert_eq!(contents(&world.relay.database()), before);
    for call in calls.iter().filter(|call| call.stranger.is_none()) {
        let answer = world.call(call, Some(world.stranger.token())).await;
        assert_eq!(
            answer.status, call.allowed,
            "{} {}: {}",
            call.method, call.path, answer.body
        );
    }
    for call in &calls {
        let answer = world.call(call, Some(world.alice.token())).await;
        assert_eq!(
            answer.status, call.allowed,
            "{} {}: {}",
            call.method, call.path, answer.body
        );
    }
}

/// T24: lists and mailboxes show the caller's own.
#[tokio::test]
async fn t24_lists_show_nothing_of_others() {
    let world = World::new().await;
    let page = world
        .relay
        .get("/api/conversations", world.stranger.token())
        .await
        .ok();
    assert_eq!(page["items"], json!([]));
    assert_eq!(
        world.stranger.mailbox(&world.relay).await["items"],
        json!([])
    );
    let nobody = format!("/api/conversations/{}", new_id());
    let absent = world.relay.get(&nobody, world.stranger.token()).await;
    let hidden = world
        .relay
        .get(
            &format!("/api/conversations/{}", world.conversation),
            world.stranger.token(),
        )
        .await;
    assert_eq!(
        (absent.status, absent.body),
        (hidden.status, hidden.body),
        "hidden looks like absent"
    );
}

#[tokio::test]
async fn t24_other_schemes_than_bearer_are_refused() {
    let world = World::new().await;
    let token = world.alice.token();
    for header in [
        format!("Basic {token}"),
        format!("Bearer{token}"),
        token.to_owned(),
        "Bearer".into(),
    ] {
        let request = world
            .relay
            .client
            .get(format!("{}/api/mailbox", world.relay.url))
            .header("authorization", header);
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    // Nor does the API take a token from the query, as the hub must.
    let path = format!("/api/mailbox?access_token={token}");
    world
        .relay
        .call(Method::GET, &path, None, None)
        .await
        .refused(401, "unauthorized");
}
