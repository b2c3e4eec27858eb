//! `/api/links`: where two devices meet.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Relay, random, text};

async fn call(relay: &Relay, path: &str, body: Value) -> Answer {
    let path = format!("/api/links{path}");
    relay.call(Method::POST, &path, None, Some(&body)).await
}

async fn send(relay: &Relay, id: &str, side: &str, number: u64, content: &[u8]) -> Answer {
    let body = json!({ "id": id, "side": side, "number": number, "content": text(content) });
    call(relay, "/send", body).await
}

async fn receive(relay: &Relay, id: &str, side: &str, from: u64) -> Answer {
    call(
        relay,
        "/receive",
        json!({ "id": id, "side": side, "from": from }),
    )
    .await
}

#[tokio::test]
async fn two_devices_meet_for_ten_minutes_and_the_database_forgets_them() {
    let relay = Relay::start().await;
    let id = text(random::<16>());
    receive(&relay, &id, "new", 0)
        .await
        .refused(404, "not-found");
    let opened = call(&relay, "", json!({ "id": id })).await;
    assert_eq!(opened.status, 201);
    let lasts = opened.body["expiresAt"].as_u64().unwrap();
    call(&relay, "", json!({ "id": id }))
        .await
        .refused(409, "conflict");
    let sent = send(&relay, &id, "old", 0, b"hello").await.ok();
    assert_eq!(sent, json!({ "accepted": true }));
    let received = receive(&relay, &id, "new", 0).await.ok();
    assert_eq!(
        received["items"],
        json!([{ "number": 0, "content": text(b"hello") }])
    );
    assert_eq!(
        receive(&relay, &id, "old", 0).await.ok()["items"],
        json!([])
    );
    for number in 1..5 {
        let accepted = send(&relay, &id, "old", number, b"more").await.ok()["accepted"].clone();
        assert_eq!(accepted, json!(number < 4));
    }
    send(&relay, &id, "new", 0, &vec![0; 48 * 1024]).await.ok();
    send(&relay, &id, "new", 1, &vec![0; 48 * 1024 + 1])
        .await
        .refused(413, "too-large");
    send(&relay, &id, "new", 3, b"x")
        .await
        .refused(409, "conflict");
    send(&relay, "AAAA", "new", 3, b"x")
        .await
        .refused(400, "bad-request");
    send(&relay, &id, "third", 3, b"x")
        .await
        .refused(400, "bad-request");
    relay.advance(10 * 60 * 1000);
    receive(&relay, &id, "new", 0)
        .await
        .refused(404, "not-found");
    assert!(lasts > 0);
    let other = text(random::<16>());
    call(&relay, "", json!({ "id": other })).await.ok();
    assert_eq!(
        call(&relay, "/end", json!({ "id": other })).await.status,
        204
    );
    receive(&relay, &other, "new", 0)
        .await
        .refused(404, "not-found");
}

#[tokio::test]
async fn t12_who_calls_too_often_is_slowed_down() {
    let relay = Relay::start_with(|config| config.rates.links = 62).await;
    for _ in 0..2 {
        let id = text(random::<16>());
        call(&relay, "", json!({ "id": id })).await.ok();
    }
    let id = text(random::<16>());
    let refused = call(&relay, "", json!({ "id": id })).await;
    assert!(refused.headers.contains_key("retry-after"));
    refused.refused(429, "rate-limited");
    for _ in 0..2 {
        receive(&relay, &id, "new", 0)
            .await
            .refused(404, "not-found");
    }
    receive(&relay, &id, "new", 0)
        .await
        .refused(429, "rate-limited");
}
