//! A commit that the relay has to take and that no member can apply.

use crypto_wasm::client::forums::{ForumCall, ForumStep, History, TopicId, Visibility};
use crypto_wasm::wire::Address;

use super::forge::unconfirmed;
use super::member::{Member, Stage};

/// A member comes back to its own leaf, with a confirmation tag that fits nothing: only who knows the epoch's secrets could tell.
fn break_topic(mallory: &Member, topic: TopicId) {
    mallory.begin_join(topic, None).unwrap();
    let ForumStep::Call { call, .. } = mallory.forum_step() else {
        panic!("no commit");
    };
    let ForumCall::Commit {
        epoch,
        mut commit,
        mut group_info,
        ..
    } = call
    else {
        panic!("no commit");
    };
    unconfirmed(mallory, &mut commit, &mut group_info);
    let call = ForumCall::Commit {
        epoch,
        commit,
        group_info,
        links: Vec::new(),
        wraps: Vec::new(),
        welcome: None,
    };
    assert!(
        mallory.carry(topic, &call).is_ok(),
        "the relay sees nothing"
    );
}

/// The newest commit at the relay.
fn newest(stage: &Stage, topic: TopicId) -> Vec<u8> {
    let mut relay = stage.relay.borrow_mut();
    relay.topic(topic).commits.last().unwrap().commit.clone()
}

fn succeed(member: &Member, topic: TopicId, broken: &[u8]) -> bool {
    let now = member.now();
    let done = member.act(async || member.client.succeed_topic(topic, broken, now).await);
    done.unwrap()
}

fn heirs(member: &Member, topic: TopicId) -> Vec<Address> {
    member
        .attempt(async || member.client.topic_heirs(topic, 2).await)
        .unwrap()
}

/// Brings everybody in, two at a time, as the relay has their KeyPackages.
fn bring_in(member: &Member, topic: TopicId) -> usize {
    let mut brought = 0;
    loop {
        let asked = heirs(member, topic);
        if asked.is_empty() {
            return brought;
        }
        brought += asked.len();
        let mut key_packages = Vec::new();
        for address in &asked {
            let mut relay = member.relay.borrow_mut();
            let held = relay.key_packages.get_mut(address).unwrap();
            key_packages.push(held.pop().unwrap());
        }
        let now = member.now();
        member
            .act(async || {
                let client = &member.client;
                client.readmit(topic, &asked, &key_packages, now).await
            })
            .unwrap();
        member.send_all();
    }
}

fn everybody<const N: usize>(
    stage: &Stage,
    history: History,
    names: [&str; N],
) -> (Member, [Member; N], TopicId) {
    let alice = stage.member("alice");
    let topic = alice.found(Visibility::Invite, history);
    let others = names.map(|name| stage.member(name));
    for other in &others {
        alice.add(topic, other);
    }
    (alice, others, topic)
}

// TOP-24
#[test]
fn t34_a_topic_goes_on_after_a_commit_that_nobody_can_apply() {
    for history in [History::Everything, History::SinceJoining] {
        let stage = Stage::new();
        let (alice, [bob, carol, dave, mallory], topic) =
            everybody(&stage, history, ["bob", "carol", "dave", "mallory"]);
        alice.tell(topic, "first");
        for member in [&bob, &carol, &dave, &mallory] {
            member.catch_up(topic);
        }
        // Dave is away for an epoch and what is written in it.
        let erin = stage.member("erin");
        alice.add(topic, &erin);
        bob.catch_up(topic);
        bob.tell(topic, "while dave is away");
        carol.catch_up(topic);
        mallory.take_commits(topic).unwrap();

        break_topic(&mallory, topic);
        let broken = newest(&stage, topic);
        bob.tell(topic, "after the break");
        carol.write_post(topic, "nobody has this yet");
        for member in [&alice, &bob, &carol, &dave, &erin] {
            member.catch_up(topic);
            let error = member.state(topic).error.unwrap();
            assert_eq!(error.code, "commit-broken");
            assert_eq!(member.standing(topic), "active");
        }
        // Again is no different, and only an owner founds the next group.
        let (before, epoch) = (bob.store.dump(), bob.cursor_of(topic).0);
        assert_eq!(bob.take_commits(topic).unwrap(), epoch);
        assert!(!succeed(&bob, topic, &broken));
        assert_eq!(bob.store.dump(), before);

        assert!(succeed(&alice, topic, &broken));
        assert!(!succeed(&alice, topic, &broken), "once");
        let alice = alice.restarted();
        alice.send_all();
        assert_eq!(alice.state(topic).epoch, 1 << 32);
        assert_eq!(bring_in(&alice, topic), 4);
        for member in [&bob, &carol, &dave, &erin] {
            member.welcomed(topic);
            member.send_all();
            assert_eq!(member.state(topic).error, None);
        }
        for member in [&alice, &bob, &carol, &dave, &erin] {
            member.catch_up(topic);
        }
        erin.tell(topic, "in the next group");
        let all = [
            "first",
            "while dave is away",
            "after the break",
            "nobody has this yet",
            "in the next group",
        ];
        for member in [&alice, &bob, &carol, &dave] {
            member.catch_up(topic);
            member.read_back(topic);
            assert_eq!(member.words(topic), all, "{history:?}, {}", member.name);
            assert_eq!(member.state(topic).members, 5);
        }
        // Whoever broke it is left behind.
        let relay = stage.relay.borrow();
        assert!(!relay.topics[&topic].has(mallory.address()));
        assert!(!relay.welcomes.contains_key(&(mallory.address(), topic)));
        drop(relay);
        if history == History::Everything {
            let frank = stage.member("frank");
            let link = alice.link(topic, true);
            frank.join(topic, Some(&link));
            frank.read_back(topic);
            assert_eq!(frank.words(topic), all);
        }
    }
}

/// Bob, an owner too, was quicker: Alice gives hers up and follows.
#[test]
fn t34_of_two_next_groups_the_relay_takes_one() {
    let stage = Stage::new();
    let (alice, [bob, mallory], topic) = everybody(&stage, History::Everything, ["bob", "mallory"]);
    let roles = crypto_wasm::client::forums::TopicAction::Policy {
        roles: vec![(bob.id(), 1)],
        visibility: None,
        history: None,
        inviters: None,
    };
    alice.want(topic, &roles).unwrap();
    alice.send_all();
    for member in [&bob, &mallory] {
        member.catch_up(topic);
    }
    break_topic(&mallory, topic);
    let broken = newest(&stage, topic);
    for member in [&alice, &bob] {
        member.take_commits(topic).unwrap();
        assert!(succeed(member, topic, &broken));
    }
    bob.send_all();
    alice.send_all();
    assert_eq!(alice.state(topic).error.unwrap().code, "commit-broken");
    assert_eq!(bring_in(&bob, topic), 1);
    alice.welcomed(topic);
    alice.tell(topic, "here");
    bob.catch_up(topic);
    assert_eq!(bob.words(topic), ["here"]);
}

/// The relay says so of a commit that every member can apply, or of one of its own.
#[test]
fn t34_a_commit_that_applies_is_no_reason() {
    let stage = Stage::new();
    let (alice, [bob], topic) = everybody(&stage, History::Everything, ["bob"]);
    let carol = stage.member("carol");
    bob.take_commits(topic).unwrap();
    let before = alice.store.dump();
    assert!(!succeed(&alice, topic, &newest(&stage, topic)));
    assert!(!succeed(&alice, topic, &[1, 2, 3]));
    assert_eq!(alice.store.dump(), before);
    alice.add(topic, &carol);
    bob.take_commits(topic).unwrap();
    assert_eq!(bob.state(topic).error, None);
}
