//! `crypto-basics.json`: hashes, derivation, signatures and encryption with labels.

use crypto_wasm::forum::provider::PublicSuite;
use mls_rs::CipherSuiteProvider as _;
use mls_rs_core::crypto::HpkeCiphertext;
use serde_json::Value;

use crate::{bytes, derive_secret, expand_with_label, labelled, load, number, suite, vector};

fn case() -> Value {
    let cases: Vec<Value> = load("crypto-basics.json");
    cases
        .into_iter()
        .find(|case| case["cipher_suite"] == 1)
        .unwrap()
}

fn label(case: &Value) -> &[u8] {
    case["label"].as_str().unwrap().as_bytes()
}

#[test]
fn reference_hashes() {
    let case = &case()["ref_hash"];
    let input = [vector(label(case)), vector(&bytes(&case["value"]))].concat();
    assert_eq!(suite(&[1; 32]).hash(&input).unwrap(), bytes(&case["out"]));
    assert_eq!(PublicSuite.hash(&input).unwrap(), bytes(&case["out"]));
}

#[test]
fn secrets_are_expanded_with_label() {
    let (case, suite) = (case(), suite(&[1; 32]));
    let expand = &case["expand_with_label"];
    let secret = bytes(&expand["secret"]);
    let context = bytes(&expand["context"]);
    let length = number(&expand["length"]);
    let out = expand_with_label(&suite, &secret, label(expand), &context, length);
    assert_eq!(*out, bytes(&expand["out"]));
    let derive = &case["derive_secret"];
    let out = derive_secret(&suite, &bytes(&derive["secret"]), label(derive));
    assert_eq!(*out, bytes(&derive["out"]));
    let tree = &case["derive_tree_secret"];
    let generation = u32::try_from(number(&tree["generation"])).unwrap();
    let context = generation.to_be_bytes();
    let (secret, length) = (bytes(&tree["secret"]), number(&tree["length"]));
    let out = expand_with_label(&suite, &secret, label(tree), &context, length);
    assert_eq!(*out, bytes(&tree["out"]));
}

#[test]
fn signatures_with_label() {
    let case = &case()["sign_with_label"];
    let suite = suite(&bytes(&case["priv"]));
    let public = bytes(&case["pub"]).into();
    let content = labelled(label(case), &bytes(&case["content"]));
    let signature = bytes(&case["signature"]);
    assert_eq!(suite.sign(&suite.signer(), &content).unwrap(), signature);
    assert!(suite.verify(&public, &signature, &content).is_ok());
    assert!(PublicSuite.verify(&public, &signature, &content).is_ok());
    let mut changed = signature;
    changed[0] ^= 1;
    assert!(suite.verify(&public, &changed, &content).is_err());
    assert!(PublicSuite.verify(&public, &changed, &content).is_err());
}

#[test]
fn encryption_with_label() {
    let case = &case()["encrypt_with_label"];
    let suite = suite(&[1; 32]);
    let info = labelled(label(case), &bytes(&case["context"]));
    let ciphertext = HpkeCiphertext {
        kem_output: bytes(&case["kem_output"]),
        ciphertext: bytes(&case["ciphertext"]),
    };
    let private = bytes(&case["priv"]).into();
    let public = bytes(&case["pub"]).into();
    let plaintext = bytes(&case["plaintext"]);
    let opened = suite.hpke_open(&ciphertext, &private, &public, &info, None);
    assert_eq!(*opened.unwrap(), plaintext);
    // Without randomness nothing is encrypted.
    assert!(suite.hpke_seal(&public, &info, None, &plaintext).is_err());
}
