//! Registration and look-up.

use serde_json::json;

use crate::support::people::{encoded, wire_user};
use crate::support::relay::contents;
use crate::support::{Device, Person, Relay, new_id, text};

#[tokio::test]
async fn a_user_registers_and_is_found() {
    let relay = Relay::start().await;
    let person = Person::new("Alice");
    let registration = person.registration(&person.device().prekeys(3, 3));
    let answer = relay.post("/api/users", "", &registration).await;
    assert_eq!(answer.status, 201);
    let document = answer.body;
    assert_eq!(
        document,
        json!({
            "id": person.id,
            "username": "alice",
            "accountKey": text(person.account.public_key().as_bytes()),
            "deviceList": text(encoded(&person.list)),
            "certificates": [text(person.device().certificate())],
        })
    );
    let other = Person::register(&relay, "bob").await;
    assert_eq!(
        relay
            .get(&format!("/api/users/{}", person.id), other.token())
            .await
            .ok(),
        document
    );
    assert_eq!(
        relay
            .get("/api/users?username=ALICE", other.token())
            .await
            .ok(),
        document
    );
    relay
        .get("/api/users?username=carol", other.token())
        .await
        .refused(404, "not-found");
    relay
        .get(&format!("/api/users/{}", new_id()), other.token())
        .await
        .refused(404, "not-found");
}

#[tokio::test]
async fn registering_again_is_the_same_or_a_conflict() {
    let relay = Relay::start().await;
    let person = Person::new("alice");
    let prekeys = person.device().prekeys(1, 1);
    let registration = person.registration(&prekeys);
    let first = relay.post("/api/users", "", &registration).await.ok();
    let before = contents(&relay.database());
    assert_eq!(
        relay.post("/api/users", "", &registration).await.ok(),
        first
    );

    let mut renamed = registration.clone();
    renamed["username"] = "alice2".into();
    relay
        .post("/api/users", "", &renamed)
        .await
        .refused(409, "conflict");
    let mut other_keys = registration.clone();
    other_keys["preKeys"] = person.device().prekeys(1, 1).json();
    relay
        .post("/api/users", "", &other_keys)
        .await
        .refused(409, "conflict");

    let namesake = Person::new("ALICE");
    let taken = namesake.registration(&namesake.device().prekeys(0, 0));
    relay
        .post("/api/users", "", &taken)
        .await
        .refused(409, "username-taken");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn parallel_registrations_of_one_name_give_one_user() {
    let relay = Relay::start().await;
    let people: Vec<_> = (0..8).map(|_| Person::new("alice")).collect();
    let bodies = people
        .iter()
        .map(|person| person.registration(&person.device().prekeys(0, 0)));
    let calls = bodies.map(|body| {
        let api = relay.api();
        tokio::spawn(async move { api.post("/api/users", "", &body).await.status })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused() {
    let relay = Relay::start().await;
    let before = contents(&relay.database());
    let person = Person::new("alice");
    let stranger = Person::new("mallory");
    let good = person.registration(&person.device().prekeys(1, 1));
    let with = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let second = Device::new(&person.account, &person.id);
    let of_two = person
        .account
        .first_device_list(
            wire_user(&person.id),
            vec![person.device().listed(), second.listed()],
            1,
        )
        .unwrap();
    let successor = person.next_list(&[person.device()]);
    let empty = person
        .account
        .first_device_list(wire_user(&person.id), vec![], 1)
        .unwrap();
    let under_other_account = Device::with_id(&stranger.account, &person.id, person.device().id);
    for (why, body) in [
        ("another id", with("id", new_id().into())),
        (
            "another user's list",
            with("deviceList", text(encoded(&stranger.list)).into()),
        ),
        (
            "another user's certificate",
            with("certificate", text(stranger.device().certificate()).into()),
        ),
        (
            "a certificate under another account",
            with(
                "certificate",
                text(under_other_account.certificate()).into(),
            ),
        ),
        (
            "another device's certificate",
            with("certificate", text(second.certificate()).into()),
        ),
        (
            "two devices",
            with("deviceList", text(encoded(&of_two)).into()),
        ),
        (
            "no device",
            with("deviceList", text(encoded(&empty)).into()),
        ),
        (
            "a second list",
            with("deviceList", text(encoded(&successor)).into()),
        ),
        (
            "no signed prekey",
            with(
                "preKeys",
                json!({ "kemLastResort": good["preKeys"]["kemLastResort"] }),
            ),
        ),
        (
            "no last resort",
            with(
                "preKeys",
                json!({ "signedPreKey": good["preKeys"]["signedPreKey"] }),
            ),
        ),
    ] {
        let answer = relay.post("/api/users", "", &body).await;
        let code = answer.body["code"].as_str().map(str::to_owned);
        assert!(
            matches!(code.as_deref(), Some("bad-request" | "bad-signature")),
            "{why}: {}",
            answer.body
        );
    }
    assert_eq!(contents(&relay.database()), before);
    relay.post("/api/users", "", &good).await.ok();
}

#[tokio::test]
async fn every_signature_is_checked() {
    let relay = Relay::start().await;
    let before = contents(&relay.database());
    let person = Person::new("alice");
    let prekeys = person.device().prekeys(1, 1);
    let flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes
    };
    let mut cases = Vec::new();
    let good = person.registration(&prekeys);
    for (field, bytes) in [
        ("deviceList", encoded(&person.list)),
        ("certificate", person.device().certificate()),
    ] {
        let mut body = good.clone();
        body[field] = text(flipped(&bytes)).into();
        cases.push((field, body));
    }
    let mut signed = prekeys.clone();
    signed.signed = signed.signed.as_deref().map(flipped);
    cases.push(("signedPreKey", person.registration(&signed)));
    let mut last_resort = prekeys.clone();
    last_resort.kem_last_resort = last_resort.kem_last_resort.as_deref().map(flipped);
    cases.push(("kemLastResort", person.registration(&last_resort)));
    let mut kem = prekeys.clone();
    kem.kem = kem.kem.iter().map(|key| flipped(key)).collect();
    cases.push(("kemPreKeys", person.registration(&kem)));
    let mut foreign = prekeys.clone();
    foreign.signed = Some(Person::new("mallory").device().signed_prekey(7));
    cases.push(("signedPreKey", person.registration(&foreign)));
    for (field, body) in cases {
        let answer = relay.post("/api/users", "", &body).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (400, Some("bad-signature")),
            "{field}"
        );
    }
    assert_eq!(contents(&relay.database()), before);
}
