//! What a topic goes through when everybody behaves.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::Visibility;
use crypto_wasm::forum::{PublicGroup, TopicGroup};

use crate::support::{NOW_S, Relay, Seat, TestRng, stranger};

// TOP-19
#[test]
fn all_members_have_the_same_archive_key_however_they_came_in() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Invite, rng);
    let mut relay = Relay::of(&alice.group);
    let device = stranger(rng);
    let mut bob = alice.add(&mut relay, device, rng).unwrap();
    let device = stranger(rng);
    let used = alice.link_for(&device, 1, rng);
    let carol = Seat::join(&mut relay, device, Some(used), rng).unwrap();
    alice.catch_up(&relay);
    bob.catch_up(&relay);
    assert_eq!(alice.group.epoch(), 2);
    for other in [&bob.group, &carol.group] {
        assert_eq!(other.epoch(), 2);
        assert!(alice.group.archive_key().unwrap() == other.archive_key().unwrap());
        assert_eq!(alice.group.state(), other.state());
        assert_eq!(alice.group.members().unwrap(), other.members().unwrap());
    }
    assert_eq!(relay.group.members().unwrap().len(), 3);
}

#[test]
fn an_export_is_the_same_twice_and_restores_the_group() {
    let rng = &mut TestRng::new();
    let mut alice = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&alice.group);
    for _ in 0..5 {
        let device = stranger(rng);
        Seat::join(&mut relay, device, None, rng).unwrap();
    }
    alice.catch_up(&relay);
    let commit = alice.group.commit(&Change::default(), NOW_S, rng).unwrap();
    let exported = alice.group.export().unwrap();
    assert_eq!(exported, alice.group.export().unwrap());
    let mut restored = TopicGroup::import(&alice.phone.device, &exported).unwrap();
    assert_eq!(restored.export().unwrap(), exported);
    relay.take(&commit).unwrap();
    let key = restored.pending_archive_key().unwrap();
    restored.apply_pending().unwrap();
    alice.group.process(&commit.commit).unwrap();
    assert!(restored.archive_key().unwrap() == alice.group.archive_key().unwrap());
    assert!(restored.archive_key().unwrap() == key);
    let snapshot = relay.group.snapshot().unwrap();
    let again = PublicGroup::from_snapshot(&snapshot).unwrap();
    assert_eq!(again.snapshot().unwrap(), snapshot);
}
