//! Prekey bundles: of a thousand devices at once, and of the same devices by many callers at once, who must never get the same key.

use std::collections::HashSet;
use std::time::Instant;

use crypto_wasm::wire::{PreKeyBundle, Wire as _};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{LANES, Setting, WANTED};
use crate::Result;
use crate::http::{Http, request};
use crate::people::bytes;
use crate::report::RELAY;
use crate::stats::{median, number};

/// Addresses in one call.
const ADDRESSES: usize = 1000;
/// Calls of the one caller; everybody has more one-time keys than that.
const CALLS: usize = 5;
/// Where the callers are among the people.
const CALLERS: usize = 1100;

pub(super) async fn run(setting: &mut Setting) -> Result<()> {
    let relay = setting.relay()?;
    let caller = setting.person(CALLERS)?;
    let mut http = Http::connect(relay.address).await?;
    let request = claim(setting, ADDRESSES, &caller.token)?;
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let begun = Instant::now();
        let answer = http.must(&request).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        take(answer, ADDRESSES, &mut HashSet::new())?;
    }
    let (seconds, count) = at_once(setting, &relay).await?;
    let values = [
        ("1000 addresses ms", median(&times)),
        ("bundles/s", count / seconds),
    ];
    setting.report.add("bundles", RELAY, &values);
    Ok(())
}

/// All callers want the same bundles; seconds, and how many bundles they got.
async fn at_once(setting: &Setting, relay: &crate::process::Server) -> Result<(f64, f64)> {
    let mut calls = Vec::new();
    for caller in setting.some(CALLERS, LANES)? {
        let request = claim(setting, WANTED, &caller.token)?;
        calls.push((Http::connect(relay.address).await?, request));
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (mut http, request) in calls {
        tasks.spawn(async move { http.must(&request).await.map(<[u8]>::to_vec) });
    }
    let mut answers = Vec::new();
    while let Some(answer) = tasks.join_next().await {
        answers.push(answer??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut seen = HashSet::new();
    for answer in &answers {
        take(answer, WANTED, &mut seen)?;
    }
    Ok((seconds, number(LANES * WANTED)))
}

fn claim(setting: &Setting, count: usize, token: &str) -> Result<Vec<u8>> {
    let people = setting.some(0, count)?;
    let addresses: Vec<_> = people.iter().map(|person| person.address()).collect();
    let body = serde_json::to_vec(&json!({ "addresses": addresses }))?;
    Ok(request("POST", "/api/prekey-bundles", token, &body))
}

/// Checks that there are so many bundles, each with one-time keys that nobody has got.
fn take(answer: &[u8], count: usize, seen: &mut HashSet<Vec<u8>>) -> Result<()> {
    let answer: Value = serde_json::from_slice(answer)?;
    let bundles = answer
        .get("bundles")
        .and_then(Value::as_array)
        .ok_or("no bundles")?;
    if bundles.len() != count {
        return Err(format!("{} bundles of {count}", bundles.len()).into());
    }
    for bundle in bundles {
        let bundle = PreKeyBundle::from_bytes(&bytes(bundle.get("bundle"))?)?;
        let one_time = bundle.one_time_prekey.ok_or("no one-time key is left")?;
        if bundle.kem_prekey.last_resort.0 {
            return Err("no one-time KEM key is left".into());
        }
        for key in [one_time.to_bytes()?, bundle.kem_prekey.to_bytes()?] {
            if !seen.insert(key) {
                return Err("a one-time key was handed out twice".into());
            }
        }
    }
    Ok(())
}
