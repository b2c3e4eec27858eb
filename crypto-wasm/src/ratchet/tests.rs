//! What only the inside shows: how many keys a message makes the ratchet derive (T13), and which ones it keeps.

use std::cell::Cell;

use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::receiving::ReceivingChain;
use super::skipped::{SkippedKey, SkippedKeys};
use super::{ChainKey, MAX_KEPT, MAX_SKIPPED, MessageKey, Ratchet};
use crate::ProtocolError;
use crate::codec;
use crate::crypto::dh::{X25519KeyPair, X25519PublicKey};
use crate::pqxdh::SessionSecret;
use crate::wire::{Header, RatchetMessage};

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
    codec::encode(&[ratchet]).unwrap()
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

fn public(byte: u8) -> X25519PublicKey {
    X25519PublicKey::from_bytes([byte; 32]).unwrap()
}

fn header(ratchet_key: X25519PublicKey, message_number: u32) -> Header {
    Header {
        ratchet_key,
        previous_chain_length: 0,
        message_number,
    }
}

fn keys(numbers: &[u32]) -> Vec<SkippedKey> {
    let key = |number: &u32| SkippedKey::new(*number, MessageKey::copy_from(&[9; 32]));
    numbers.iter().map(key).collect()
}

/// Skipped keys as they are stored: chains by a byte of their ratchet key, and the numbers in each.
fn stored(chains: &[(u8, &[u32])]) -> Vec<u8> {
    let mut content = Vec::new();
    for (byte, numbers) in chains {
        let keys: Vec<u8> = numbers
            .iter()
            .flat_map(|number| [&number.to_be_bytes()[..], &[9; 32]].concat())
            .collect();
        content.extend(codec::encode(&[&[*byte; 32], &keys]).unwrap());
    }
    codec::encode(&[&content]).unwrap()
}

#[test]
fn skipped_keys_that_this_code_cannot_have_stored_are_refused() {
    let check = |chains: &[(u8, &[u32])]| {
        let keys: SkippedKeys = codec::decode(&stored(chains)).unwrap();
        keys.check()
    };
    let most: Vec<u32> = (0..2_000).collect();
    let good: [&[(u8, &[u32])]; 5] = [
        &[],
        &[(1, &[3, 4, 9])],
        &[(1, &[3]), (2, &[1])],
        &[(1, &[3]), (1, &[1])],
        &[(1, &most)],
    ];
    for (index, chains) in good.into_iter().enumerate() {
        assert_eq!(check(chains), Ok(()), "{index}");
    }
    let bad: [&[(u8, &[u32])]; 5] = [
        &[(1, &[])],
        &[(1, &[3]), (2, &[])],
        &[(1, &[4, 3])],
        &[(1, &[3, 3])],
        &[(1, &most), (2, &[0])],
    ];
    for (index, chains) in bad.into_iter().enumerate() {
        assert_eq!(check(chains), Err(ProtocolError::Decode), "{index}");
    }
}

// RAT-9
#[test]
fn skipped_keys_stay_in_the_order_in_which_they_were_derived() {
    let after = |steps: &[(u8, &[u32])]| {
        let mut skipped = SkippedKeys::default();
        for (byte, numbers) in steps {
            skipped.extend(public(*byte), keys(numbers));
        }
        codec::encode(&[&skipped]).unwrap()
    };
    assert_eq!(after(&[(1, &[]), (2, &[])]), stored(&[]));
    assert_eq!(
        after(&[(1, &[0, 1]), (1, &[4])]),
        stored(&[(1, &[0, 1, 4])])
    );
    assert_eq!(
        after(&[(1, &[4]), (2, &[5])]),
        stored(&[(1, &[4]), (2, &[5])])
    );
    // A peer that uses a ratchet key again begins at 0 again.
    for again in [0, 4] {
        let steps: [(u8, &[u32]); 2] = [(1, &[4]), (1, &[again])];
        assert_eq!(after(&steps), stored(&steps));
    }
    let (old, new): (Vec<u32>, Vec<u32>) = ((0..1_999).collect(), (0..3).collect());
    assert_eq!(
        after(&[(1, &[7]), (2, &old), (3, &new)]),
        stored(&[(2, &old[2..]), (3, &new)])
    );
}

// RAT-7, RAT-9
#[test]
fn a_used_key_is_gone_and_a_chain_without_keys_with_it() {
    let mut skipped = SkippedKeys::default();
    skipped.extend(public(1), keys(&[4, 6]));
    skipped.extend(public(2), keys(&[4]));
    assert_eq!(skipped.len(), 3);
    let has = |skipped: &SkippedKeys, byte, number| {
        let found = skipped.get(&header(public(byte), number));
        found.is_some()
    };
    assert!(has(&skipped, 1, 6) && has(&skipped, 2, 4));
    assert!(!has(&skipped, 1, 5) && !has(&skipped, 2, 6));
    skipped.remove(&header(public(1), 4));
    skipped.remove(&header(public(1), 5));
    assert!(!has(&skipped, 1, 4) && has(&skipped, 2, 4));
    assert!(skipped.has_chain(&public(1)));
    skipped.remove(&header(public(1), 6));
    assert!(!skipped.has_chain(&public(1)) && skipped.has_chain(&public(2)));
    assert_eq!(skipped.len(), 1);
}

#[test]
fn a_chain_is_known_while_it_is_current_or_has_skipped_keys() {
    let (mut sender, mut receiver) = pair();
    let old = send(&mut sender, 2);
    receiver.decrypt(&old[1], &mut rng()).unwrap();
    let reply = receiver.encrypt(b"reply", &mut rng()).unwrap();
    sender.decrypt(&reply, &mut rng()).unwrap();
    let new = send(&mut sender, 1).remove(0);
    assert!(receiver.knows_chain(&old[0].header.ratchet_key));
    assert!(!receiver.knows_chain(&new.header.ratchet_key));
    receiver.decrypt(&new, &mut rng()).unwrap();
    assert!(receiver.knows_chain(&new.header.ratchet_key));
    assert!(receiver.knows_chain(&old[0].header.ratchet_key));
    receiver.decrypt(&old[0], &mut rng()).unwrap();
    assert!(!receiver.knows_chain(&old[0].header.ratchet_key));
}

// RAT-11
#[test]
fn the_last_number_is_never_sent_but_taken() {
    let (sender, _) = pair();
    let mut state = encoded(&sender);
    // Behind the sending chain's number: its previous length, no receiving chain, no skipped keys.
    let at = state.len() - 10;
    state[at..at + 4].copy_from_slice(&0xffff_fffe_u32.to_be_bytes());
    let mut sender: Ratchet = codec::decode(&state).unwrap();
    let last = sender.encrypt(b"last", &mut rng()).unwrap();
    assert_eq!(last.header.message_number, 0xffff_fffe);
    let before = encoded(&sender);
    let refused = sender.encrypt(b"one too many", &mut rng());
    assert_eq!(refused, Err(ProtocolError::Exhausted));
    assert_eq!(encoded(&sender), before);

    let key = ChainKey::copy_from(&[9; 32]);
    let next = u64::from(u32::MAX).to_be_bytes();
    let bytes = [&[1; 32][..], key.expose(), &next].concat();
    let chain: ReceivingChain = codec::decode(&bytes).unwrap();
    let header = header(public(1), u32::MAX);
    assert!(chain.check_skipped(&header).is_ok() && !chain.has_passed(&header));
    let advanced = chain.advance(&header);
    assert!(advanced.message_key == key.message_key());
    assert!(advanced.skipped.is_empty() && advanced.chain.has_passed(&header));
}
