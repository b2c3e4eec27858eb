//! T10 low-order and non-canonical points, in every role a public key has.

use crypto_wasm::ProtocolError;
use crypto_wasm::crypto::dh::X25519PublicKey;
use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::identity::Expectations;
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{
    EnvelopeKind, OneTimePreKey, PreKeyBundle, PreKeyMessage, RatchetMessage, Wire as _,
};
use curve25519_dalek::constants::EIGHT_TORSION;

use crate::common::{Person, converse, refusal, rng};

/// The u-coordinates of the eight torsion points, and p - 1, which is of low order on the twist.
fn low_order() -> Vec<X25519PublicKey> {
    let torsion = EIGHT_TORSION
        .iter()
        .map(|point| point.to_montgomery().to_bytes());
    let mut below_p = [0xff; 32];
    (below_p[0], below_p[31]) = (0xec, 0x7f);
    torsion
        .chain([below_p])
        .map(|bytes| X25519PublicKey::from_bytes(bytes).expect("canonical"))
        .collect()
}

/// Coordinates from p upwards: p to 2^255 - 1, and canonical ones with the top bit set.
fn non_canonical() -> Vec<[u8; 32]> {
    let mut all: Vec<[u8; 32]> = (0xed..=0xff)
        .map(|low| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            bytes
        })
        .collect();
    for key in low_order() {
        let mut bytes = *key.as_bytes();
        bytes[31] |= 0x80;
        all.push(bytes);
    }
    all.push([0xff; 32]);
    all
}

/// Puts bytes that no type would hold in the place of a key that is in an encoding.
fn replace(encoded: &[u8], key: &X25519PublicKey, by: &[u8; 32]) -> Vec<u8> {
    let at = encoded
        .windows(32)
        .position(|window| window == key.as_bytes())
        .expect("the key is there");
    let mut replaced = encoded.to_vec();
    replaced[at..at + 32].copy_from_slice(by);
    replaced
}

// ENC-8, ENC-9
// ENC-9
#[test]
fn t10_points_of_low_order_are_known_by_themselves() {
    let low: std::collections::BTreeSet<_> = low_order().into_iter().collect();
    assert_eq!(low.len(), 5);
    assert!(low.iter().all(X25519PublicKey::is_of_low_order));
    let mut generator = [0; 32];
    generator[0] = 9;
    let generator = X25519PublicKey::from_bytes(generator).expect("canonical");
    assert!(!generator.is_of_low_order());
}

#[test]
fn t10_signed_prekeys() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for key in low_order() {
        let bundle = bob.bundle_with_signed_prekey(key);
        assert_eq!(
            refusal(alice.initiate(bundle, b"x")),
            Some(ProtocolError::NonContributory),
            "{key:?}"
        );
    }
    let bundle = bob.bundle();
    let encoded = bundle.to_bytes().expect("encoded");
    for bytes in non_canonical() {
        let replaced = replace(&encoded, &bundle.signed_prekey.public_key, &bytes);
        assert_eq!(
            PreKeyBundle::from_bytes(&replaced),
            Err(ProtocolError::Decode),
            "{bytes:?}"
        );
    }
}

// ENC-8, ENC-9
#[test]
fn t10_one_time_prekeys() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for public_key in low_order() {
        let mut bundle = bob.bundle();
        bundle.one_time_prekey = Some(OneTimePreKey { id: 1, public_key });
        assert_eq!(
            refusal(alice.initiate(bundle, b"x")),
            Some(ProtocolError::NonContributory),
            "{public_key:?}"
        );
    }
    let bundle = bob.bundle();
    let encoded = bundle.to_bytes().expect("encoded");
    let key = bundle.one_time_prekey.expect("asked for").public_key;
    for bytes in non_canonical() {
        let replaced = replace(&encoded, &key, &bytes);
        assert_eq!(
            PreKeyBundle::from_bytes(&replaced),
            Err(ProtocolError::Decode),
            "{bytes:?}"
        );
    }
}

// ENC-8, ENC-9
#[test]
fn t10_base_keys() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let before = bob.state();
    for key in low_order() {
        let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
        message.fields.base_key = key;
        let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
        assert_eq!(
            refusal(refused),
            Some(ProtocolError::NonContributory),
            "{key:?}"
        );
    }
    for bytes in non_canonical() {
        let refused = bob.accept(
            &replace(&sent, session.base_key(), &bytes),
            &alice.expected(),
        );
        assert_eq!(refusal(refused), Some(ProtocolError::Decode), "{bytes:?}");
    }
    assert_eq!(bob.state(), before);
}

// ENC-8, ENC-9
#[test]
fn t10_ratchet_keys_of_the_initiator() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let before = bob.state();
    let ratchet_key = PreKeyMessage::from_bytes(&sent)
        .expect("decoded")
        .message
        .header
        .ratchet_key;
    for key in low_order() {
        let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
        message.message.header.ratchet_key = key;
        let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
        assert_eq!(
            refusal(refused),
            Some(ProtocolError::NonContributory),
            "{key:?}"
        );
    }
    for bytes in non_canonical() {
        let refused = bob.accept(&replace(&sent, &ratchet_key, &bytes), &alice.expected());
        assert_eq!(refusal(refused), Some(ProtocolError::Decode), "{bytes:?}");
    }
    assert_eq!(bob.state(), before);
}

// ENC-8, ENC-9
#[test]
fn t10_ratchet_keys_of_both_sides_later_on() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    for _ in 0..2 {
        let sent = theirs.encrypt(b"y", &mut rng()).expect("sent").bytes;
        let genuine = RatchetMessage::from_bytes(&sent).expect("decoded");
        let before = ours.export().expect("exported");
        for key in low_order() {
            let mut message = genuine.clone();
            message.header.ratchet_key = key;
            let refused = ours.decrypt(
                EnvelopeKind::Ratchet,
                &message.to_bytes().expect("encoded"),
                &mut rng(),
            );
            assert_eq!(refused, Err(ProtocolError::NonContributory), "{key:?}");
        }
        for bytes in non_canonical() {
            let replaced = replace(&sent, &genuine.header.ratchet_key, &bytes);
            let refused = ours.decrypt(EnvelopeKind::Ratchet, &replaced, &mut rng());
            assert_eq!(refused, Err(ProtocolError::Decode), "{bytes:?}");
        }
        assert!(ours.export().expect("exported") == before);
        assert!(
            ours.decrypt(EnvelopeKind::Ratchet, &sent, &mut rng())
                .is_ok()
        );
        std::mem::swap(&mut ours, &mut theirs);
    }
}

/// Ed25519 encodings that strict verification refuses.
fn bad_identities() -> Vec<Ed25519PublicKey> {
    let mut all: Vec<[u8; 32]> = EIGHT_TORSION
        .iter()
        .map(|point| point.compress().to_bytes())
        .collect();
    // x = 0 with the sign bit, y = 1 and y = -1.
    for index in [0, 4] {
        let mut signed = EIGHT_TORSION[index].compress().to_bytes();
        signed[31] ^= 0x80;
        all.push(signed);
    }
    // y from p upwards.
    all.extend((0xed..=0xff).map(|low| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (low, 0x7f);
        bytes
    }));
    all.into_iter().map(Ed25519PublicKey::from_bytes).collect()
}

// ENC-7, KEY-6
#[test]
fn t10_identity_keys_in_bundles_and_first_messages() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let before = bob.state();
    for key in bad_identities() {
        // The account itself certifies the bad key: a valid signature is not enough.
        let mut bundle = bob.bundle();
        bundle.certificate = bob
            .account
            .certify(bob.device.address(), key, 0)
            .expect("a certificate");
        assert_eq!(
            refusal(alice.initiate(bundle, b"x")),
            Some(ProtocolError::BadSignature),
            "{key:?}"
        );

        let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
        message.fields.sender = alice
            .account
            .certify(alice.device.address(), key, 0)
            .expect("a certificate");
        let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
        assert_eq!(
            refusal(refused),
            Some(ProtocolError::BadSignature),
            "{key:?}"
        );
    }
    assert_eq!(bob.state(), before);
}

// ENC-7, KEY-6
#[test]
fn t10_account_keys() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    for key in bad_identities() {
        let mut bundle = bob.bundle();
        bundle.certificate.account_key = key;
        // R = the identity point and S = 0 verify under a key of small order unless verification is strict.
        let mut forged = [0; 64];
        forged[0] = 1;
        bundle.certificate.signature = crypto_wasm::crypto::sign::Signature::from_bytes(forged);
        assert!(bundle.certificate.signed_bytes().is_ok());
        let verified = alice.verify(bundle, &Expectations::default());
        assert_eq!(
            refusal(verified),
            Some(ProtocolError::BadSignature),
            "{key:?}"
        );
    }
}
