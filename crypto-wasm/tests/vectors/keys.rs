use crypto_wasm::crypto::dh::X25519PublicKey;
use crypto_wasm::crypto::hash::hash_with_label;
use crypto_wasm::crypto::kem::{KemCiphertext, KemPublicKey};
use crypto_wasm::crypto::sign::{Ed25519PrivateKey, Signature};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, Scripted, code, load};

#[derive(Deserialize)]
struct Keys {
    ed25519_to_x25519: Vec<Conversion>,
    x25519: Vec<Agreement>,
    x25519_refused: Vec<AgreementRefused>,
    ml_kem_1024: Vec<Encapsulation>,
    labels: Vec<Labelled>,
    signature_refused: Vec<SignatureRefused>,
}

#[derive(Deserialize)]
struct Conversion {
    seed: Hex,
    ed25519_public: Hex,
    x25519_private: Hex,
    x25519_public: Hex,
}

#[derive(Deserialize)]
struct Agreement {
    private: Hex,
    public: Hex,
    peer_public: Hex,
    shared: Hex,
}

#[derive(Deserialize)]
struct AgreementRefused {
    name: String,
    private: Hex,
    public: Hex,
    code: String,
}

#[derive(Deserialize)]
struct Encapsulation {
    seed: Hex,
    public_key: Hex,
    m: Hex,
    ciphertext: Hex,
    shared_secret: Hex,
    damaged_ciphertext: Hex,
    implicit_rejection_secret: Hex,
}

#[derive(Deserialize)]
struct Labelled {
    label: String,
    content: Hex,
    seed: Hex,
    public: Hex,
    signature: Hex,
    hash: Hex,
}

#[derive(Deserialize)]
struct SignatureRefused {
    name: String,
    label: String,
    content: Hex,
    public: Hex,
    signature: Hex,
    code: String,
}

fn keys() -> Keys {
    load("keys.json")
}

// KEY-4
#[wasm_bindgen_test(unsupported = test)]
fn identity_keys_convert() {
    let vectors = keys().ed25519_to_x25519;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let key = Ed25519PrivateKey::from_seed(&vector.seed.array());
        assert_eq!(key.public_key(), vector.ed25519_public.ed25519());
        let private = key.to_x25519();
        assert_eq!(private.expose()[..], vector.x25519_private[..]);
        assert_eq!(
            private.public_key().as_bytes()[..],
            vector.x25519_public[..]
        );
        let public = vector
            .ed25519_public
            .ed25519()
            .to_x25519()
            .expect("a point");
        assert_eq!(public.as_bytes()[..], vector.x25519_public[..]);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn agreements() {
    let vectors = keys().x25519;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let private = vector.private.x25519_private();
        assert_eq!(private.public_key().as_bytes()[..], vector.public[..]);
        let peer = X25519PublicKey::from_bytes(vector.peer_public.array()).expect("canonical");
        let shared = private.agree(&peer).expect("contributory");
        assert_eq!(shared.expose()[..], vector.shared[..]);
    }
}

// ENC-8, ENC-9
#[wasm_bindgen_test(unsupported = test)]
fn agreements_refused() {
    let vectors = keys().x25519_refused;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let private = vector.private.x25519_private();
        let result = X25519PublicKey::from_bytes(vector.public.array())
            .and_then(|public| private.agree(&public));
        assert_eq!(code(result), vector.code, "{}", vector.name);
    }
}

// ENC-10, KEY-5
#[wasm_bindgen_test(unsupported = test)]
fn encapsulations() {
    let vectors = keys().ml_kem_1024;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let seed = vector.seed.kem_seed();
        let public = KemPublicKey::from_bytes(&vector.public_key).expect("a key");
        assert_eq!(seed.public_key(), public);
        assert_eq!(public.as_bytes()[..], vector.public_key[..]);

        let (ciphertext, secret) = public
            .encapsulate(&mut Scripted::new([&*vector.m]))
            .expect("a key");
        assert_eq!(ciphertext.as_bytes()[..], vector.ciphertext[..]);
        assert_eq!(secret.expose()[..], vector.shared_secret[..]);

        let (secret, same_public) = seed.decapsulate(&ciphertext);
        assert_eq!(secret.expose()[..], vector.shared_secret[..]);
        assert_eq!(same_public, public);

        let damaged =
            KemCiphertext::from_bytes(&vector.damaged_ciphertext).expect("the right length");
        let (secret, _) = seed.decapsulate(&damaged);
        assert_eq!(secret.expose()[..], vector.implicit_rejection_secret[..]);
    }
}

// KEY-1
#[wasm_bindgen_test(unsupported = test)]
fn labels() {
    let vectors = keys().labels;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let key = Ed25519PrivateKey::from_seed(&vector.seed.array());
        assert_eq!(key.public_key(), vector.public.ed25519());
        let signature = key.sign(&vector.label, &vector.content);
        assert_eq!(signature.as_bytes()[..], vector.signature[..]);
        assert_eq!(
            key.public_key()
                .verify(&vector.label, &vector.content, &signature),
            Ok(())
        );
        assert_eq!(
            hash_with_label(&vector.label, &vector.content)[..],
            vector.hash[..]
        );
    }
}

// ENC-7, KEY-1
#[wasm_bindgen_test(unsupported = test)]
fn signatures_refused() {
    let vectors = keys().signature_refused;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let signature = Signature::from_bytes(vector.signature.array());
        let result = vector
            .public
            .ed25519()
            .verify(&vector.label, &vector.content, &signature);
        assert_eq!(code(result), vector.code, "{}", vector.name);
    }
}
