//! T07 KEM key substitution and re-encapsulation, T08 mistyped prekeys.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::kem::KemPublicKey;
use crypto_wasm::crypto::label;
use crypto_wasm::identity::{Expectations, PreKeyRequest};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{Flag, KemPreKey, PreKeyBundle, PreKeyMessage, SignedPreKey, Wire as _};

use crate::common::{NO_SIGNATURE, NOW, Person, refusal, rng};

/// What the relay does to a first message on its way.
type Tampering = fn(&mut PreKeyMessage, &Person);

#[test]
fn t07_a_substituted_kem_key_is_refused() {
    let (alice, bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let mut bundle = bob.bundle();
    bundle.kem_prekey.public_key = eve.bundle().kem_prekey.public_key;
    assert_eq!(
        refusal(alice.initiate(bundle, b"x")),
        Some(ProtocolError::BadSignature)
    );

    let bundle = PreKeyBundle {
        kem_prekey: eve.bundle().kem_prekey,
        ..bob.bundle()
    };
    assert_eq!(
        refusal(alice.initiate(bundle, b"x")),
        Some(ProtocolError::BadSignature)
    );
}

// ENC-10, PQX-4
#[test]
fn t07_any_change_of_the_first_message_breaks_it() {
    let tamperings: [(&str, Tampering); 6] = [
        (
            "ciphertext for another key of the same device",
            |message, bob| {
                let key = &bob.prekeys.kem_prekeys[1];
                message.fields.kem_prekey_id = key.id;
                let (ciphertext, _) = key
                    .public_key
                    .encapsulate(&mut rng())
                    .expect("encapsulated");
                message.fields.kem_ciphertext = ciphertext;
            },
        ),
        ("fresh ciphertext for the same key", |message, bob| {
            let key = &bob.prekeys.kem_prekeys[0];
            let (ciphertext, _) = key
                .public_key
                .encapsulate(&mut rng())
                .expect("encapsulated");
            message.fields.kem_ciphertext = ciphertext;
        }),
        ("another KEM prekey", |message, bob| {
            message.fields.kem_prekey_id = bob.prekeys.kem_prekeys[1].id
        }),
        ("another one-time prekey", |message, bob| {
            message.fields.one_time_prekey_id = Some(bob.prekeys.one_time_prekeys[1].id);
        }),
        ("no one-time prekey", |message, _| {
            message.fields.one_time_prekey_id = None
        }),
        ("the last resort", |message, bob| {
            let key = bob.prekeys.kem_last_resort.as_ref().expect("rotated");
            message.fields.kem_prekey_id = key.id;
        }),
    ];
    for (name, tamper) in tamperings {
        let (alice, mut bob) = (Person::new(1), Person::new(2));
        let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
        let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
        tamper(&mut message, &bob);
        let before = bob.state();
        let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
        assert_eq!(refusal(refused), Some(ProtocolError::Decrypt), "{name}");
        assert_eq!(bob.state(), before, "{name}");
        assert!(bob.accept(&sent, &alice.expected()).is_ok(), "{name}");
    }
}

// PQX-4
#[test]
fn t07_another_signed_prekey_breaks_the_first_message() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let request = PreKeyRequest {
        one_time: 0,
        kem: 0,
        rotate: true,
        created_at_ms: NOW + 1,
    };
    let newer = bob
        .device
        .generate_prekeys(&request, &mut rng())
        .expect("prekeys");
    let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
    message.fields.signed_prekey_id = newer.signed_prekey.expect("rotated").id;
    let before = bob.state();
    let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
    assert_eq!(refusal(refused), Some(ProtocolError::Decrypt));
    assert_eq!(bob.state(), before);
}

// PQX-3
#[test]
fn t07_the_kem_key_itself_is_bound_not_only_its_secret() {
    let (alice, bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let bundle = alice
        .verify(bob.bundle(), &Expectations::default())
        .expect("verified");
    let initiation =
        crypto_wasm::pqxdh::initiate(&alice.device, &bundle, &mut rng()).expect("an agreement");
    let other = eve.bundle().kem_prekey.public_key;
    let context = |kem_public_key: KemPublicKey| crypto_wasm::wire::SessionContext {
        initiator: party(&alice),
        responder: party(&bob),
        base_key: initiation.fields.base_key.encode_ec(),
        signed_prekey_id: bundle.signed_prekey().id,
        signed_prekey: bundle.signed_prekey().public_key.encode_ec(),
        one_time_prekey: bundle.one_time_prekey().copied(),
        kem_prekey_id: bundle.kem_prekey().id,
        kem_last_resort: bundle.kem_prekey().last_resort,
        kem_public_key,
        kem_ciphertext: initiation.fields.kem_ciphertext.clone(),
    };
    let bound = context(bundle.kem_prekey().public_key.clone()).associated_data();
    assert_eq!(bound, Ok(initiation.associated_data));
    assert_ne!(context(other).associated_data(), bound);
}

fn party(person: &Person) -> crypto_wasm::wire::context::Party {
    let certificate = person.device.certificate();
    crypto_wasm::wire::context::Party {
        address: certificate.address(),
        account_key: certificate.account_key(),
        identity_key: certificate.identity_key(),
    }
}

#[test]
fn t08_prekey_signatures_are_not_exchangeable() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let swap: [fn(&mut PreKeyBundle); 5] = [
        |bundle| {
            std::mem::swap(
                &mut bundle.signed_prekey.signature,
                &mut bundle.kem_prekey.signature,
            )
        },
        |bundle| bundle.signed_prekey.signature = bundle.certificate.signature,
        |bundle| bundle.kem_prekey.signature = bundle.certificate.signature,
        |bundle| bundle.kem_prekey.last_resort = Flag(!bundle.kem_prekey.last_resort.0),
        |bundle| bundle.signed_prekey.signature = NO_SIGNATURE,
    ];
    for (index, swap) in swap.into_iter().enumerate() {
        for mut bundle in [bob.bundle(), bob.reusable_bundle()] {
            swap(&mut bundle);
            assert_eq!(
                refusal(alice.initiate(bundle, b"x")),
                Some(ProtocolError::BadSignature),
                "{index}"
            );
        }
    }
}

#[test]
fn t08_a_one_time_prekey_does_not_pass_for_a_signed_one() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut bundle = bob.bundle();
    let one_time = bundle.one_time_prekey.expect("asked for");
    bundle.signed_prekey.id = one_time.id;
    bundle.signed_prekey.public_key = one_time.public_key;
    assert_eq!(
        refusal(alice.initiate(bundle, b"x")),
        Some(ProtocolError::BadSignature)
    );
}

// KEY-1
#[test]
fn t08_a_signature_under_the_label_of_another_prekey_is_refused() {
    let bob = Person::new(2);
    let identity_key = bob.identity.public_key();
    let mut signed: SignedPreKey = bob.bundle().signed_prekey;
    signed.signature = bob
        .identity
        .sign(label::KEM_PREKEY, &signed.signed_bytes().expect("encoded"));
    assert_eq!(
        signed.verify(&identity_key),
        Err(ProtocolError::BadSignature)
    );
    let mut kem: KemPreKey = bob.bundle().kem_prekey;
    kem.signature = bob
        .identity
        .sign(label::SIGNED_PREKEY, &kem.signed_bytes().expect("encoded"));
    assert_eq!(kem.verify(&identity_key), Err(ProtocolError::BadSignature));
}

// ENC-10
#[test]
fn t08_keys_of_the_wrong_kind_do_not_decode() {
    let bob = Person::new(2);
    let bundle = bob.bundle();
    assert_eq!(
        KemPublicKey::from_bytes(bundle.signed_prekey.public_key.as_bytes()),
        Err(ProtocolError::Decode)
    );
    let signed = bundle.signed_prekey.to_bytes().expect("encoded");
    assert_eq!(KemPreKey::from_bytes(&signed), Err(ProtocolError::Decode));
    let kem = bundle.kem_prekey.to_bytes().expect("encoded");
    assert_eq!(SignedPreKey::from_bytes(&kem), Err(ProtocolError::Decode));
    // All coefficients 0xfff: every one is above q.
    assert_eq!(
        KemPublicKey::from_bytes(&[0xff; 1568]),
        Err(ProtocolError::Decode)
    );
}

// PQX-5
#[test]
fn t08_a_kem_prekey_id_does_not_name_another_sort_of_prekey() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
    message.fields.kem_prekey_id = message.fields.signed_prekey_id;
    let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
    assert_eq!(refusal(refused), Some(ProtocolError::UnknownPreKey));
}
