//! The vectors of RFC 9420 (github.com/mlswg/mls-implementations) for the one ciphersuite, through our provider of primitives.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

mod basics;
mod key_schedule;
mod passive_client;

use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::provider::{MemberSuite, RandomSource};
use mls_rs::CipherSuiteProvider as _;
use mls_rs::mls_rs_codec::MlsEncode as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

/// Bytes in hex.
type Hex = String;

fn load<T: DeserializeOwned>(name: &str) -> T {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/mls");
    serde_json::from_slice(&std::fs::read(format!("{folder}/{name}")).unwrap()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The suite of an identity key of 32 bytes.
fn suite(seed: &[u8]) -> MemberSuite {
    let identity = Ed25519PrivateKey::from_seed(seed.try_into().unwrap());
    MemberSuite::new(identity, RandomSource::default())
}

/// `opaque<V>`.
fn vector(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec().mls_encode_to_vec().unwrap()
}

/// What RFC 9420 §5.1 prefixes to every label, and the content.
fn labelled(label: &[u8], content: &[u8]) -> Vec<u8> {
    let label = [b"MLS 1.0 ", label].concat();
    [vector(&label), vector(content)].concat()
}

/// ExpandWithLabel (RFC 9420 §8).
fn expand_with_label(
    suite: &MemberSuite,
    secret: &[u8],
    label: &[u8],
    context: &[u8],
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let size = u16::try_from(length).unwrap().to_be_bytes();
    let info = [&size[..], &labelled(label, context)].concat();
    suite.kdf_expand(secret, &info, length).unwrap()
}

/// DeriveSecret (RFC 9420 §8).
fn derive_secret(suite: &MemberSuite, secret: &[u8], label: &[u8]) -> Zeroizing<Vec<u8>> {
    expand_with_label(suite, secret, label, &[], suite.kdf_extract_size())
}
