//! Devices that their accounts revoked, and who takes their leaves out of topics.

use crypto_wasm::client::forums::{ForumStep, History, Revoked, TopicAction, TopicId};
use crypto_wasm::client::{Event, UserId};
use crypto_wasm::forum::group::{KeyPackageRequest, generate_key_packages};
use crypto_wasm::wire::ListedDevice;

use super::member::{Member, Stage};
use super::pair;
use crate::support::{Extra, Forged, Person, TestRng, certificate_of, holds};

/// Longer than anybody waits.
const LONG_MS: u64 = 12 * 60_000;

impl Member {
    fn look(&self, whose: &Revoked) -> Option<u64> {
        let now = self.now();
        self.act(async || self.client.revoked_devices(whose, now).await)
            .unwrap()
    }

    /// Learns a user's newest list, and looks at what that means for topics.
    fn hear_of(&self, user: UserId) -> Option<u64> {
        self.learn(user).unwrap();
        self.look(&Revoked::Of(vec![user]))
    }
}

fn own_entry(person: &Person) -> ListedDevice {
    let certificate = certificate_of(person);
    ListedDevice {
        device_id: certificate.address.device_id,
        identity_key: certificate.identity_key,
    }
}

/// A second device of Bob's, on his list and in Alice's topic.
fn second(alice: &Member, bob: &Member, topic: TopicId) -> Extra {
    let extra = Extra::beside(bob, 7);
    extra.settle_at(bob);
    Extra::publish(bob, vec![own_entry(bob), extra.listed()]);
    alice.learn(bob.id()).unwrap();
    bob.learn(bob.id()).unwrap();
    let request = KeyPackageRequest {
        one_time: 1,
        last_resort: false,
        now_s: alice.now() / 1000,
    };
    let made = generate_key_packages(&extra.device, &request, &mut TestRng::new()).unwrap();
    let add = TopicAction::Add {
        user_id: bob.id(),
        key_packages: made.into_iter().map(|made| made.key_package).collect(),
    };
    alice.want(topic, &add).unwrap();
    alice.send_all();
    extra
}

fn leaves(stage: &Stage, topic: TopicId) -> usize {
    stage.relay.borrow_mut().topic(topic).members().len()
}

/// A topic of Alice's with Bob and Carol, and with a device of Bob's that he has revoked by now. Alice is offline since before that.
fn stage_of_three() -> (Stage, [Member; 3], TopicId, Extra) {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    let extra = second(&alice, &bob, topic);
    for member in [&bob, &carol] {
        member.catch_up(topic);
        member.send_all();
    }
    carol.learn(bob.id()).unwrap();
    assert_eq!(leaves(&stage, topic), 4);
    stage.world.pass(1_000);
    Extra::publish(&bob, vec![own_entry(&bob)]);
    (stage, [alice, bob, carol], topic, extra)
}

fn removals(heard: &[Event]) -> usize {
    let ended = |event: &&Event| matches!(event, Event::TopicAction { error: None, .. });
    heard.iter().filter(ended).count()
}

// PST-23, TOP-9
#[test]
fn t31_the_accounts_other_devices_remove_a_revoked_one_at_once() {
    let (stage, [_, bob, _], topic, extra) = stage_of_three();
    assert_eq!(
        bob.look(&Revoked::OfAll),
        None,
        "the newer list is not known yet"
    );
    let due = bob.hear_of(bob.id()).unwrap_or(bob.now());
    assert!(due <= bob.now() + 5_000);
    stage.world.pass(5_000);
    bob.send_all();
    let there = stage
        .relay
        .borrow_mut()
        .topic(topic)
        .has(extra.device.address());
    assert!(!there && leaves(&stage, topic) == 3);
    assert!(stage.relay.borrow_mut().topic(topic).has(bob.address()));
    // Looked again, there is nothing left to do.
    let epoch = bob.cursor_of(topic).0;
    assert_eq!(bob.look(&Revoked::OfAll), None);
    stage.world.pass(LONG_MS);
    bob.send_all();
    assert_eq!(bob.cursor_of(topic).0, epoch);
}

// PST-23, TOP-10
#[test]
fn t31_a_plain_member_waits_and_then_shows_the_list() {
    let (stage, [_, bob, carol], topic, extra) = stage_of_three();
    let due = carol.hear_of(bob.id()).unwrap();
    assert!(due >= carol.now() + 60_000 && due < carol.now() + LONG_MS);
    // Asked again and again, nothing is put down twice, and nothing is put off.
    assert_eq!(carol.look(&Revoked::OfAll), Some(due));
    assert_eq!(carol.hear_of(bob.id()), Some(due));
    assert_eq!(carol.store.dump().only(&["forum-outbox"]).len(), 1);
    assert_eq!(carol.forum_step(), ForumStep::Idle);
    // Posts do not wait for it. It outlives a restart.
    carol.tell(topic, "meanwhile");
    let carol = carol.restarted();
    stage.world.pass(due - carol.now() - 1);
    assert_eq!(carol.forum_step(), ForumStep::Idle);
    assert_eq!(carol.look(&Revoked::OfAll), Some(due));
    stage.world.pass(1);
    carol.send_all();
    assert!(
        !stage
            .relay
            .borrow_mut()
            .topic(topic)
            .has(extra.device.address())
    );
    assert_eq!(leaves(&stage, topic), 3);
    assert_eq!(carol.state(topic).members, 3, "Bob is still in it");
    let commits = stage.relay.borrow_mut().topic(topic).commits.clone();
    let list = bob.world.relay.borrow().users[&bob.id()]
        .device_list
        .clone();
    let shown = &commits.last().unwrap().commit;
    assert!(holds(shown, &list), "the list is the reason");
    // The others take it.
    bob.take_commits(topic).unwrap();
    assert_eq!(bob.cursor_of(topic).0, carol.cursor_of(topic).0);
}

// PST-23
#[test]
fn t31_whoever_comes_second_lets_it_be() {
    let (stage, [alice, bob, carol], topic, _) = stage_of_three();
    let due = carol.hear_of(bob.id()).unwrap();
    alice.catch_up(topic);
    alice.send_all();
    // Alice owns the topic: she does not wait, nor does she need a reason.
    assert!(alice.hear_of(bob.id()).unwrap_or(alice.now()) <= alice.now() + 5_000);
    stage.world.pass(5_000);
    // Both have made theirs; Bob's comes first.
    bob.hear_of(bob.id());
    stage.world.pass(5_000);
    assert!(matches!(alice.forum_step(), ForumStep::Call { .. }));
    bob.send_all();
    let epoch = bob.cursor_of(topic).0;
    alice.heard();
    alice.send_all();
    assert_eq!(alice.cursor_of(topic).0, epoch);
    assert_eq!(removals(&alice.heard()), 1, "ended without an error");
    // Carol hears of the commit before it is her turn.
    carol.take_commits(topic).unwrap();
    assert_eq!(
        carol.look(&Revoked::OfAll),
        Some(due),
        "dropped when it is due"
    );
    stage.world.pass(due - carol.now());
    carol.send_all();
    assert!(carol.store.dump().only(&["forum-outbox"]).is_empty());
    for member in [&alice, &bob, &carol] {
        assert_eq!(member.cursor_of(topic).0, epoch);
    }
    assert_eq!(leaves(&stage, topic), 3);
}

// PST-23
#[test]
fn t31_becoming_a_moderator_hurries_it() {
    let (stage, [alice, bob, carol], topic, _) = stage_of_three();
    let late = carol.hear_of(bob.id()).unwrap();
    alice.catch_up(topic);
    alice.want_moderator(topic, &carol);
    alice.send_all();
    carol.take_commits(topic).unwrap();
    let soon = carol.look(&Revoked::OfAll).unwrap_or(carol.now());
    assert!(soon < late && soon <= carol.now() + 5_000);
    assert_eq!(carol.store.dump().only(&["forum-outbox"]).len(), 1);
    stage.world.pass(5_000);
    carol.send_all();
    assert_eq!(leaves(&stage, topic), 3);
}

/// A list from before a device was made does not say that it was revoked, and a list of another account key says nothing at all.
// PST-23, TOP-10
#[test]
fn t31_lists_that_say_nothing_of_a_leaf_remove_nothing() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    assert_eq!(alice.look(&Revoked::OfAll), None);
    let forged = Forged::of(bob.id(), 9);
    forged.take_over(&bob);
    alice.hear_of(bob.id());
    stage.world.pass(LONG_MS);
    alice.send_all();
    assert_eq!(leaves(&stage, topic), 2);
    assert_eq!(alice.look(&Revoked::OfAll), None);
}

/// Who was revoked removes nobody: it would be refused, and may not know so.
// PST-23
#[test]
fn t31_a_revoked_device_does_not_remove_others() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let extra = second(&alice, &bob, topic);
    bob.catch_up(topic);
    Extra::publish(&bob, vec![extra.listed()]);
    assert_eq!(bob.hear_of(bob.id()), None);
    assert!(bob.store.dump().only(&["forum-outbox"]).is_empty());
    // The owner takes it out.
    alice.hear_of(bob.id());
    stage.world.pass(5_000);
    alice.send_all();
    assert!(!stage.relay.borrow_mut().topic(topic).has(bob.address()));
    bob.take_commits(topic).unwrap();
    assert_eq!(bob.standing(topic), "removed");
}
