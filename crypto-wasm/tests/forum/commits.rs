//! Conflicts: two commits of one epoch, of which the relay takes one.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;

use crate::support::{NOW_S, Relay, Seat, TestRng, stranger};

// TOP-21
#[test]
fn of_two_commits_one_is_taken_and_the_other_made_anew() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&alice.group);
    let mut bob = Seat::join(&mut relay, stranger(rng), None, rng).unwrap();
    alice.catch_up(&relay);
    let first = bob.group.commit(&Change::default(), NOW_S, rng).unwrap();
    let change = Change {
        add: vec![stranger(rng).key_package(rng).key_package],
        ..Change::default()
    };
    let second = alice.group.commit(&change, NOW_S, rng).unwrap();
    relay.take(&first).unwrap();
    assert_eq!(relay.take(&second).err().unwrap().code(), "epoch-conflict");
    assert!(relay.group.apply(&second.commit, NOW_S).is_err());
    assert!(alice.group.has_pending());
    assert_eq!(
        alice
            .group
            .commit(&change, NOW_S, rng)
            .err()
            .unwrap()
            .code(),
        "pending-commit"
    );
    alice.group.clear_pending();
    assert_eq!(
        alice.group.apply_pending().err().unwrap().code(),
        "pending-commit"
    );
    assert!(alice.group.pending_archive_key().is_err());
    alice.catch_up(&relay);
    let again = alice.commit(&mut relay, &change, rng).unwrap();
    assert_eq!(again.epoch, second.epoch + 1);
    // Its own commit, as the relay gives it back.
    bob.catch_up(&relay);
    bob.group.apply_pending().unwrap_err();
    assert!(alice.group.archive_key().unwrap() == bob.group.archive_key().unwrap());
}

// TOP-21
#[test]
fn a_commit_is_applied_once_and_in_its_epoch() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&alice.group);
    let mut bob = Seat::join(&mut relay, stranger(rng), None, rng).unwrap();
    alice.catch_up(&relay);
    let first = alice
        .commit(&mut relay, &Change::default(), rng)
        .unwrap()
        .commit;
    let second = alice
        .commit(&mut relay, &Change::default(), rng)
        .unwrap()
        .commit;
    let before = bob.group.export().unwrap();
    assert_eq!(
        bob.group.process(&second).err().unwrap().code(),
        "epoch-conflict"
    );
    assert!(*bob.group.export().unwrap() == *before);
    bob.group.process(&first).unwrap();
    assert_eq!(
        bob.group.process(&first).err().unwrap().code(),
        "epoch-conflict"
    );
    bob.group.process(&second).unwrap();
    assert!(alice.group.archive_key().unwrap() == bob.group.archive_key().unwrap());
}

#[test]
fn what_is_authenticated_besides_arrives() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&alice.group);
    let mut bob = Seat::join(&mut relay, stranger(rng), None, rng).unwrap();
    alice.catch_up(&relay);
    let change = Change {
        authenticated_data: b"posts".to_vec(),
        ..Change::default()
    };
    let commit = alice.commit(&mut relay, &change, rng).unwrap();
    let changes = bob.group.process(&commit.commit).unwrap();
    assert_eq!(changes.authenticated_data, b"posts");
    assert_eq!(changes.committer, *alice.phone.certificate());
    assert_eq!((changes.epoch, changes.policy), (2, None));
    assert!(!changes.is_external && !changes.self_removed);
}

#[test]
fn removing_somebody_absent_is_refused_before_anything_is_made() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let change = Change {
        remove: vec![stranger(rng).address()],
        ..Change::default()
    };
    let refused = alice.group.commit(&change, NOW_S, rng);
    assert_eq!(refused.err().unwrap().code(), "not-a-member");
    assert!(!alice.group.has_pending());
}

// TOP-21
#[test]
fn a_commit_of_an_earlier_epoch_is_that_also_when_its_committer_is_gone() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&alice.group);
    let mut bob = Seat::join(&mut relay, stranger(rng), None, rng).unwrap();
    alice.catch_up(&relay);
    let old = bob.commit(&mut relay, &Change::default(), rng).unwrap();
    alice.catch_up(&relay);
    alice.remove(&mut relay, bob.address(), rng);
    let late = alice.group.process(&old.commit);
    assert_eq!(late.err().unwrap().code(), "epoch-conflict");
    let late = relay.group.apply(&old.commit, NOW_S);
    assert_eq!(late.err().unwrap().code(), "epoch-conflict");
}
