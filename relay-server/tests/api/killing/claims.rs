//! Those who fetch prekey bundles, and those whose prekeys they are.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crypto_wasm::wire::{PreKeyBundle, Wire as _};
use reqwest::Method;
use serde_json::{Value, json};

use super::line::Line;
use crate::support::people::key_id;
use crate::support::{Device, Person, bytes};

/// Below this, an owner uploads more.
const LOW: u64 = 120;

/// Keeps up the supply of one-time prekeys until it is over.
pub(crate) async fn supply(owner: Arc<Person>, line: Line) {
    while !line.is_over() {
        let counts = line.get("/api/keys/count", owner.token()).await.ok();
        if counts["oneTimePreKeys"].as_u64().unwrap() < LOW {
            let device = owner.device();
            let mut keys = device.prekeys(0, 40);
            keys.one_time = (0..40).map(|_| Device::one_time_prekey(key_id())).collect();
            (keys.signed, keys.kem_last_resort) = (None, None);
            let body = keys.json();
            let put = line.insist(Method::PUT, "/api/keys", owner.token(), Some(&body));
            assert_eq!(put.await.status, 204);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Fetches bundles until it is over. One whose answer is cut off is gone: it may have been handed out.
pub(crate) async fn fetch(
    fetcher: Arc<Person>,
    owners: Arc<Vec<Arc<Person>>>,
    line: Line,
) -> Vec<Value> {
    let addresses: Vec<_> = owners
        .iter()
        .map(|owner| owner.device().address())
        .collect();
    let asked = json!({ "addresses": addresses });
    let mut bundles = Vec::new();
    while !line.is_over() {
        let path = "/api/prekey-bundles";
        let answer = line
            .ask(&Method::POST, path, fetcher.token(), Some(&asked))
            .await;
        if let Some(answer) = answer {
            let answer = answer.ok();
            let given = answer["bundles"].as_array().unwrap();
            assert_eq!(given.len(), owners.len());
            bundles.extend(given.iter().cloned());
        }
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    bundles
}

/// T12: no one-time prekey was handed out twice. How many there were.
pub(crate) fn check(bundles: &[Value]) -> usize {
    let mut seen = HashSet::new();
    for given in bundles {
        let bundle = PreKeyBundle::from_bytes(&bytes(&given["bundle"])).expect("a bundle");
        let owner = given["userId"].as_str().unwrap();
        if let Some(key) = bundle.one_time_prekey {
            let new = seen.insert((owner, key.to_bytes().expect("bytes")));
            assert!(new, "a one-time prekey was handed out twice");
        }
        if !bundle.kem_prekey.last_resort.0 {
            let new = seen.insert((owner, bundle.kem_prekey.to_bytes().expect("bytes")));
            assert!(new, "a KEM prekey was handed out twice");
        }
    }
    seen.len()
}
