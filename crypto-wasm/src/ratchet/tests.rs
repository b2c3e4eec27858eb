//! What only the inside shows: how many keys a message makes the ratchet derive (T13), and which ones it keeps.

use std::cell::Cell;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use tls_codec::Serialize as _;

use super::{MAX_KEPT, MAX_SKIPPED, Ratchet};
use crate::ProtocolError;
use crate::crypto::dh::X25519KeyPair;
use crate::pqxdh::SessionSecret;
use crate::wire::RatchetMessage;

/// [`MAX_SKIPPED`] as a message number.
const LIMIT: u32 = 25_000;

thread_local! {
    static DERIVATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Called by every chain key derivation.
pub(super) fn count_derivation() {
    DERIVATIONS.set(DERIVATIONS.get() + 1);
}

fn derivations_of<T>(operation: impl FnOnce() -> T) -> (u64, T) {
    let before = DERIVATIONS.get();
    let result = operation();
    (DERIVATIONS.get() - before, result)
}

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Both sides, after the responder has received the initiator's first message.
fn pair() -> (Ratchet, Ratchet) {
    let secret = SessionSecret::copy_from(&[7; 32]);
    let signed_prekey = X25519KeyPair::generate(&mut rng());
    let mut initiator =
        Ratchet::initiate(&secret, [1; 32], signed_prekey.public_key(), &mut rng()).unwrap();
    let first = initiator.encrypt(b"first", &mut rng()).unwrap();
    let (responder, plaintext) =
        Ratchet::accept(&secret, [1; 32], &signed_prekey, &first, &mut rng()).unwrap();
    assert_eq!(plaintext, b"first");
    (initiator, responder)
}

fn send(ratchet: &mut Ratchet, count: usize) -> Vec<RatchetMessage> {
    (0..count)
        .map(|_| ratchet.encrypt(b"x", &mut rng()).unwrap())
        .collect()
}

fn encoded(ratchet: &Ratchet) -> Vec<u8> {
    ratchet.tls_serialize_detached().unwrap()
}

// RAT-8
#[test]
fn t13_beyond_the_limit_nothing_is_derived() {
    let (mut sender, mut receiver) = pair();
    let message = send(&mut sender, 1).remove(0);
    let before = encoded(&receiver);
    for number in [LIMIT + 2, u32::MAX] {
        let mut far = message.clone();
        far.header.message_number = number;
        let (derivations, refused) = derivations_of(|| receiver.decrypt(&far, &mut rng()));
        assert_eq!(
            (derivations, refused),
            (0, Err(ProtocolError::TooManySkipped))
        );

        // The same in a new chain, alone and together with the end of the current one.
        far.header.ratchet_key = X25519KeyPair::generate(&mut rng()).public_key();
        far.header.message_number = number - 1;
        let (derivations, refused) = derivations_of(|| receiver.decrypt(&far, &mut rng()));
        assert_eq!(
            (derivations, refused),
            (0, Err(ProtocolError::TooManySkipped))
        );
        (far.header.previous_chain_length, far.header.message_number) = (2, number - 2);
        let (derivations, refused) = derivations_of(|| receiver.decrypt(&far, &mut rng()));
        assert_eq!(
            (derivations, refused),
            (0, Err(ProtocolError::TooManySkipped))
        );
    }
    assert_eq!(encoded(&receiver), before);
}

// RAT-8
#[test]
fn t13_a_forgery_within_the_limit_derives_no_more_than_the_limit() {
    let (mut sender, mut receiver) = pair();
    let mut message = send(&mut sender, 1).remove(0);
    message.header.message_number = LIMIT + 1;
    let before = encoded(&receiver);
    let (derivations, refused) = derivations_of(|| receiver.decrypt(&message, &mut rng()));
    assert_eq!(refused, Err(ProtocolError::Decrypt));
    assert!(
        derivations <= MAX_SKIPPED + MAX_KEPT as u64 + 2,
        "{derivations}"
    );
    assert_eq!(encoded(&receiver), before);
}

// RAT-8, RAT-9, RAT-10
#[test]
fn the_limit_itself_is_allowed_and_the_newest_keys_stay() {
    assert_eq!(u64::from(LIMIT), MAX_SKIPPED);
    let (mut sender, mut receiver) = pair();
    let messages = send(&mut sender, LIMIT as usize + 1);
    let (last, skipped) = messages.split_last().unwrap();
    assert!(receiver.decrypt(last, &mut rng()).is_ok());
    assert_eq!(receiver.kept_skipped_keys(), MAX_KEPT);
    let (dropped, kept) = skipped.split_at(skipped.len() - MAX_KEPT);
    assert_eq!(
        receiver.decrypt(dropped.last().unwrap(), &mut rng()),
        Err(ProtocolError::DuplicateMessage)
    );
    for message in [kept.last().unwrap(), kept.first().unwrap()] {
        assert!(receiver.decrypt(message, &mut rng()).is_ok());
        assert_eq!(
            receiver.decrypt(message, &mut rng()),
            Err(ProtocolError::DuplicateMessage)
        );
    }
    assert_eq!(receiver.kept_skipped_keys(), MAX_KEPT - 2);
}

// RAT-9, RAT-10
#[test]
fn the_newest_keys_stay_across_chains() {
    let (mut sender, mut receiver) = pair();
    let old = send(&mut sender, 1_500);
    let reply = receiver.encrypt(b"reply", &mut rng()).unwrap();
    sender.decrypt(&reply, &mut rng()).unwrap();
    let new = send(&mut sender, 1_001);
    assert!(receiver.decrypt(&new[1_000], &mut rng()).is_ok());
    assert_eq!(receiver.kept_skipped_keys(), MAX_KEPT);
    // 1,500 of the ended chain and 1,000 of the new one: the first 500 go.
    assert_eq!(
        receiver.decrypt(&old[499], &mut rng()),
        Err(ProtocolError::Decrypt)
    );
    for message in [&old[500], &old[1_499], &new[0], &new[999]] {
        assert!(receiver.decrypt(message, &mut rng()).is_ok());
    }
}

// RAT-6
#[test]
fn the_signed_prekey_is_never_a_ratchet_key() {
    let (mut initiator, mut responder) = pair();
    for _ in 0..3 {
        let mut message = send(&mut responder, 1).remove(0);
        let genuine = message.clone();
        message.header.ratchet_key = initiator.signed_prekey;
        message.header.message_number = u32::MAX;
        let before = encoded(&initiator);
        let (derivations, refused) = derivations_of(|| initiator.decrypt(&message, &mut rng()));
        assert_eq!((derivations, refused), (0, Err(ProtocolError::Decrypt)));
        assert_eq!(encoded(&initiator), before);
        initiator.decrypt(&genuine, &mut rng()).unwrap();
        std::mem::swap(&mut initiator, &mut responder);
    }
}
