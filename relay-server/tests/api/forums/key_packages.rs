//! KeyPackages.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::hub::HubClient;
use crate::support::topics::key_packages;
use crate::support::{Device, Person, Relay, text};

fn upload(device: &Device, one_time: usize, last_resort: bool) -> Value {
    let made = key_packages(device, one_time, last_resort);
    let mut body = json!({ "keyPackages": [] });
    for package in made {
        let encoded = text(&package.key_package);
        if package.last_resort {
            body["lastResortKeyPackage"] = encoded.into();
        } else {
            body["keyPackages"]
                .as_array_mut()
                .unwrap()
                .push(encoded.into());
        }
    }
    body
}

/// T12: 1,000 requests at once get no KeyPackage twice, and then the last resort.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t12_key_packages_are_handed_out_once() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let body = upload(alice.device(), 200, true);
    assert_eq!(
        relay.put("/api/keys", alice.token(), &body).await.status,
        204
    );
    let claim = json!({ "addresses": [alice.device().address()] });
    let claims = (0..1000).map(|_| {
        let (relay, token, claim) = (relay.api(), bob.token().to_owned(), claim.clone());
        tokio::spawn(async move { relay.post("/api/key-packages", &token, &claim).await.ok() })
    });
    let mut counted = std::collections::HashMap::new();
    for answer in futures_util::future::join_all(claims).await {
        let answer = answer.unwrap();
        assert_eq!(answer["missing"], json!([]));
        let package = answer["items"][0]["keyPackage"]
            .as_str()
            .unwrap()
            .to_owned();
        *counted.entry(package).or_insert(0) += 1;
    }
    let last_resort = body["lastResortKeyPackage"].as_str().unwrap();
    assert_eq!(counted.remove(last_resort), Some(800));
    assert!(counted.values().all(|times| *times == 1));
    let uploaded: HashSet<String> = body["keyPackages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(counted.into_keys().collect::<HashSet<_>>(), uploaded);
    // What was handed out does not come back.
    assert_eq!(
        relay.put("/api/keys", alice.token(), &body).await.status,
        204
    );
    let counts = relay.get("/api/keys/count", alice.token()).await.ok();
    assert_eq!(counts["keyPackages"], 0);
}

#[tokio::test]
async fn t12_who_takes_too_many_is_slowed_down() {
    let relay = Relay::start_with(|config| config.rates.key_packages = 3).await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let claim = json!({ "addresses": [alice.device().address()] });
    for _ in 0..3 {
        relay
            .post("/api/key-packages", bob.token(), &claim)
            .await
            .ok();
    }
    let answer = relay.post("/api/key-packages", bob.token(), &claim).await;
    assert!(answer.headers.contains_key("retry-after"));
    answer.refused(429, "rate-limited");
    relay
        .post("/api/key-packages", alice.token(), &claim)
        .await
        .ok();
}

#[tokio::test]
async fn only_good_key_packages_of_the_device_are_kept() {
    let relay = Relay::start().await;
    let alice = Person::register(&relay, "alice").await;
    let bob = Person::register(&relay, "bob").await;
    let put = |body: Value| {
        let (relay, token) = (relay.api(), alice.token().to_owned());
        async move { relay.put("/api/keys", &token, &body).await }
    };
    put(upload(bob.device(), 1, false))
        .await
        .refused(400, "bad-request");
    let good = upload(alice.device(), 1, true);
    let swapped = json!({ "lastResortKeyPackage": good["keyPackages"][0] });
    put(swapped).await.refused(400, "bad-request");
    let swapped = json!({ "keyPackages": [good["lastResortKeyPackage"]] });
    put(swapped).await.refused(400, "bad-request");
    let mut forged = key_packages(alice.device(), 1, false).remove(0).key_package;
    *forged.last_mut().unwrap() ^= 1;
    let forged = json!({ "keyPackages": [text(forged)] });
    put(forged).await.refused(400, "bad-signature");
    let many = json!({ "keyPackages": vec![&good["keyPackages"][0]; 201] });
    put(many).await.refused(413, "too-large");
    let claim = json!({ "addresses": [alice.device().address()] });
    let none = relay
        .post("/api/key-packages", bob.token(), &claim)
        .await
        .ok();
    assert_eq!(
        none,
        json!({ "items": [], "missing": [alice.device().address()] })
    );
    assert_eq!(put(good.clone()).await.status, 204);
    // A device with fewer than enough is told so.
    let mut hub = HubClient::connect(&relay, alice.token()).await;
    let answer = relay
        .post("/api/key-packages", bob.token(), &claim)
        .await
        .ok();
    assert_eq!(answer["items"][0]["keyPackage"], good["keyPackages"][0]);
    // The first push may be of before.
    while hub.push("PreKeysLow").await[0]["keyPackages"] != 0 {}
}
