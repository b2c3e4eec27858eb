//! A topic's next group, where nobody can apply the newest commit of the one that is.

use crypto_wasm::forum::group::{Change, Expected, Progress, WelcomeInfo};
use crypto_wasm::forum::state::generation_of;
use crypto_wasm::forum::wire::{Role, Visibility};
use crypto_wasm::forum::{PublicGroup, RuleError, TopicError, TopicGroup};

use crate::support::{NOW_S, Relay, Seat, TestRng, new_topic, stranger};

fn succeed(seat: &Seat, rng: &mut TestRng) -> TopicGroup {
    seat.group.succeed(&seat.phone.device, NOW_S, rng).unwrap()
}

/// What the relay says to a next group.
fn judged(relay: &Relay, next: &TopicGroup) -> Result<PublicGroup, &'static str> {
    let (info, tree) = (next.group_info().unwrap(), next.tree().unwrap());
    relay
        .group
        .succeed(&info, &tree, NOW_S)
        .map_err(|error| error.code())
}

// TOP-23, TOP-24
#[test]
fn t34_the_next_group_follows_the_one_that_is() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let phone = stranger(rng);
    let package = phone.key_package(rng);
    let member = owner.add(&mut relay, phone, rng).unwrap();
    let banned = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let ban = Change {
        remove: vec![banned.address()],
        ban: vec![banned.account()],
        ..Change::default()
    };
    owner.commit(&mut relay, &ban, rng).unwrap();
    let before = owner.group.epoch();
    let mut next = succeed(&owner, rng);
    let public = judged(&relay, &next).unwrap();
    for (generation, epoch) in [
        (next.id().generation, next.epoch()),
        (public.state().policy.generation, public.epoch()),
    ] {
        assert_eq!((generation, epoch), (1, 1 << 32));
        assert_eq!(generation_of(epoch), generation);
        assert!(epoch > before, "later is higher");
    }
    assert_eq!(
        public.members().unwrap(),
        [owner.phone.certificate().clone()]
    );
    let (was, is) = (owner.group.state(), next.state());
    assert_eq!(
        (&is.genesis, &is.admission.bans),
        (&was.genesis, &was.admission.bans)
    );
    assert_eq!(
        is.admission.invite_generation,
        was.admission.invite_generation + 1
    );
    assert_eq!(is.policy.revision, was.policy.revision + 1);
    assert_ne!(
        next.archive_key().unwrap().expose(),
        owner.group.archive_key().unwrap().expose()
    );

    // Who was added to the one before is added again, and knows whence it comes.
    let change = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    let made = next.commit(&change, NOW_S, rng).unwrap();
    let mut policies = relay.policies.clone();
    policies.push(next.state().policy.clone());
    next.apply_pending().unwrap();
    let info = WelcomeInfo {
        welcome: made.welcome.unwrap(),
        tree: next.tree().unwrap(),
        policies,
    };
    let known = Expected {
        genesis_hash: Some(was.genesis.hash().unwrap()),
        progress: Some(Progress {
            epoch: member.group.epoch(),
            revision: was.policy.revision,
        }),
        ..Expected::default()
    };
    let device = &member.phone.device;
    let stored = &package.stored;
    let joined = TopicGroup::join_welcome(device, &info, stored, &known, rng).unwrap();
    assert_eq!(joined.epoch(), (1 << 32) + 1);
    // Without the policy that names it, it is no group of this topic.
    let mut short = info;
    short.policies.pop();
    let refused = TopicGroup::join_welcome(device, &short, stored, &known, rng);
    assert_eq!(refused.err().unwrap().code(), "policy-chain");
}

// TOP-4, TOP-24
#[test]
fn t34_nobody_but_an_owner_who_is_there_founds_it() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let mut moderator = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let mut second = owner.add(&mut relay, stranger(rng), rng).unwrap();
    moderator.catch_up(&relay);
    let roles = [
        (moderator.account(), Role::Moderator),
        (second.account(), Role::Owner),
    ];
    owner.set_roles(&mut relay, &roles, rng);
    moderator.catch_up(&relay);
    second.catch_up(&relay);
    let refused = moderator
        .group
        .succeed(&moderator.phone.device, NOW_S, rng)
        .err()
        .unwrap();
    assert_eq!(refused.code(), "forbidden");
    assert!(judged(&relay, &succeed(&second, rng)).is_ok());
    // An owner whose device is there no longer.
    let late = succeed(&second, rng);
    let gone = second.address();
    owner.remove(&mut relay, gone, rng);
    assert_eq!(judged(&relay, &late).err(), Some("commit-refused"));
}

// TOP-24
#[test]
fn t34_what_does_not_follow_is_refused() {
    let rng = &mut TestRng::new();
    let owner = Seat::found(Visibility::Closed, rng);
    let relay = Relay::of(&owner.group);
    let next = succeed(&owner, rng);
    let after_next = next.succeed(&owner.phone.device, NOW_S, rng).unwrap();
    assert_eq!(judged(&relay, &after_next).err(), Some("policy-chain"));
    assert_eq!(judged(&relay, &owner.group).err(), Some("policy-chain"));
    let another =
        TopicGroup::create(&owner.phone.device, &new_topic(Visibility::Closed), rng).unwrap();
    assert!(judged(&relay, &another).is_err());
    let (info, tree) = (next.group_info().unwrap(), next.tree().unwrap());
    for (info, tree) in [
        (info.as_slice(), &owner.group.tree().unwrap()[..]),
        (&info[1..], &tree),
        (&[], &[]),
    ] {
        assert!(relay.group.succeed(info, tree, NOW_S).is_err());
    }
    // Not its own epoch 0 any more.
    let mut grown = succeed(&owner, rng);
    grown.commit(&Change::default(), NOW_S, rng).unwrap();
    grown.apply_pending().unwrap();
    assert_eq!(judged(&relay, &grown).err(), Some("commit-refused"));
    // A policy that says something else names a next group as well, if an owner signs it; one that skips a number does not.
    let mut skipped = after_next.state().policy.clone();
    skipped.previous_hash = owner.group.state().policy.hash().unwrap();
    skipped.revision = next.state().policy.revision;
    assert!(matches!(
        skipped.follows(&owner.group.state().policy),
        Err(TopicError::PolicyChain)
    ));
}

/// Nothing of a commit that cannot be applied stays in the group: another one of the same epoch applies as if there had been none.
// TOP-24
#[test]
fn t34_a_broken_commit_changes_nothing() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let mut relay = Relay::of(&owner.group);
    let mut member = owner.add(&mut relay, stranger(rng), rng).unwrap();
    let mut mallory = owner.add(&mut relay, stranger(rng), rng).unwrap();
    member.catch_up(&relay);
    let (info, expected) = (relay.join_info(), Expected::default());
    let device = &mallory.phone.device;
    let (_, mut external) = TopicGroup::join_external(device, &info, None, &expected, rng).unwrap();
    *external.commit.last_mut().unwrap() ^= 1;
    relay.group.clone().apply(&external.commit, NOW_S).unwrap();
    let before = member.group.export().unwrap();
    let refused = member.group.process(&external.commit).unwrap_err();
    assert!(matches!(refused, TopicError::Broken));
    assert_eq!(member.group.export().unwrap().len(), before.len());
    for _ in 0..2 {
        mallory.commit(&mut relay, &Change::default(), rng).unwrap();
        owner.catch_up(&relay);
        member.catch_up(&relay);
        member.commit(&mut relay, &Change::default(), rng).unwrap();
        owner.catch_up(&relay);
        mallory.catch_up(&relay);
    }
    assert_eq!(
        member.group.archive_key().unwrap().expose(),
        owner.group.archive_key().unwrap().expose()
    );
}

/// A leaf to which nobody can encrypt would stop all who commit later: it is refused before anything else is looked at.
// TOP-1, ENC-9
#[test]
fn t34_a_leaf_key_of_low_order_is_refused() {
    let rng = &mut TestRng::new();
    let mut owner = Seat::found(Visibility::Closed, rng);
    let relay = Relay::of(&owner.group);
    let package = stranger(rng).key_package(rng).key_package;
    let change = Change {
        add: vec![package.clone()],
        ..Change::default()
    };
    let added = owner.group.commit(&change, NOW_S, rng).unwrap().commit;
    let at = added
        .windows(100)
        .position(|window| window == &package[4..104])
        .unwrap();
    // Version and ciphersuite, the init key and the length of the leaf's.
    let leaf = at + 4 + 33 + 1;
    let mut low = [0; 32];
    for first in [0, 1] {
        low[0] = first;
        let mut hostile = added.clone();
        hostile[leaf..leaf + 32].copy_from_slice(&low);
        let refused = relay.group.clone().apply(&hostile, NOW_S).unwrap_err();
        assert!(matches!(refused, TopicError::Rule(RuleError::Leaf)));
        owner.group.clear_pending();
        let refused = owner.group.process(&hostile).unwrap_err();
        assert!(matches!(refused, TopicError::Rule(RuleError::Leaf)));
    }
}
