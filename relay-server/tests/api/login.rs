//! T25: a login proof works once, for one relay origin, for a minute, for one device.

use serde_json::json;

use crate::support::relay::contents;
use crate::support::{Device, Person, Relay, bytes, new_id, text};

#[tokio::test]
async fn a_device_logs_in_for_an_hour() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let challenge = alice.device().challenge(&relay).await;
    assert_eq!(bytes(&challenge["challenge"]).len(), 32);
    let answer = alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .ok();
    assert_eq!(answer["expiresIn"], 3600);
    let token = answer["accessToken"].as_str().unwrap();
    assert_eq!(bytes(&answer["accessToken"]).len(), 32);
    relay.get("/api/keys/count", token).await.ok();
    relay.advance(3_599_000);
    relay.get("/api/keys/count", token).await.ok();
    relay.advance(2_000);
    relay
        .get("/api/keys/count", token)
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn t25_a_challenge_works_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let challenge = alice.device().challenge(&relay).await;
    alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .ok();
    alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized");
    // Nor does it work after a proof that was refused.
    let challenge = alice.device().challenge(&relay).await;
    alice
        .device()
        .answer(&relay, &challenge, "https://elsewhere.example")
        .await
        .refused(401, "unauthorized");
    alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t25_of_parallel_proofs_one_is_accepted() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let challenge = alice.device().challenge(&relay).await;
    let body = json!({
        "userId": alice.id,
        "deviceId": alice.device().id,
        "challenge": challenge["challenge"],
        "origin": relay.url,
        "signature": text(alice.device().prove(&relay.url, &challenge)),
    });
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let (api, body) = (relay.api(), body.clone());
            tokio::spawn(async move { api.post("/api/auth/token", "", &body).await.status })
        })
        .collect();
    let mut accepted = 0;
    for call in calls {
        accepted += usize::from(call.await.unwrap() == 200);
    }
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn t25_a_challenge_works_for_a_minute() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let (early, late) = (
        alice.device().challenge(&relay).await,
        alice.device().challenge(&relay).await,
    );
    relay.advance(58_000);
    alice.device().answer(&relay, &early, &relay.url).await.ok();
    relay.advance(3_000);
    alice
        .device()
        .answer(&relay, &late, &relay.url)
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn t25_a_proof_is_for_one_of_the_relays_origins() {
    let relay =
        Relay::start_with(|config| config.public_origins = vec!["https://chat.example".into()])
            .await;
    let person = Person::new("alice");
    relay
        .post(
            "/api/users",
            "",
            &person.registration(&person.device().prekeys(0, 0)),
        )
        .await
        .ok();
    let device = person.device();
    for origin in [
        relay.url.as_str(),
        "http://chat.example",
        "https://chat.example/",
        "https://chat.example:8443",
        "https://evil.example",
        "HTTPS://chat.example",
        "",
    ] {
        let challenge = device.challenge(&relay).await;
        device
            .answer(&relay, &challenge, origin)
            .await
            .refused(401, "unauthorized");
    }
    // A proof that a look-alike relay got signed for itself, passed on under the right name.
    let challenge = device.challenge(&relay).await;
    let body = json!({
        "userId": person.id,
        "deviceId": device.id,
        "challenge": challenge["challenge"],
        "origin": "https://chat.example",
        "signature": text(device.prove("https://evil.example", &challenge)),
    });
    relay
        .post("/api/auth/token", "", &body)
        .await
        .refused(401, "unauthorized");
    let challenge = device.challenge(&relay).await;
    device
        .answer(&relay, &challenge, "https://chat.example")
        .await
        .ok();
}

#[tokio::test]
async fn t25_a_challenge_is_for_one_device() {
    let relay = Relay::start().await;
    let mut alice = Person::register(&relay, "alice").await;
    alice.link(&relay).await;
    let bob = Person::register(&relay, "bob").await;
    for other in [&alice.devices[1], bob.device()] {
        let challenge = alice.device().challenge(&relay).await;
        other
            .answer(&relay, &challenge, &relay.url)
            .await
            .refused(401, "unauthorized");
    }
    // Under the right name, with the wrong key.
    let impostor = Device::with_id(&alice.account, &alice.id, alice.device().id);
    let challenge = impostor.challenge(&relay).await;
    impostor
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn t25_a_challenge_that_the_relay_did_not_make_is_refused() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let mut challenge = alice.device().challenge(&relay).await;
    challenge["challenge"] = text([7; 32]).into();
    alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized");
    // Another time of expiry than the relay's.
    let mut challenge = alice.device().challenge(&relay).await;
    challenge["expiresAt"] = (challenge["expiresAt"].as_u64().unwrap() + 60_000).into();
    alice
        .device()
        .answer(&relay, &challenge, &relay.url)
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn strangers_get_challenges_like_anybody() {
    let relay = Relay::start().await;
    let before = contents(&relay.database());
    let unknown = json!({ "userId": new_id(), "deviceId": 9 });
    let answer = relay.post("/api/auth/challenge", "", &unknown).await.ok();
    assert_eq!(bytes(&answer["challenge"]).len(), 32);
    assert!(answer["expiresAt"].is_u64());
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn logins_and_registrations_are_rate_limited() {
    let relay = Relay::start_with(|config| {
        config.rates.logins = 3;
        config.rates.registrations = 2;
    })
    .await;
    let device = Person::new("alice");
    for _ in 0..3 {
        device.device().challenge(&relay).await;
    }
    let refusal = relay
        .post("/api/auth/challenge", "", &device.device().address())
        .await;
    assert!(refusal.headers.contains_key("retry-after"));
    refusal.refused(429, "rate-limited");
    for (name, status) in [("alice", 201), ("bob", 201), ("carol", 429)] {
        let person = Person::new(name);
        let body = person.registration(&person.device().prekeys(0, 0));
        assert_eq!(
            relay.post("/api/users", "", &body).await.status,
            status,
            "{name}"
        );
    }
}
