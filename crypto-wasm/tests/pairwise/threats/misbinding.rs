//! T09 identity misbinding, unknown key share. A certificate needs no proof that its account holds the identity key, so
//! anybody can certify anybody's: what was agreed must then be worth nothing.

use crypto_wasm::ProtocolError;
use crypto_wasm::identity::Expectations;
use crypto_wasm::wire::{Address, DeviceCertificate, PreKeyMessage, Wire as _};

use crate::common::{NOW, Person, refusal};

/// Eve's account certifies the identity key of somebody else's device as her own.
fn claim(eve: &Person, victim: &Person) -> DeviceCertificate {
    let address = Address {
        user_id: eve.device.address().user_id,
        device_id: 99,
    };
    eve.account
        .certify(address, victim.identity.public_key(), NOW)
        .expect("a certificate")
}

// PQX-3
#[test]
fn t09_a_relabelled_bundle_fails_at_the_device_whose_keys_it_has() {
    let (alice, mut bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let mut bundle = bob.bundle();
    bundle.certificate = claim(&eve, &bob);
    // Alice means to write to Eve, and everything verifies.
    let (_, sent) = alice.initiate(bundle, b"for Eve").expect("a session");
    let before = bob.state();
    assert_eq!(
        refusal(bob.accept(&sent, &alice.expected())),
        Some(ProtocolError::Decrypt)
    );
    assert_eq!(bob.state(), before);
}

// PQX-3
#[test]
fn t09_a_relabelled_sender_fails() {
    let (alice, mut bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let (_, sent) = alice
        .initiate(bob.bundle(), b"from Alice")
        .expect("a session");
    let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
    message.fields.sender = claim(&eve, &alice);
    let before = bob.state();
    let refused = bob.accept(
        &message.to_bytes().expect("encoded"),
        &Expectations::default(),
    );
    assert_eq!(refusal(refused), Some(ProtocolError::Decrypt));
    assert_eq!(bob.state(), before);
}

#[test]
fn t09_another_certificate_of_the_same_device_fails() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
    let address = Address {
        device_id: 77,
        ..alice.device.address()
    };
    let identity_key = alice.identity.public_key();
    message.fields.sender = alice
        .account
        .certify(address, identity_key, NOW)
        .expect("a certificate");
    let refused = bob.accept(
        &message.to_bytes().expect("encoded"),
        &Expectations::default(),
    );
    assert_eq!(refusal(refused), Some(ProtocolError::Decrypt));
}

// KEY-1, KEY-6
#[test]
fn t09_an_edited_certificate_does_not_verify() {
    let (alice, bob, eve) = (Person::new(1), Person::new(2), Person::new(3));
    let edits: [fn(&mut DeviceCertificate, &Person); 4] = [
        |certificate, eve| certificate.address = eve.device.address(),
        |certificate, eve| certificate.account_key = eve.account.public_key(),
        |certificate, eve| certificate.identity_key = eve.identity.public_key(),
        |certificate, _| certificate.created_at_ms += 1,
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut bundle = bob.bundle();
        edit(&mut bundle.certificate, &eve);
        assert_eq!(
            refusal(alice.initiate(bundle, b"x")),
            Some(ProtocolError::BadSignature),
            "{index}"
        );
    }
}

#[test]
fn t09_a_device_does_not_begin_a_session_with_itself() {
    let alice = Person::new(1);
    assert_eq!(
        refusal(alice.initiate(alice.bundle(), b"x")),
        Some(ProtocolError::AddressMismatch)
    );
}
