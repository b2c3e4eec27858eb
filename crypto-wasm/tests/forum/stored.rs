//! Stored groups of earlier versions still open. The fixtures are a topic of two: the founder's group with a pending commit, the
//! other member's, the relay's, and a KeyPackage of a third device that the pending commit adds.

use crypto_wasm::forum::PublicGroup;
use crypto_wasm::forum::group::{Expected, StoredKeyPackage, TopicGroup, WelcomeInfo};
use crypto_wasm::identity::Device;
use zeroize::Zeroizing;

use crate::support::{NOW_S, TestRng};

const FIXTURES: &str = include_str!("fixtures/stored-groups-v1.txt");

fn fixture(name: &str) -> Vec<u8> {
    let line = FIXTURES
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    hex::decode(line.unwrap()).unwrap()
}

fn device(name: &str) -> Device {
    Device::import(&fixture(name)).unwrap()
}

// API-4
#[test]
fn stored_groups_open_and_encode_as_they_were() {
    for (owner, group) in [("alice.device", "alice.group"), ("bob.device", "bob.group")] {
        let stored = fixture(group);
        let mut restored = TopicGroup::import(&device(owner), &stored).unwrap();
        assert!(*restored.export().unwrap() == stored, "{group}");
    }
    let relay = fixture("relay.group");
    let restored = PublicGroup::from_snapshot(&relay).unwrap();
    assert!(restored.snapshot().unwrap() == relay);
}

#[test]
fn a_stored_topic_goes_on() {
    let mut alice = TopicGroup::import(&device("alice.device"), &fixture("alice.group")).unwrap();
    let mut bob = TopicGroup::import(&device("bob.device"), &fixture("bob.group")).unwrap();
    let mut relay = PublicGroup::from_snapshot(&fixture("relay.group")).unwrap();
    let commit = fixture("commit");
    relay.apply(&commit, NOW_S).unwrap();
    bob.process(&commit).unwrap();
    alice.apply_pending().unwrap();
    let info = WelcomeInfo {
        welcome: fixture("welcome"),
        tree: relay.tree().unwrap(),
        policies: vec![relay.state().policy.clone()],
    };
    let package = StoredKeyPackage {
        reference: fixture("carol.reference"),
        secret: Zeroizing::new(fixture("carol.secret")),
    };
    let rng = &mut TestRng::new();
    let carol = device("carol.device");
    let carol =
        TopicGroup::join_welcome(&carol, &info, &package, &Expected::default(), rng).unwrap();
    let key = alice.archive_key().unwrap();
    assert!(key == bob.archive_key().unwrap() && key == carol.archive_key().unwrap());
}
