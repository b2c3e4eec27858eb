//! Public keys, ciphertexts and signatures (§1), and the safety number that is made of keys (§6).

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::dh::{X25519PrivateKey, X25519PublicKey};
use crypto_wasm::crypto::kem::{KemCiphertext, KemPrivateSeed, KemPublicKey};
use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::{Ed25519PublicKey, Signature};
use crypto_wasm::identity::safety_number;
use crypto_wasm::wire::UserId;

use crate::Target;
use crate::edits::POINTS;
use crate::rng::Rng;

pub(crate) const TARGETS: &[Target] = &[
    ("X25519PublicKey", x25519_public_key),
    ("Ed25519PublicKey", ed25519_public_key),
    ("KemPublicKey", kem_public_key),
    ("KemCiphertext", kem_ciphertext),
    ("safety_number", safety_number_of),
];

/// Only coordinates below p are taken, and only points of low order are not agreed with (§1).
fn x25519_public_key(data: &[u8]) {
    let Ok(bytes) = <[u8; 32]>::try_from(data) else {
        return;
    };
    let at_least_p = bytes[31] & 0x80 != 0
        || (bytes[31] == 0x7f && bytes[1..31] == [0xff; 30] && bytes[0] >= 0xed);
    match X25519PublicKey::from_bytes(bytes) {
        Err(error) => {
            assert_eq!(error, ProtocolError::Decode);
            assert!(at_least_p);
        }
        Ok(key) => {
            assert!(!at_least_p);
            assert_eq!(*key.as_bytes(), bytes);
            let own = X25519PrivateKey::generate(&mut Rng::new(1));
            assert_eq!(own.agree(&key).is_err(), POINTS.contains(&bytes));
        }
    }
}

/// A signature that nobody made does not verify; `check` refuses whatever `verify` would have to.
fn ed25519_public_key(data: &[u8]) {
    let Some((key, rest)) = data.split_first_chunk::<32>() else {
        return;
    };
    let Some((signature, message)) = rest.split_first_chunk::<64>() else {
        return;
    };
    let key = Ed25519PublicKey::from_bytes(*key);
    let signature = Signature::from_bytes(*signature);
    assert_eq!(
        key.verify(label::SIGNED_PREKEY, message, &signature),
        Err(ProtocolError::BadSignature)
    );
    match key.check() {
        Ok(()) => assert!(key.to_x25519().is_ok()),
        Err(error) => assert_eq!(error, ProtocolError::BadSignature),
    }
}

/// A key that is taken encodes as it came and can be encapsulated to.
fn kem_public_key(data: &[u8]) {
    match KemPublicKey::from_bytes(data) {
        Err(error) => assert_eq!(error, ProtocolError::Decode),
        Ok(key) => {
            assert!(key.as_bytes() == data);
            assert!(key.encapsulate(&mut Rng::new(2)).is_ok());
        }
    }
}

/// A ciphertext of the right length gives a secret, always the same.
fn kem_ciphertext(data: &[u8]) {
    match KemCiphertext::from_bytes(data) {
        Err(error) => assert_eq!(error, ProtocolError::Decode),
        Ok(ciphertext) => {
            assert!(ciphertext.as_bytes() == data);
            let seed = KemPrivateSeed::generate(&mut Rng::new(3));
            let (secret, public_key) = seed.decapsulate(&ciphertext);
            assert!(secret == seed.decapsulate(&ciphertext).0);
            assert!(public_key == seed.public_key());
        }
    }
}

/// 60 digits, the same for both people.
fn safety_number_of(data: &[u8]) {
    let Some((ids, keys)) = data.split_first_chunk::<32>() else {
        return;
    };
    let Ok(keys) = <[u8; 64]>::try_from(keys) else {
        return;
    };
    let user = |at: usize| UserId::from_bytes(std::array::from_fn(|index| ids[at + index]));
    let key =
        |at: usize| Ed25519PublicKey::from_bytes(std::array::from_fn(|index| keys[at + index]));
    let (a, b) = ((user(0), key(0)), (user(16), key(32)));
    let number = safety_number(&a.0, &a.1, &b.0, &b.1);
    assert_eq!(number, safety_number(&b.0, &b.1, &a.0, &a.1));
    assert!(number.len() == 60 && number.bytes().all(|digit| digit.is_ascii_digit()));
}
