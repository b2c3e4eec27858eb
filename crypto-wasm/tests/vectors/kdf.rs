use crypto_wasm::crypto::aead::AeadKey;
use crypto_wasm::crypto::dh::SharedSecret;
use crypto_wasm::ratchet::{ChainKey, MessageKey, RootKey};
use crypto_wasm::wire::{Header, Wire};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, Scripted, load};

#[derive(Deserialize)]
struct Kdf {
    root: Vec<Root>,
    chain: Vec<Chain>,
    message_key: Vec<Message>,
    aead: Vec<Aead>,
}

#[derive(Deserialize)]
struct Root {
    rk: Hex,
    dh: Hex,
    new_rk: Hex,
    ck: Hex,
}

#[derive(Deserialize)]
struct Chain {
    ck: Hex,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    mk: Hex,
    key: Hex,
    next_ck: Hex,
}

#[derive(Deserialize)]
struct Message {
    mk: Hex,
    key: Hex,
}

#[derive(Deserialize)]
struct Aead {
    mk: Hex,
    key: Hex,
    ad: Hex,
    header: Hex,
    aad: Hex,
    nonce: Hex,
    plaintext: Hex,
    ciphertext: Hex,
    message: Hex,
}

// RAT-1
#[wasm_bindgen_test(unsupported = test)]
fn root() {
    let vectors = load::<Kdf>("kdf.json").root;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let agreement = SharedSecret::copy_from(&vector.dh.array());
        let (root, chain) = RootKey::copy_from(&vector.rk.array()).step(&agreement);
        assert_eq!(root.expose()[..], vector.new_rk[..]);
        assert_eq!(chain.expose()[..], vector.ck[..]);
    }
}

// RAT-1
#[wasm_bindgen_test(unsupported = test)]
fn chain() {
    let vectors = load::<Kdf>("kdf.json").chain;
    assert!(!vectors.is_empty());
    for vector in vectors {
        assert!(!vector.steps.is_empty());
        let mut chain = ChainKey::copy_from(&vector.ck.array());
        for step in vector.steps {
            let message = chain.message_key();
            assert_eq!(message.expose()[..], step.mk[..]);
            assert_eq!(message.aead_key().expose()[..], step.key[..]);
            chain = chain.next();
            assert_eq!(chain.expose()[..], step.next_ck[..]);
        }
    }
}

// RAT-1
#[wasm_bindgen_test(unsupported = test)]
fn message_key() {
    let vectors = load::<Kdf>("kdf.json").message_key;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let key = MessageKey::copy_from(&vector.mk.array()).aead_key();
        assert_eq!(key.expose()[..], vector.key[..]);
    }
}

// RAT-3
#[wasm_bindgen_test(unsupported = test)]
fn aead() {
    let vectors = load::<Kdf>("kdf.json").aead;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let message_key = MessageKey::copy_from(&vector.mk.array());
        assert_eq!(message_key.aead_key().expose()[..], vector.key[..]);
        assert_eq!([&*vector.ad, &*vector.header].concat(), *vector.aad);

        let key = AeadKey::copy_from(&vector.key.array());
        let sealed = key.seal(&vector.nonce.array(), &vector.plaintext, &vector.aad);
        assert_eq!(sealed.as_deref(), Ok(&*vector.ciphertext));

        let header = Header::from_bytes(&vector.header).expect("a header");
        let mut rng = Scripted::new([&*vector.nonce]);
        let message = message_key
            .seal(&vector.ad.array(), header, &vector.plaintext, &mut rng)
            .expect("sealed");
        assert_eq!(message.to_bytes().as_deref(), Ok(&*vector.message));
        assert_eq!(
            message_key.open(&vector.ad.array(), &message).as_deref(),
            Ok(&*vector.plaintext)
        );
    }
}
