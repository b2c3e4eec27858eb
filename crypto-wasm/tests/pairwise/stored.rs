//! Stored state of earlier versions still opens. The fixtures are two devices in mid-conversation: a message of the first is
//! under way, and both have skipped keys and an archived session.

use crypto_wasm::crypto::hash::hash_with_label;
use crypto_wasm::identity::{Device, Expectations};
use crypto_wasm::session::SessionRecord;
use crypto_wasm::wire::EnvelopeKind;

use crate::common::rng;

const FIXTURES: &str = include_str!("fixtures/stored-state-v1.txt");

fn fixture(name: &str) -> Vec<u8> {
    let line = FIXTURES
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    hex::decode(line.expect("a fixture")).expect("hex")
}

// API-4
#[test]
fn stored_states_open_and_encode_as_they_were() {
    for name in ["alice.device", "bob.device"] {
        let bytes = fixture(name);
        let device = Device::import(&bytes).expect(name);
        assert!(
            device.export().expect("exported").as_slice() == bytes,
            "{name}"
        );
    }
    for name in ["alice.record", "bob.record"] {
        let bytes = fixture(name);
        let record = SessionRecord::import(&bytes).expect(name);
        assert_eq!(record.len(), 2, "{name}");
        assert!(
            record.export().expect("exported").as_slice() == bytes,
            "{name}"
        );
    }
}

#[test]
fn a_stored_conversation_goes_on() {
    let (mut alice, mut bob) = (
        Device::import(&fixture("alice.device")).expect("a device"),
        Device::import(&fixture("bob.device")).expect("a device"),
    );
    let mut ours = SessionRecord::import(&fixture("alice.record")).expect("a record");
    let mut theirs = SessionRecord::import(&fixture("bob.record")).expect("a record");
    let from = |device: &Device| {
        Expectations::exactly(device.certificate().account_key(), device.address())
    };
    let (from_alice, from_bob) = (from(&alice), from(&bob));

    for (name, plaintext) in [("message.skipped", "skipped"), ("message.latest", "latest")] {
        let message = fixture(name);
        let received = theirs.decrypt(
            &mut bob,
            EnvelopeKind::Ratchet,
            &message,
            &from_alice,
            &mut rng(),
        );
        assert_eq!(received.as_deref(), Ok(plaintext.as_bytes()));
    }
    let replayed = theirs.decrypt(
        &mut bob,
        EnvelopeKind::PreKey,
        &fixture("message.first"),
        &from_alice,
        &mut rng(),
    );
    assert!(replayed.is_err());
    let reply = theirs
        .encrypt(b"reply", &mut rng())
        .expect("sent")
        .expect("a session");
    let received = ours.decrypt(&mut alice, reply.kind, &reply.bytes, &from_bob, &mut rng());
    assert_eq!(received.as_deref(), Ok(&b"reply"[..]));
}

#[test]
fn the_fixtures_are_the_ones_of_version_1() {
    let digest = hash_with_label("fixtures", FIXTURES.as_bytes());
    assert_eq!(
        hex::encode(digest),
        "d3ba0e030b3178758f859d97cd56f16a07d1a5cd64f5e0c866b3d84ec0331401"
    );
}
