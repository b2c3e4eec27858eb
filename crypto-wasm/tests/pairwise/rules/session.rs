//! Sessions and their messages (§4, §8).

use crypto_wasm::ProtocolError;
use crypto_wasm::codec;
use crypto_wasm::identity::Expectations;
use crypto_wasm::session::{MAX_ARCHIVED, Session, SessionRecord};
use crypto_wasm::wire::{EnvelopeKind, PreKeyMessage, RatchetMessage, Wire};

use crate::common::{Person, converse, refusal, rng};

// RAT-2
#[test]
fn a_key_that_comes_back_does_not_come_back_with_its_nonce() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (ours, _) = converse(&alice, &mut bob);
    let copy = ours.export().expect("exported");
    let nonces: Vec<[u8; 12]> = (0..3)
        .map(|_| {
            let mut session = Session::import(&copy).expect("imported");
            let sent = session.encrypt(b"x", &mut rng()).expect("sent");
            let message = PreKeyMessage::from_bytes(&sent.bytes).expect("decoded");
            message.message.nonce
        })
        .collect();
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2] && nonces[0] != nonces[2]);
}

/// A session in which the second of three messages arrived first.
fn gap() -> (Session, RatchetMessage) {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let reply = theirs.encrypt(b"reply", &mut rng()).expect("sent");
    assert!(ours.decrypt(reply.kind, &reply.bytes, &mut rng()).is_ok());
    let late = ours.encrypt(b"late", &mut rng()).expect("sent");
    let next = ours.encrypt(b"next", &mut rng()).expect("sent");
    assert!(theirs.decrypt(next.kind, &next.bytes, &mut rng()).is_ok());
    let late = RatchetMessage::from_bytes(&late.bytes).expect("decoded");
    (theirs, late)
}

#[test]
fn a_session_waits_for_an_answer_until_one_decrypts() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    assert!(ours.is_unanswered());
    assert!(!theirs.is_unanswered());
    let reply = theirs.encrypt(b"reply", &mut rng()).expect("sent");
    assert!(ours.decrypt(reply.kind, &reply.bytes, &mut rng()).is_ok());
    assert!(!ours.is_unanswered());
}

// RAT-7
#[test]
fn a_skipped_key_is_tried_alone_and_counts_nothing_as_skipped() {
    let (mut session, late) = gap();
    let before = session.export().expect("exported");
    let mut altered = late.clone();
    altered.header.previous_chain_length = u32::MAX;
    let bytes = altered.to_bytes().expect("encoded");
    let refused = session.decrypt(EnvelopeKind::Ratchet, &bytes, &mut rng());
    assert_eq!(refused, Err(ProtocolError::Decrypt));
    assert!(session.export().expect("exported") == before);
    let bytes = late.to_bytes().expect("encoded");
    let taken = session.decrypt(EnvelopeKind::Ratchet, &bytes, &mut rng());
    assert_eq!(taken.as_deref(), Ok(&b"late"[..]));
}

// RAT-4
#[test]
fn a_ciphertext_shorter_than_its_tag_does_not_decrypt() {
    let (mut session, late) = gap();
    for length in [0, 15] {
        let mut short = late.clone();
        short.ciphertext.truncate(length);
        let bytes = short.to_bytes().expect("encoded");
        let refused = session.decrypt(EnvelopeKind::Ratchet, &bytes, &mut rng());
        assert_eq!(refused, Err(ProtocolError::Decrypt), "{length}");
    }
}

// SES-1
#[test]
fn kinds_travel_by_name_or_value() {
    for (kind, name, value) in [
        (EnvelopeKind::PreKey, "prekey", 1),
        (EnvelopeKind::Ratchet, "ratchet", 2),
    ] {
        assert_eq!((kind.as_str(), kind.as_u8()), (name, value));
        assert_eq!(EnvelopeKind::from_name(name), Ok(kind));
    }
    for other in ["", "PreKey", "ratchet ", "1"] {
        assert_eq!(EnvelopeKind::from_name(other), Err(ProtocolError::Decode));
    }
}

// SES-6
#[test]
fn the_session_that_a_message_belongs_to_says_what_is_wrong_with_it() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let mut begin = || {
        let (ours, sent) = alice
            .initiate(bob.reusable_bundle(), b"first")
            .expect("a session");
        let (theirs, _) = bob.accept(&sent, &alice.expected()).expect("accepted");
        (ours, theirs)
    };
    let (mut ours, theirs) = begin();
    let (_, newer) = begin();
    let (_, newest) = begin();
    let mut record = SessionRecord::new();
    assert!(record.is_empty());
    record.insert(theirs);
    let reply = record
        .encrypt(b"reply", &mut rng())
        .expect("sent")
        .expect("a session");
    assert!(ours.decrypt(reply.kind, &reply.bytes, &mut rng()).is_ok());
    record.insert(newer);
    assert_eq!((record.len(), record.is_empty()), (2, false));
    let sent = ours.encrypt(b"x", &mut rng()).expect("sent");
    let mut receive = |bytes: &[u8]| record.decrypt_ratchet(bytes, &alice.expected(), &mut rng());
    assert_eq!(receive(&sent.bytes).as_deref(), Ok(&b"x"[..]));
    assert_eq!(
        receive(&sent.bytes),
        Err(ProtocolError::DuplicateMessage),
        "by the current session"
    );
    record.insert(newest);
    assert_eq!(
        record.decrypt_ratchet(&sent.bytes, &alice.expected(), &mut rng()),
        Err(ProtocolError::DuplicateMessage),
        "by an older one"
    );
}

// SES-7, API-4
#[test]
fn a_record_of_more_sessions_than_are_kept_is_not_imported() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (session, _) = converse(&alice, &mut bob);
    let state = session.export().expect("exported");
    let encode = |count: usize| codec::encode(&[&1_u8, &state.repeat(count)]).expect("encoded");
    let most = SessionRecord::import(&encode(MAX_ARCHIVED + 1)).expect("imported");
    assert_eq!((MAX_ARCHIVED, most.len()), (40, 41));
    for count in [MAX_ARCHIVED + 2, MAX_ARCHIVED + 3] {
        let refused = SessionRecord::import(&encode(count));
        assert_eq!(refusal(refused), Some(ProtocolError::Decode), "{count}");
    }
}

// API-4
#[test]
fn a_session_with_skipped_keys_out_of_order_is_not_imported() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (mut ours, mut theirs) = converse(&alice, &mut bob);
    let last = (0..3)
        .map(|_| ours.encrypt(b"x", &mut rng()).expect("sent"))
        .last()
        .expect("sent");
    assert!(theirs.decrypt(last.kind, &last.bytes, &mut rng()).is_ok());
    let mut record = SessionRecord::new();
    let session = theirs.export().expect("exported").to_vec();
    record.insert(theirs);
    let record = record.export().expect("exported").to_vec();
    assert!(Session::import(&session).is_ok() && SessionRecord::import(&record).is_ok());
    // Both end with the two skipped keys: a number and 32 bytes each.
    let swapped = |state: &[u8]| {
        let mut state = state.to_vec();
        let at = state.len() - 2 * 36;
        state[at..].rotate_left(36);
        state
    };
    let refused = Session::import(&swapped(&session));
    assert_eq!(refusal(refused), Some(ProtocolError::Decode));
    let refused = SessionRecord::import(&swapped(&record));
    assert_eq!(refusal(refused), Some(ProtocolError::Decode));
}

/// Growing, a vector would leave copies of secrets behind.
// ENC-12
#[test]
fn exports_are_written_in_place() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    let (ours, theirs) = converse(&alice, &mut bob);
    let mut record = SessionRecord::new();
    let exports = [
        alice.device.export().expect("exported"),
        ours.export().expect("exported"),
        theirs.export().expect("exported"),
        {
            record.insert(ours);
            record.insert(theirs);
            record.export().expect("exported")
        },
    ];
    for (index, export) in exports.iter().enumerate() {
        assert!(export.len() > 200, "{index}");
        assert_eq!(export.capacity(), export.len(), "{index}");
    }
}

// API-2
#[test]
fn what_is_not_expected_may_be_anything() {
    let (alice, mut bob) = (Person::new(1), Person::new(2));
    for expected in [
        Expectations::default(),
        Expectations {
            address: None,
            ..alice.expected()
        },
        Expectations {
            account_key: None,
            ..alice.expected()
        },
    ] {
        let (_, sent) = alice
            .initiate(bob.reusable_bundle(), b"x")
            .expect("a session");
        assert!(bob.accept(&sent, &expected).is_ok());
    }
}
