//! T13 skipped-key denial of service: what it does to the state. `ratchet::tests` counts the derivations.

use crypto_wasm::ProtocolError;
use crypto_wasm::wire::{PreKeyMessage, Wire as _};

use crate::common::{Person, converse, refusal, rng};

// RAT-5, RAT-8
#[test]
fn t13_a_header_far_ahead_leaves_the_state_as_it_was() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let sent = ours.encrypt(b"x", &mut rng()).expect("sent");
    let before = theirs.export().expect("exported");
    for (previous_chain_length, message_number) in
        [(0, 25_002), (0, u32::MAX), (u32::MAX, u32::MAX)]
    {
        let mut message = PreKeyMessage::from_bytes(&sent.bytes).expect("decoded");
        message.message.header.previous_chain_length = previous_chain_length;
        message.message.header.message_number = message_number;
        let refused = theirs.decrypt(sent.kind, &message.to_bytes().expect("encoded"), &mut rng());
        assert_eq!(refused, Err(ProtocolError::TooManySkipped));
    }
    assert!(theirs.export().expect("exported") == before);
    assert!(theirs.decrypt(sent.kind, &sent.bytes, &mut rng()).is_ok());
}

#[test]
fn t13_a_first_message_far_ahead_uses_up_no_prekey() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (_, sent) = alice.initiate(bob.bundle(), b"x").expect("a session");
    let before = bob.state();
    let mut message = PreKeyMessage::from_bytes(&sent).expect("decoded");
    message.message.header.message_number = 25_001;
    let refused = bob.accept(&message.to_bytes().expect("encoded"), &alice.expected());
    assert_eq!(refusal(refused), Some(ProtocolError::TooManySkipped));
    assert_eq!(bob.state(), before);
    assert!(bob.accept(&sent, &alice.expected()).is_ok());
}
