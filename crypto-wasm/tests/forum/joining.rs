//! What joiners check before they believe a relay, and what stays of a member who is gone.

use crypto_wasm::forum::group::{
    Change, Expected, JoinInfo, KeyPackageRequest, NewTopic, Progress, StoredKeyPackage,
    describe_key_package, generate_key_packages, welcome_references,
};
use crypto_wasm::forum::wire::{Role, Visibility};
use crypto_wasm::forum::{PublicGroup, TopicError, TopicGroup};
use crypto_wasm::wire::TopicId;
use zeroize::Zeroizing;

use crate::support::{NOW, NOW_S, Phone, Relay, Seat, TestRng, draft, new_topic, stranger};

fn join(
    phone: &Phone,
    info: &JoinInfo,
    expected: &Expected,
    rng: &mut TestRng,
) -> Result<TopicGroup, &'static str> {
    TopicGroup::join_external(&phone.device, info, None, expected, rng)
        .map(|(group, _)| group)
        .map_err(|error| error.code())
}

// TOP-20
#[test]
fn t33_a_made_up_group_under_a_known_topic_id_is_noticed() {
    let rng = &mut TestRng::new();
    let owner = Seat::found(Visibility::Open, rng);
    let genesis = &owner.group.state().genesis;
    let known = [
        Expected {
            genesis_hash: Some(genesis.hash().unwrap()),
            ..Expected::default()
        },
        Expected {
            founder: Some(genesis.account()),
            ..Expected::default()
        },
    ];
    // The relay founds a topic of the same id, by a device of its own.
    let sybil = Seat::found(Visibility::Open, rng);
    assert_eq!(sybil.group.id(), owner.group.id());
    let (made_up, real) = (Relay::of(&sybil.group), Relay::of(&owner.group));
    for expected in known {
        let phone = stranger(rng);
        let joined = join(&phone, &made_up.join_info(), &expected, rng);
        assert_eq!(joined.err(), Some("topic-mismatch"));
        assert!(join(&phone, &real.join_info(), &expected, rng).is_ok());
    }
    let other_id = Expected {
        topic_id: Some(TopicId::from_bytes([8; 16])),
        ..Expected::default()
    };
    let joined = join(&stranger(rng), &real.join_info(), &other_id, rng);
    assert_eq!(joined.err(), Some("topic-mismatch"));
}

// TOP-3, TOP-20
#[test]
fn t33_a_group_without_the_chain_of_its_policies_is_refused() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&owner.group);
    let other = stranger(rng).account();
    owner.set_roles(&mut relay, &[(other, Role::Moderator)], rng);
    owner.set_roles(&mut relay, &[(other, Role::Owner)], rng);
    let info = relay.join_info();
    assert_eq!(info.policies.len(), 3);
    let mut bad_signature = info.policies.clone();
    bad_signature[1].signature = bad_signature[0].signature;
    let sybil = Seat::found(Visibility::Open, rng);
    let foreign = sybil.group.state().policy.clone();
    let chains = [
        (Vec::new(), "policy-chain"),
        (info.policies[1..].to_vec(), "policy-chain"),
        (info.policies[..2].to_vec(), "policy-chain"),
        (
            vec![info.policies[0].clone(), info.policies[2].clone()],
            "policy-chain",
        ),
        (
            vec![foreign, info.policies[1].clone(), info.policies[2].clone()],
            "policy-chain",
        ),
        (bad_signature, "bad-signature"),
    ];
    for (policies, code) in chains {
        let damaged = JoinInfo {
            policies,
            ..info.clone()
        };
        let joined = join(&stranger(rng), &damaged, &Expected::default(), rng);
        assert_eq!(joined.err(), Some(code));
    }
    assert!(join(&stranger(rng), &info, &Expected::default(), rng).is_ok());
}

// TOP-20
#[test]
fn t33_an_older_state_than_known_is_refused() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&owner.group);
    owner.commit(&mut relay, &Change::default(), rng).unwrap();
    let info = relay.join_info();
    let known = |generation: u64, epoch, revision| Expected {
        progress: Some(Progress {
            epoch: generation << 32 | epoch,
            revision,
        }),
        ..Expected::default()
    };
    let phone = stranger(rng);
    assert!(join(&phone, &info, &known(0, 1, 0), rng).is_ok());
    for rolled_back in [
        known(0, 2, 0),
        known(1, 0, 0),
        known(0, 1, 1),
        known(0, 0, 1),
    ] {
        let joined = join(&phone, &info, &rolled_back, rng);
        assert_eq!(joined.err(), Some("topic-rollback"));
    }
}

// TOP-20
#[test]
fn who_is_added_checks_the_same() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let phone = stranger(rng);
    let package = phone.key_package(rng);
    let change = Change {
        add: vec![package.key_package],
        ..Change::default()
    };
    let commit = owner.commit(&mut relay, &change, rng).unwrap();
    let welcome = commit.welcome.unwrap();
    assert_eq!(
        welcome_references(&welcome).unwrap(),
        std::slice::from_ref(&package.stored.reference)
    );
    assert_eq!(commit.welcomed, [phone.address()]);
    let info = relay.welcome_info(welcome);
    let mismatch = Expected {
        genesis_hash: Some([0; 32]),
        ..Expected::default()
    };
    let mut join = |info, expected: &Expected| {
        TopicGroup::join_welcome(&phone.device, info, &package.stored, expected, rng)
            .map_err(|error| error.code())
            .err()
    };
    assert_eq!(join(&info, &mismatch), Some("topic-mismatch"));
    let mut unchained = info.clone();
    unchained.policies.clear();
    assert_eq!(join(&unchained, &Expected::default()), Some("policy-chain"));
    let mut other_tree = info.clone();
    other_tree.tree = Relay::of(&Seat::found(Visibility::Closed, &mut TestRng::new()).group)
        .join_info()
        .tree;
    assert_eq!(
        join(&other_tree, &Expected::default()),
        Some("commit-refused")
    );
    assert_eq!(join(&info, &Expected::default()), None);
}

#[test]
fn a_key_package_is_what_it_says_and_its_secret_is_strict() {
    let rng = &mut TestRng::new();
    let phone = stranger(rng);
    let request = KeyPackageRequest {
        one_time: 2,
        last_resort: true,
        now_s: NOW_S,
    };
    let made = generate_key_packages(&phone.device, &request, rng).unwrap();
    let kinds: Vec<bool> = made.iter().map(|package| package.last_resort).collect();
    assert_eq!(kinds, [false, false, true]);
    for package in &made {
        let info = describe_key_package(&package.key_package).unwrap();
        assert_eq!(info.certificate, *phone.certificate());
        assert_eq!(info.last_resort, package.last_resort);
    }
    assert_ne!(made[0].stored.reference, made[1].stored.reference);
    assert_eq!(
        describe_key_package(b"none").err().unwrap().code(),
        "commit-refused"
    );
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let last_resort = &made[2];
    let change = Change {
        add: vec![last_resort.key_package.clone()],
        ..Change::default()
    };
    let commit = owner.commit(&mut relay, &change, rng).unwrap();
    let info = relay.welcome_info(commit.welcome.unwrap());
    let mut longer = last_resort.stored.secret.to_vec();
    longer.push(0);
    let damaged = StoredKeyPackage {
        reference: last_resort.stored.reference.clone(),
        secret: Zeroizing::new(longer),
    };
    let expected = Expected::default();
    let joined = TopicGroup::join_welcome(&phone.device, &info, &damaged, &expected, rng);
    assert_eq!(joined.err().unwrap().code(), "decode");
    let joined =
        TopicGroup::join_welcome(&phone.device, &info, &last_resort.stored, &expected, rng);
    assert!(joined.is_ok());
}

// TOP-22
#[test]
fn a_key_package_out_of_its_lifetime_is_added_by_nobody_and_taken_by_no_relay() {
    const DAY: u64 = 24 * 60 * 60;
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let change = Change {
        add: vec![stranger(rng).key_package(rng).key_package],
        ..Change::default()
    };
    for now_s in [NOW_S - 2 * DAY, NOW_S + 92 * DAY] {
        let refused = owner.group.commit(&change, now_s, rng);
        assert_eq!(refused.err().unwrap().code(), "commit-refused");
    }
    let commit = owner.group.commit(&change, NOW_S + 90 * DAY, rng).unwrap();
    let mut late = relay.group.clone();
    assert!(late.apply(&commit.commit, NOW_S + 92 * DAY).is_err());
    relay.take(&commit).unwrap();
    owner.group.apply_pending().unwrap();
    // Those who come later, or were away, do not look at the clock: a founder's leaf of 1970 is good for ever.
    let phone = stranger(rng);
    let topic = NewTopic {
        now_ms: 0,
        ..new_topic(Visibility::Open)
    };
    let mut old = TopicGroup::create(&phone.device, &topic, rng).unwrap();
    let info = JoinInfo {
        group_info: old.group_info().unwrap(),
        tree: old.tree().unwrap(),
        policies: vec![old.state().policy.clone()],
    };
    let (device, expected) = (stranger(rng).device, Expected::default());
    let (_, commit) = TopicGroup::join_external(&device, &info, None, &expected, rng).unwrap();
    old.process(&commit.commit).unwrap();
}

#[test]
fn t15_a_removed_device_learns_nothing_of_what_comes_after() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let mut removed = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let mut member = owner.add(&mut relay, stranger(rng), rng).unwrap();
    removed.catch_up(&relay);
    let kept = removed.group.export().unwrap();
    let last = removed.group.archive_key().unwrap();
    let removal = owner.remove(&mut relay, removed.address(), rng);
    let after = owner.commit(&mut relay, &Change::default(), rng).unwrap();
    member.catch_up(&relay);
    let changes = removed.group.process(&removal.commit).unwrap();
    assert!(changes.self_removed);
    assert_eq!(changes.removed, [removed.phone.certificate().clone()]);
    assert!(removed.group.archive_key().unwrap() == last);
    // With what it kept, it gets no further, whatever it is given.
    let mut again = TopicGroup::import(&removed.phone.device, &kept).unwrap();
    assert_eq!(
        again.process(&after.commit).err().unwrap().code(),
        "epoch-conflict"
    );
    again.process(&removal.commit).unwrap();
    assert!(again.process(&after.commit).is_err());
    assert!(again.archive_key().unwrap() != member.group.archive_key().unwrap());
    let expected = Expected::default();
    let info = relay.join_info();
    let back = TopicGroup::join_external(&removed.phone.device, &info, None, &expected, rng);
    assert_eq!(back.err().unwrap().code(), "forbidden");
}

// TOP-3
#[test]
fn a_relay_takes_a_new_topic_as_it_must_begin() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Open, rng);
    let (info, tree) = (
        owner.group.group_info().unwrap(),
        owner.group.tree().unwrap(),
    );
    assert!(PublicGroup::create(&info, &tree, NOW_S).is_ok());
    let other = Seat::found(Visibility::Open, rng);
    assert!(PublicGroup::create(&info, &other.group.tree().unwrap(), NOW_S).is_err());
    assert!(PublicGroup::create(&owner.group.tree().unwrap(), &tree, NOW_S).is_err());
    let mut relay = Relay::of(&owner.group);
    owner.commit(&mut relay, &Change::default(), rng).unwrap();
    let later = PublicGroup::create(&relay.group_info, &relay.group.tree().unwrap(), NOW_S);
    assert_eq!(later.err().unwrap().code(), "commit-refused");
}

// TOP-2
#[test]
fn a_topic_is_not_founded_with_a_policy_that_is_not_consistent() {
    let rng = &mut TestRng::new();
    let mut policy = draft(Visibility::Open);
    policy.history_days = 3;
    let topic = NewTopic {
        policy,
        ..new_topic(Visibility::Open)
    };
    let founded = TopicGroup::create(&stranger(rng).device, &topic, rng);
    assert!(matches!(founded.err(), Some(TopicError::PolicyChain)));
}

// TOP-21
#[test]
fn a_relay_refuses_a_group_info_that_is_not_of_the_committer_and_epoch() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Open, rng);
    let mut relay = Relay::of(&owner.group);
    let member = Seat::join(&mut relay, stranger(rng), None, rng).unwrap();
    owner.catch_up(&relay);
    let (own, others) = (
        owner.group.group_info().unwrap(),
        member.group.group_info().unwrap(),
    );
    let mut group = relay.group.clone();
    assert!(group.check_group_info(&own, owner.address()).is_ok());
    assert!(group.check_group_info(&others, member.address()).is_ok());
    assert!(group.check_group_info(&others, owner.address()).is_err());
    let old = own;
    owner.commit(&mut relay, &Change::default(), rng).unwrap();
    assert!(relay.group.check_group_info(&old, owner.address()).is_err());
    let commit = owner.group.commit(&Change::default(), NOW_S, rng).unwrap();
    assert!(
        relay
            .group
            .check_group_info(&commit.commit, owner.address())
            .is_err()
    );
    assert!(relay.group.check_group_info(b"", owner.address()).is_err());
}

#[test]
fn a_stored_group_is_of_one_device() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Open, rng);
    let exported = owner.group.export().unwrap();
    let other = stranger(rng);
    let imported = TopicGroup::import(&other.device, &exported);
    assert_eq!(imported.err().unwrap().code(), "not-a-member");
    for damaged in [&exported[..exported.len() - 1], &exported[1..], &[]] {
        assert!(TopicGroup::import(&owner.phone.device, damaged).is_err());
    }
    assert_eq!(owner.group.state().genesis.created_at_ms, NOW);
    // The device's identity key is not in it.
    let seed = *owner.phone.identity().seed();
    assert!(!exported.windows(32).any(|window| window == seed));
}
