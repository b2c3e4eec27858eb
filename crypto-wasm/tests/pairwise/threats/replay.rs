//! T11 first-message replay on reusable keys.

use crypto_wasm::ProtocolError;
use crypto_wasm::identity::{Device, Expectations, PreKeyRequest, RETENTION_MS};
use crypto_wasm::session::SessionRecord;
use crypto_wasm::wire::EnvelopeKind;

use crate::common::{NOW, Person, refusal, rng};

fn rotate(person: &mut Person, created_at_ms: u64) {
    let request = PreKeyRequest {
        one_time: 0,
        kem: 0,
        rotate: true,
        created_at_ms,
    };
    person
        .device
        .generate_prekeys(&request, &mut rng())
        .expect("prekeys");
}

// PQX-8
#[test]
fn t11_a_first_message_is_accepted_once_across_a_restart_too() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice
        .initiate(bob.reusable_bundle(), b"pay 10")
        .expect("a session");
    assert!(bob.accept(&sent, &alice.expected()).is_ok());
    for _ in 0..2 {
        let before = bob.state();
        let again = bob.accept(&sent, &alice.expected());
        assert_eq!(refusal(again), Some(ProtocolError::ReplayedPreKeyMessage));
        assert_eq!(bob.state(), before);
        bob.device = Device::import(&before).expect("imported");
        assert_eq!(bob.state(), before);
    }
}

// KEY-18, PQX-8
#[test]
fn t11_the_memory_lasts_as_long_as_the_signed_prekey() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice
        .initiate(bob.reusable_bundle(), b"pay 10")
        .expect("a session");
    assert!(bob.accept(&sent, &alice.expected()).is_ok());
    bob.device.expire_prekeys(NOW + 100 * RETENTION_MS);
    assert_eq!(
        refusal(bob.accept(&sent, &alice.expected())),
        Some(ProtocolError::ReplayedPreKeyMessage),
        "the newest signed prekey never expires"
    );
    rotate(&mut bob, NOW + 1);
    bob.device.expire_prekeys(NOW + 1 + RETENTION_MS);
    assert_eq!(
        refusal(bob.accept(&sent, &alice.expected())),
        Some(ProtocolError::ReplayedPreKeyMessage)
    );
    bob.device.expire_prekeys(NOW + 2 + RETENTION_MS);
    assert_eq!(
        refusal(bob.accept(&sent, &alice.expected())),
        Some(ProtocolError::UnknownPreKey)
    );
}

// PQX-6
#[test]
fn t11_a_failed_first_message_is_not_remembered() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice
        .initiate(bob.reusable_bundle(), b"pay 10")
        .expect("a session");
    let mut damaged = sent.clone();
    *damaged.last_mut().expect("not empty") ^= 1;
    let before = bob.state();
    assert_eq!(
        refusal(bob.accept(&damaged, &alice.expected())),
        Some(ProtocolError::Decrypt)
    );
    assert_eq!(bob.state(), before);
    assert!(bob.accept(&sent, &alice.expected()).is_ok());
}

#[test]
fn t11_a_dropped_session_does_not_make_its_first_message_fresh() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice
        .initiate(bob.reusable_bundle(), b"pay 10")
        .expect("a session");
    let mut record = SessionRecord::new();
    let from = alice.expected();
    let taken = record.decrypt(
        &mut bob.device,
        EnvelopeKind::PreKey,
        &sent,
        &from,
        &mut rng(),
    );
    assert_eq!(taken.as_deref(), Ok(&b"pay 10"[..]));
    let again = record.decrypt(
        &mut bob.device,
        EnvelopeKind::PreKey,
        &sent,
        &from,
        &mut rng(),
    );
    assert_eq!(again, Err(ProtocolError::DuplicateMessage));
    let mut emptied = SessionRecord::new();
    let again = emptied.decrypt(
        &mut bob.device,
        EnvelopeKind::PreKey,
        &sent,
        &from,
        &mut rng(),
    );
    assert_eq!(again, Err(ProtocolError::ReplayedPreKeyMessage));
}

// PQX-5, PQX-7
#[test]
fn t11_one_time_prekeys_are_gone_after_use() {
    let (alice, eve, mut bob) = (Person::new(1), Person::new(3), Person::new(2));
    let (_, first) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let (_, second) = eve.initiate(bob.bundle(), b"y").expect("a session");
    assert_eq!(bob.device.one_time_counts(), (3, 3));
    assert!(bob.accept(&first, &Expectations::default()).is_ok());
    assert_eq!(bob.device.one_time_counts(), (2, 2));
    let refused = bob.accept(&second, &Expectations::default());
    assert_eq!(refusal(refused), Some(ProtocolError::UnknownPreKey));
    assert_eq!(bob.device.one_time_counts(), (2, 2));
}
