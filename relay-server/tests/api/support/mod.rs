//! A relay, people with real keys, and their calls.

pub(crate) mod cluster;
pub(crate) mod disk;
pub(crate) mod host;
pub(crate) mod hub;
pub(crate) mod nats;
pub(crate) mod people;
pub(crate) mod place;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod relay;
pub(crate) mod topics;

pub(crate) use people::{Device, Person, PreKeys};
pub(crate) use place::Place;
pub(crate) use relay::{Answer, Api, Relay};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes as they stand in JSON.
pub(crate) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes of a JSON string.
pub(crate) fn bytes(value: &serde_json::Value) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(value.as_str().expect("a string"))
        .expect("base64url")
}

/// A fresh UUIDv7-like id as text; later ones sort after earlier ones.
pub(crate) fn new_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = random::<16>();
    id[..8].copy_from_slice(
        &(0x0190_0000_0000_7000 | NEXT.fetch_add(1, Ordering::Relaxed) << 16).to_be_bytes(),
    );
    uuid::Uuid::from_bytes(id).to_string()
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("randomness");
    bytes
}
