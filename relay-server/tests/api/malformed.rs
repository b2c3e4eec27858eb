//! Malformed input to every call: a problem document, and an unchanged database.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::people::encoded;
use crate::support::relay::contents;
use crate::support::{Answer, Device, Person, Relay, new_id, text};

struct Call {
    method: Method,
    path: String,
    body: Value,
}

async fn calls(alice: &Person, bob: &Person, conversation: &str) -> Vec<Call> {
    let newcomer = Person::new("carol");
    let second = Device::new(&alice.account, &alice.id);
    let linked = encoded(&alice.next_list(&[alice.device(), &second]));
    let call = |method: Method, path: String, body: Value| Call { method, path, body };
    let token = json!({
        "userId": alice.id, "deviceId": alice.device().id, "challenge": text([1; 32]),
        "origin": "http://localhost", "signature": text([2; 64]),
    });
    let link = json!({
        "deviceList": text(&linked), "certificate": text(second.certificate()), "preKeys": second.prekeys(1, 1).json(),
    });
    let post = Method::POST;
    vec![
        call(
            post.clone(),
            "/api/users".into(),
            newcomer.registration(&newcomer.device().prekeys(1, 1)),
        ),
        call(
            post.clone(),
            "/api/auth/challenge".into(),
            alice.device().address(),
        ),
        call(post.clone(), "/api/auth/token".into(), token),
        call(Method::PUT, format!("/api/devices/{}", second.id), link),
        call(
            Method::DELETE,
            format!("/api/devices/{}", alice.device().id),
            json!({ "deviceList": text(&linked) }),
        ),
        call(
            Method::PUT,
            "/api/keys".into(),
            alice.device().prekeys(1, 1).json(),
        ),
        call(
            post.clone(),
            "/api/prekey-bundles".into(),
            json!({ "addresses": [bob.device().address()] }),
        ),
        call(
            post.clone(),
            "/api/conversations".into(),
            json!({ "id": new_id(), "participantIds": [bob.id] }),
        ),
        call(
            post.clone(),
            format!("/api/conversations/{conversation}/participants"),
            json!({ "userIds": [bob.id] }),
        ),
        call(
            post.clone(),
            "/api/messages".into(),
            alice.message(conversation, &[bob], b"hi"),
        ),
        call(post, "/api/mailbox/ack".into(), json!({ "upTo": 0 })),
    ]
}

/// Values that fit no field of any body.
fn wrong_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(18_446_744_073_709_551_615_u64),
        json!("\u{0}"),
        json!("=="),
        json!("AAAA===="),
        json!({ "__proto__": {} }),
        json!([[[[]]]]),
        json!([null]),
        json!([""]),
    ]
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(format!("{at}/{name}"));
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                found.push(format!("{at}/{index}"));
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Bodies that differ from a good one in one place, each with what is wrong.
pub(crate) fn variations(good: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    places(good, "", &mut found);
    for place in &found {
        for wrong in wrong_values() {
            let mut body = good.clone();
            *body.pointer_mut(place).unwrap() = wrong.clone();
            all.push((format!("{place} = {wrong}"), body));
        }
        if let Some(Value::String(text)) = good.pointer(place) {
            for changed in [
                format!("{text}="),
                format!("{text} "),
                format!("{text}é"),
                text.to_uppercase() + "!",
            ] {
                let mut body = good.clone();
                *body.pointer_mut(place).unwrap() = changed.into();
                all.push((format!("{place} changed"), body));
            }
        }
    }
    let mut more = good.clone();
    more["unknown"] = 1.into();
    all.push(("an unknown field".into(), more));
    for name in good.as_object().unwrap().keys() {
        let mut less = good.clone();
        less.as_object_mut().unwrap().remove(name);
        all.push((format!("without {name}"), less));
    }
    all
}

/// Keys and partial sets may be left out; null means the same as leaving them out.
fn is_optional(path: &str, what: &str) -> bool {
    let reusable = ["signedPreKey", "kemLastResort"];
    let lists = ["oneTimePreKeys", "kemPreKeys"];
    let left_out = |name: &str| what == format!("without {name}");
    let null = |name: &str| what.ends_with(&format!("/{name} = null"));
    path == "/api/keys"
        && (lists.iter().any(|name| left_out(name))
            || reusable.iter().any(|name| left_out(name) || null(name)))
}

pub(crate) fn is_refusal(answer: &Answer) -> bool {
    (400..500).contains(&answer.status)
        && answer.headers["content-type"] == "application/problem+json"
        && answer.body["code"].is_string()
        && answer.body["status"] == answer.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_wrong_value_anywhere_changes_anything() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let before = contents(&relay.database());
    let mut tried = 0;
    for call in calls(&alice, &bob, &conversation).await {
        for (what, body) in variations(&call.body) {
            if is_optional(&call.path, &what) {
                continue;
            }
            let answer = relay
                .call(
                    call.method.clone(),
                    &call.path,
                    Some(alice.token()),
                    Some(&body),
                )
                .await;
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
    assert!(tried > 500, "{tried} variations");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let conversation = alice.converse(&relay, &[&bob]).await;
    let before = contents(&relay.database());
    for call in calls(&alice, &bob, &conversation).await {
        let good = call.body.to_string();
        let twice = format!("{good}{good}");
        let duplicate = format!("{{{},{}", &good[1..good.len() - 1], &good[1..]);
        let deep = "[".repeat(100_000);
        let half = good[..good.len() / 2].to_owned();
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "\"\"",
            "\u{feff}{}",
            &twice,
            &duplicate,
            &deep,
            &half,
        ] {
            // `{}` says nothing, which for keys is no fault.
            if body == "{}" && call.path == "/api/keys" {
                continue;
            }
            let request = relay
                .client
                .request(call.method.clone(), format!("{}{}", relay.url, call.path));
            let request = request
                .bearer_auth(alice.token())
                .header("content-type", "application/json");
            let answer = Answer::read(request.body(body.to_owned()).send().await.unwrap()).await;
            let shown = body.get(..40).unwrap_or(body);
            assert!(
                is_refusal(&answer),
                "{} {shown}: {} {}",
                call.path,
                answer.status,
                answer.body
            );
        }
        for content_type in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let mut request = relay
                .client
                .request(call.method.clone(), format!("{}{}", relay.url, call.path));
            request = request.bearer_auth(alice.token()).body(good.clone());
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            Answer::read(request.send().await.unwrap())
                .await
                .refused(400, "bad-request");
        }
    }
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn paths_and_queries_are_strict() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let upper = alice.id.to_uppercase();
    for path in [
        "/api/users".to_owned(),
        "/api/users?username=".into(),
        "/api/users?username=a".into(),
        "/api/users?username=alice&more=1".into(),
        "/api/users?username=alice&username=bob".into(),
        "/api/users/x".into(),
        format!("/api/users/{upper}"),
        "/api/conversations/x".into(),
        "/api/mailbox?after=-1".into(),
        "/api/mailbox?after=x".into(),
        "/api/mailbox?after=9007199254740992".into(),
        "/api/mailbox?after=18446744073709551616".into(),
        "/api/mailbox?limit=0".into(),
        "/api/mailbox?limit=201".into(),
        "/api/mailbox?since=1".into(),
    ] {
        relay
            .get(&path, alice.token())
            .await
            .refused(400, "bad-request");
    }
    let list = json!({ "deviceList": "" });
    for device in ["0", "-1", "2147483648", "x", "1.0"] {
        let path = format!("/api/devices/{device}");
        relay
            .delete(&path, alice.token(), Some(&list))
            .await
            .refused(400, "bad-request");
    }
    relay
        .delete("/api/conversations/x/participants/y", alice.token(), None)
        .await
        .refused(400, "bad-request");
}

#[tokio::test]
async fn what_does_not_exist_is_said_so() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/users/a/b",
        "/hubs",
        "/hubs/other",
        "/nothing",
    ] {
        relay
            .get(path, alice.token())
            .await
            .refused(404, "not-found");
    }
    for (method, path) in [
        (Method::PATCH, "/api/users"),
        (Method::POST, "/api/mailbox"),
        (Method::GET, "/api/messages"),
        (Method::DELETE, "/healthz"),
        (Method::GET, "/hubs/communication/negotiate"),
    ] {
        relay
            .call(method, path, Some(alice.token()), None)
            .await
            .refused(405, "method-not-allowed");
    }
}
