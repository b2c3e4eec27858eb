//! Groups: who is in them, by their members' word alone.

use crypto_wasm::client::{ConversationKind, MessageBody, MessageState, OutboxStep};
use crypto_wasm::wire::{ConversationId, UserId};

use crate::support::{Person, World, code};

fn sorted(people: &[&Person]) -> Vec<UserId> {
    let mut ids: Vec<_> = people.iter().map(|person| person.id()).collect();
    ids.sort_unstable();
    ids
}

/// Three people in a group that everybody knows of.
fn three(world: &World) -> ([Person; 3], ConversationId) {
    let people = ["alice", "bob", "carol"].map(|name| world.person(name));
    let [alice, bob, carol] = &people;
    alice.meet(bob);
    alice.meet(carol);
    let id = alice.converse(&[bob, carol], "trio");
    world.settle(&[alice, bob, carol]);
    (people, id)
}

// CNT-9
#[test]
fn the_first_membership_goes_out_before_anything_else() {
    let world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|name| world.person(name));
    alice.meet(&bob);
    let now = alice.now();
    let made = alice
        .act(async || {
            let with = [bob.id()];
            alice.client.create_conversation(&with, "two", now).await
        })
        .unwrap();
    alice.say(made.id, "hello");
    bob.fetch();
    assert_eq!(bob.lines(made.id), ["#0", "hello"]);
}

#[test]
fn three_people_hear_one_another() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    for (round, speaker) in [&alice, &bob, &carol, &bob].into_iter().enumerate() {
        speaker.say(id, &format!("{round} {}", speaker.name));
        world.settle(&[&alice, &bob, &carol]);
    }
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.texts(id), ["0 alice", "1 bob", "2 carol", "3 bob"]);
        let view = person.view(id);
        assert_eq!(
            (view.name.as_str(), view.kind),
            ("trio", ConversationKind::Group)
        );
        assert_eq!(person.members(id), sorted(&[&alice, &bob, &carol]));
        assert!(
            view.members
                .iter()
                .all(|member| !member.username.is_empty())
        );
        assert_eq!(person.errors(), Vec::<String>::new());
    }
}

// CNT-13
#[test]
fn who_is_added_reads_from_then_on() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    let dave = world.person("dave");
    alice.say(id, "before");
    world.settle(&[&alice, &bob, &carol]);
    bob.meet(&dave);
    bob.change(id, &[&dave], &[], None).unwrap();
    world.settle(&[&bob, &alice, &carol, &dave]);
    carol.say(id, "after");
    world.settle(&[&alice, &bob, &carol, &dave]);
    assert_eq!(dave.lines(id), ["#1", "after"]);
    assert_eq!(alice.lines(id), ["#0", "before", "#1", "after"]);
    for person in [&alice, &bob, &carol, &dave] {
        assert_eq!(person.members(id), sorted(&[&alice, &bob, &carol, &dave]));
        assert_eq!(person.view(id).name, "trio");
    }
    let line = alice.messages(id).remove(2);
    let MessageBody::Membership { added, removed, .. } = line.body else {
        panic!("a membership");
    };
    assert_eq!((added, removed), (vec![dave.id()], vec![]));
    dave.say(id, "hello");
    world.settle(&[&dave, &alice, &bob, &carol]);
    assert_eq!(alice.texts(id).pop().unwrap(), "hello");
}

// CNT-15
#[test]
fn who_is_removed_hears_of_it_and_of_nothing_more() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    alice.change(id, &[], &[&carol], None).unwrap();
    alice.say(id, "without carol");
    assert!(!world.relay.borrow().participants[&id].contains(&carol.id()));
    world.settle(&[&bob, &carol]);
    assert_eq!(carol.lines(id), ["#0", "#1"]);
    assert!(!carol.view(id).active);
    assert_eq!(bob.texts(id), ["without carol"]);
    let refused = carol.act(async || carol.client.send_text(id, "x", None, 1).await);
    assert_eq!(code(refused), "not-a-member");
    assert_eq!(
        code(carol.change(id, &[], &[], Some("mine"))),
        "not-a-member"
    );
    let posted = world.relay.borrow().posted.clone();
    let to_carol = posted.iter().filter(|p| p.to == carol.address()).count();
    assert_eq!(to_carol, 2);
}

#[test]
fn who_leaves_is_gone_and_can_be_brought_back() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    carol.change(id, &[], &[&carol], None).unwrap();
    world.settle(&[&carol, &alice, &bob]);
    assert_eq!(alice.members(id), sorted(&[&alice, &bob]));
    alice.change(id, &[], &[], Some("duo")).unwrap();
    world.settle(&[&alice, &bob, &carol]);
    assert_eq!(carol.view(id).name, "trio");
    bob.change(id, &[&carol], &[], None).unwrap();
    world.settle(&[&bob, &alice, &carol]);
    carol.say(id, "back");
    world.settle(&[&carol, &alice, &bob]);
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.view(id).name, "duo");
        assert_eq!(person.members(id), sorted(&[&alice, &bob, &carol]));
        assert_eq!(person.texts(id), ["back"]);
    }
    assert_eq!(carol.lines(id), ["#0", "#1", "#3", "back"]);
}

// CNT-13
#[test]
fn a_stranger_cannot_bring_somebody_back_into_a_group_of_their_own() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    let mallory = world.person("mallory");
    mallory.meet(&carol);
    // Mallory has been in the group, for the time that carol was not.
    carol.change(id, &[], &[&carol], None).unwrap();
    world.settle(&[&carol, &alice, &bob]);
    alice.meet(&mallory);
    alice.change(id, &[&mallory], &[], None).unwrap();
    world.settle(&[&alice, &bob, &mallory]);
    mallory
        .change(id, &[&carol], &[&alice, &bob], Some("mine"))
        .unwrap();
    world.settle(&[&mallory, &carol]);
    assert!(!carol.view(id).active);
    assert_eq!(carol.lines(id), ["#0", "#1"]);
}

#[test]
fn a_new_name_reaches_everybody_and_no_change_is_no_message() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    bob.change(id, &[], &[], Some(" chess ")).unwrap();
    world.settle(&[&bob, &alice, &carol]);
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.view(id).name, "chess");
        assert_eq!(person.lines(id), ["#0", "#1"]);
    }
    let posted = world.relay.borrow().posted.len();
    carol.change(id, &[&bob], &[], Some("chess")).unwrap();
    assert_eq!(carol.step(), OutboxStep::Idle);
    assert_eq!(world.relay.borrow().posted.len(), posted);
}

// CNT-12
#[test]
fn concurrent_changes_converge_on_the_smaller_message_id() {
    let mut winners = [0; 2];
    for round in 0..6 {
        let world = World::new();
        let ([alice, bob, carol], id) = three(&world);
        let by_alice = alice.change(id, &[], &[], Some("by alice")).unwrap();
        let by_bob = bob.change(id, &[], &[], Some("by bob")).unwrap();
        let made = [&by_alice, &by_bob].map(|made| made.last_message.as_ref().unwrap().id);
        let (first, second) = if round % 2 == 0 {
            (&alice, &bob)
        } else {
            (&bob, &alice)
        };
        first.pump();
        second.pump();
        world.settle(&[&carol, &alice, &bob]);
        let expected = if made[0] < made[1] { 0 } else { 1 };
        winners[expected] += 1;
        for person in [&alice, &bob, &carol] {
            assert_eq!(person.view(id).name, ["by alice", "by bob"][expected]);
            assert_eq!(person.errors(), Vec::<String>::new());
        }
        carol.change(id, &[], &[], Some("next")).unwrap();
        world.settle(&[&carol, &alice, &bob]);
        assert_eq!([alice.view(id).name, bob.view(id).name], ["next", "next"]);
    }
    assert!(
        winners.iter().all(|won| *won > 0),
        "one round of each: {winners:?}"
    );
}

#[test]
fn two_who_remove_the_same_person_at_once_agree() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    let by_alice = alice.change(id, &[], &[&carol], Some("a")).unwrap();
    let by_bob = bob.change(id, &[], &[&carol], Some("b")).unwrap();
    alice.pump();
    // By now the relay does not route to carol any more.
    bob.pump();
    world.settle(&[&alice, &bob, &carol]);
    let ids = [&by_alice, &by_bob].map(|made| made.last_message.as_ref().unwrap().id);
    let expected = if ids[0] < ids[1] { "a" } else { "b" };
    for person in [&alice, &bob] {
        assert_eq!(person.view(id).name, expected);
        assert_eq!(person.members(id), sorted(&[&alice, &bob]));
        let lines = person.messages(id);
        assert!(lines.iter().all(|line| line.state != MessageState::Failed));
    }
    assert!(!carol.view(id).active);
}

// CNT-11
#[test]
fn memberships_that_arrive_early_wait_for_those_before_them() {
    let world = World::new();
    let ([alice, bob, carol], id) = three(&world);
    for name in ["one", "two", "three"] {
        alice.change(id, &[], &[], Some(name)).unwrap();
    }
    alice.pump();
    let mut mail = carol.mail();
    assert_eq!(mail.len(), 3);
    // The relay hands them out the wrong way round.
    let envelopes: Vec<_> = mail.iter().map(|item| item.envelope.clone()).collect();
    for (item, envelope) in mail.iter_mut().zip(envelopes.into_iter().rev()) {
        item.envelope = envelope;
    }
    carol.receive(&mail[..2]);
    assert_eq!(
        (carol.view(id).name.as_str(), carol.lines(id).len()),
        ("trio", 1)
    );
    let carol = carol.tab();
    carol.receive(&mail[2..]);
    assert_eq!(carol.view(id).name, "three");
    assert_eq!(carol.lines(id), ["#0", "#1", "#2", "#3"]);
    bob.fetch();
    assert_eq!(bob.lines(id), carol.lines(id));
}

// CNT-15
#[test]
fn what_was_written_before_somebody_left_is_not_encrypted_for_them_afterwards() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    alice.meet(&bob);
    bob.meet(&alice);
    bob.meet(&carol);
    let id = bob.converse(&[&alice, &carol], "trio");
    alice.fetch();
    // No session with carol is there yet, so this text waits unencrypted while carol is taken out.
    let text = alice.write(id, "for members");
    bob.change(id, &[], &[&carol], None).unwrap();
    bob.pump();
    alice.fetch();
    assert_eq!(alice.members(id), sorted(&[&alice, &bob]));
    alice.pump();
    let to: Vec<_> = world
        .relay
        .borrow()
        .envelopes_of(text.id)
        .iter()
        .map(|p| p.to)
        .collect();
    assert_eq!(to, [bob.address()]);
    assert_eq!(alice.state_of(&text).0, MessageState::Sent);
}
