//! Prekeys and bundles.

use std::collections::HashSet;

use crypto_wasm::identity::{Expectations, VerifiedBundle};
use crypto_wasm::wire::{Address, PreKeyBundle, Wire};
use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::people::{key_id, wire_user};
use crate::support::relay::contents;
use crate::support::{Device, Person, PreKeys, Relay, bytes};

fn upload(one_time: Vec<Vec<u8>>, kem: Vec<Vec<u8>>) -> Value {
    PreKeys {
        signed: None,
        kem_last_resort: None,
        one_time,
        kem,
    }
    .json()
}

async fn bundle(relay: &Relay, by: &Person, of: &Device) -> PreKeyBundle {
    let asked = json!({ "addresses": [of.address()] });
    let answer = relay
        .post("/api/prekey-bundles", by.token(), &asked)
        .await
        .ok();
    assert_eq!(answer["missing"], json!([]));
    PreKeyBundle::from_bytes(&bytes(&answer["bundles"][0]["bundle"])).expect("a bundle")
}

#[tokio::test]
async fn bundles_verify_and_end_with_the_last_resort() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 2, 1).await;
    let bob = Person::register(&relay, "bob").await;
    let me = Address {
        user_id: wire_user(&bob.id),
        device_id: bob.device().id,
    };
    let mut bundles = Vec::new();
    for _ in 0..4 {
        let bundle = bundle(&relay, &bob, alice.device()).await;
        VerifiedBundle::verify(bundle.clone(), &Expectations::default(), me)
            .expect("a verified bundle");
        bundles.push(bundle);
    }
    let one_time: Vec<_> = bundles
        .iter()
        .map(|bundle| bundle.one_time_prekey.is_some())
        .collect();
    assert_eq!(one_time, [true, true, false, false]);
    let last_resort: Vec<_> = bundles
        .iter()
        .map(|bundle| bundle.kem_prekey.last_resort.0)
        .collect();
    assert_eq!(last_resort, [false, true, true, true]);
    assert_eq!(bundles[1].kem_prekey, bundles[3].kem_prekey);
    let counts = relay.get("/api/keys/count", alice.token()).await.ok();
    assert_eq!(
        counts,
        json!({ "oneTimePreKeys": 0, "kemPreKeys": 0, "keyPackages": 0 })
    );
}

/// T12, the relay's part: no key twice, however many ask at once, and the last resort goes on working.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t12_parallel_requests_get_no_one_time_key_twice() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 40, 30).await;
    let bob = Person::register(&relay, "bob").await;
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let (api, token) = (relay.api(), bob.token().to_owned());
            let asked = json!({ "addresses": [alice.device().address()] });
            tokio::spawn(async move { api.post("/api/prekey-bundles", &token, &asked).await.ok() })
        })
        .collect();
    let (mut one_time, mut kem, mut without, mut last_resort) =
        (HashSet::new(), HashSet::new(), 0, 0);
    for call in calls {
        let answer = call.await.unwrap();
        let bundle = PreKeyBundle::from_bytes(&bytes(&answer["bundles"][0]["bundle"])).unwrap();
        match bundle.one_time_prekey {
            Some(key) => assert!(one_time.insert(key.id), "handed out twice"),
            None => without += 1,
        }
        if bundle.kem_prekey.last_resort.0 {
            last_resort += 1;
        } else {
            assert!(kem.insert(bundle.kem_prekey.id), "handed out twice");
        }
    }
    assert_eq!((one_time.len(), without), (40, 24));
    assert_eq!((kem.len(), last_resort), (30, 34));
}

/// T12, the relay's part: the claimer is rate-limited.
#[tokio::test]
async fn t12_the_claimer_is_rate_limited() {
    let relay = Relay::start_with(|config| config.rates.bundles = 5).await;
    let alice = Person::register_with(&relay, "alice", 10, 10).await;
    let bob = Person::register(&relay, "bob").await;
    for _ in 0..5 {
        bundle(&relay, &bob, alice.device()).await;
    }
    let before = contents(&relay.database());
    let asked = json!({ "addresses": [alice.device().address()] });
    let refusal = relay.post("/api/prekey-bundles", bob.token(), &asked).await;
    let wait: u64 = refusal.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait));
    refusal.refused(429, "rate-limited");
    assert_eq!(contents(&relay.database()), before);
    // Somebody else is not held up.
    bundle(&relay, &alice, bob.device()).await;
}

#[tokio::test]
async fn a_request_names_each_address_once_and_not_too_many() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let unknown = json!({ "userId": alice.id, "deviceId": 77 });
    let asked = json!({ "addresses": [unknown, alice.device().address(), bob.device().address()] });
    let answer = relay
        .post("/api/prekey-bundles", bob.token(), &asked)
        .await
        .ok();
    assert_eq!(answer["missing"], json!([unknown]));
    assert_eq!(answer["bundles"][0]["userId"], alice.id.as_str());
    assert_eq!(answer["bundles"][1]["deviceId"], bob.device().id);
    let twice = json!({ "addresses": [unknown, unknown] });
    relay
        .post("/api/prekey-bundles", bob.token(), &twice)
        .await
        .refused(400, "bad-request");
    let many: Vec<_> = (1..=1001)
        .map(|id| json!({ "userId": alice.id, "deviceId": id }))
        .collect();
    let many = json!({ "addresses": many });
    relay
        .post("/api/prekey-bundles", bob.token(), &many)
        .await
        .refused(413, "too-large");
}

#[tokio::test]
async fn uploading_is_idempotent_and_ids_keep_their_keys() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 0, 0).await;
    let bob = Person::register(&relay, "bob").await;
    let (one_time, kem) = (
        Device::one_time_prekey(5),
        alice.device().kem_prekey(5, false),
    );
    let body = upload(vec![one_time.clone()], vec![kem.clone()]);
    for _ in 0..2 {
        assert_eq!(
            relay.put("/api/keys", alice.token(), &body).await.status,
            204
        );
        let counts = relay.get("/api/keys/count", alice.token()).await.ok();
        assert_eq!(
            counts,
            json!({ "oneTimePreKeys": 1, "kemPreKeys": 1, "keyPackages": 0 })
        );
    }
    // A used key does not come back.
    bundle(&relay, &bob, alice.device()).await;
    relay.put("/api/keys", alice.token(), &body).await;
    let counts = relay.get("/api/keys/count", alice.token()).await.ok();
    assert_eq!(
        counts,
        json!({ "oneTimePreKeys": 0, "kemPreKeys": 0, "keyPackages": 0 })
    );
    // Nor does its id with another key; one-time and last-resort KEM keys share their ids.
    let before = contents(&relay.database());
    let other_one_time = upload(vec![Device::one_time_prekey(5)], vec![]);
    relay
        .put("/api/keys", alice.token(), &other_one_time)
        .await
        .refused(409, "conflict");
    let other_kem = upload(
        vec![Device::one_time_prekey(6)],
        vec![alice.device().kem_prekey(5, false)],
    );
    relay
        .put("/api/keys", alice.token(), &other_kem)
        .await
        .refused(409, "conflict");
    let last_resort =
        json!({ "kemLastResort": crate::support::text(alice.device().kem_prekey(5, true)) });
    relay
        .put("/api/keys", alice.token(), &last_resort)
        .await
        .refused(409, "conflict");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn reusable_keys_are_replaced_and_a_late_repetition_does_not_undo_that() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 0, 0).await;
    let bob = Person::register(&relay, "bob").await;
    let rotation = |id: u32| {
        let mut keys = alice.device().prekeys(0, 0);
        keys.signed = Some(alice.device().signed_prekey(id));
        keys.kem_last_resort = Some(alice.device().kem_prekey(id, true));
        keys.json()
    };
    let (older, newer) = (rotation(100), rotation(101));
    for body in [&older, &newer, &older] {
        assert_eq!(
            relay.put("/api/keys", alice.token(), body).await.status,
            204
        );
    }
    let bundle = bundle(&relay, &bob, alice.device()).await;
    assert_eq!((bundle.signed_prekey.id, bundle.kem_prekey.id), (101, 101));
}

#[tokio::test]
async fn what_is_not_the_right_key_is_refused() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 0, 0).await;
    let bob = Person::register(&relay, "bob").await;
    let before = contents(&relay.database());
    let put = async |body: Value| relay.put("/api/keys", alice.token(), &body).await;
    let text = |key: Vec<u8>| crate::support::text(key);
    let device = alice.device();
    put(upload(vec![], vec![device.kem_prekey(1, true)]))
        .await
        .refused(400, "bad-request");
    put(json!({ "kemLastResort": text(device.kem_prekey(1, false)) }))
        .await
        .refused(400, "bad-request");
    put(upload(vec![], vec![bob.device().kem_prekey(1, false)]))
        .await
        .refused(400, "bad-signature");
    put(json!({ "signedPreKey": text(bob.device().signed_prekey(1)) }))
        .await
        .refused(400, "bad-signature");
    put(json!({ "signedPreKey": text(device.kem_prekey(1, true)) }))
        .await
        .refused(400, "bad-request");
    put(upload(vec![device.signed_prekey(1)], vec![]))
        .await
        .refused(400, "bad-request");
    put(upload(vec![vec![0xff; 36]], vec![]))
        .await
        .refused(400, "bad-request");
    let mut trailing = Device::one_time_prekey(1);
    trailing.push(0);
    put(upload(vec![trailing], vec![]))
        .await
        .refused(400, "bad-request");
    assert_eq!(contents(&relay.database()), before);
}

#[tokio::test]
async fn more_than_200_unused_keys_are_too_many() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 0, 0).await;
    let keys = |count: usize| {
        (0..count)
            .map(|_| Device::one_time_prekey(key_id()))
            .collect::<Vec<_>>()
    };
    relay
        .put("/api/keys", alice.token(), &upload(keys(201), vec![]))
        .await
        .refused(413, "too-large");
    assert_eq!(
        relay
            .put("/api/keys", alice.token(), &upload(keys(200), vec![]))
            .await
            .status,
        204
    );
    relay
        .put("/api/keys", alice.token(), &upload(keys(1), vec![]))
        .await
        .refused(413, "too-large");
    let counts = relay.get("/api/keys/count", alice.token()).await.ok();
    assert_eq!(counts["oneTimePreKeys"], 200);
}

#[tokio::test]
async fn the_owner_is_told_when_few_are_left() {
    let relay = Relay::start().await;
    let alice = Person::register_with(&relay, "alice", 25, 25).await;
    let bob = Person::register(&relay, "bob").await;
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    bundle(&relay, &bob, alice.device()).await;
    let low = json!([{ "oneTimePreKeys": 24, "kemPreKeys": 24, "keyPackages": 0 }]);
    assert_eq!(hub.push("PreKeysLow").await, low);
    // Also when it comes back later.
    let mut later = HubClient::connect(&relay, alice.token()).await;
    assert_eq!(later.push("PreKeysLow").await, low);
}
