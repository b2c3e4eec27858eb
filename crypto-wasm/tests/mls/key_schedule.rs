//! `key-schedule.json`: all secrets of a group's epochs (RFC 9420 §8).

use mls_rs::CipherSuiteProvider as _;
use serde_json::Value;

use crate::{bytes, derive_secret, expand_with_label, load, number, suite};

/// What is derived from the epoch's secret, by the RFC's labels.
const DERIVED: [(&str, &str); 8] = [
    ("init_secret", "init"),
    ("sender_data_secret", "sender data"),
    ("encryption_secret", "encryption"),
    ("exporter_secret", "exporter"),
    ("epoch_authenticator", "authentication"),
    ("external_secret", "external"),
    ("confirmation_key", "confirm"),
    ("membership_key", "membership"),
];

#[test]
fn every_secret_of_every_epoch() {
    let cases: Vec<Value> = load("key-schedule.json");
    let suite = suite(&[1; 32]);
    for case in &cases {
        let mut init = bytes(&case["initial_init_secret"]);
        for epoch in case["epochs"].as_array().unwrap() {
            let context = bytes(&epoch["group_context"]);
            let extracted = suite
                .kdf_extract(&init, &bytes(&epoch["commit_secret"]))
                .unwrap();
            let joiner = expand_with_label(&suite, &extracted, b"joiner", &context, 32);
            assert_eq!(*joiner, bytes(&epoch["joiner_secret"]));
            let member = suite
                .kdf_extract(&joiner, &bytes(&epoch["psk_secret"]))
                .unwrap();
            let welcome = derive_secret(&suite, &member, b"welcome");
            assert_eq!(*welcome, bytes(&epoch["welcome_secret"]));
            let secret = expand_with_label(&suite, &member, b"epoch", &context, 32);
            for (name, label) in DERIVED {
                let derived = derive_secret(&suite, &secret, label.as_bytes());
                assert_eq!(*derived, bytes(&epoch[name]), "{name}");
            }
            let (_, public) = suite.kem_derive(&bytes(&epoch["external_secret"])).unwrap();
            assert_eq!(*public, bytes(&epoch["external_pub"]));
            exporter(epoch);
            init = bytes(&epoch["init_secret"]);
        }
    }
}

/// MLS-Exporter (RFC 9420 §8.5).
fn exporter(epoch: &Value) {
    let suite = suite(&[1; 32]);
    let exported = &epoch["exporter"];
    let label = exported["label"].as_str().unwrap().as_bytes();
    let derived = derive_secret(&suite, &bytes(&epoch["exporter_secret"]), label);
    let context = suite.hash(&bytes(&exported["context"])).unwrap();
    let length = number(&exported["length"]);
    let secret = expand_with_label(&suite, &derived, b"exported", &context, length);
    assert_eq!(*secret, bytes(&exported["secret"]));
}
