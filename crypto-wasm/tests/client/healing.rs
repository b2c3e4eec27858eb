//! Messages that no session decrypts come after all, and to nobody else.

use crypto_wasm::client::{ConversationId, Event, MessageState};
use crypto_wasm::store::Collection;
use crypto_wasm::wire::content::{Resend, RetryRequest};
use crypto_wasm::wire::{Body, Content, ListedDevice, MessageId};

use crate::support::{Extra, NOW, Person, Records, World, certificate_of, text};

const HOUR: u64 = 3600 * 1000;
const DAY: u64 = 24 * HOUR;

fn sessions(person: &Person) -> Records {
    person.store.dump().only(&["sessions"])
}

/// Takes a person's sessions away, as a database that was put back to before they were made.
fn forget(person: &Person) {
    for ((_, key), _) in sessions(person) {
        person.store.remove(Collection::Sessions, &key);
    }
}

/// Puts a person's sessions back to what they were.
fn restore(person: &Person, to: &Records) {
    forget(person);
    for ((_, key), value) in to {
        person.store.overwrite(Collection::Sessions, key, value);
    }
}

fn posted(world: &World) -> usize {
    world.relay.borrow().posted.len()
}

/// A first device's place beside a second one on a person's list.
fn second_device(person: &Person) -> Extra {
    let second = Extra::beside(person, 7);
    second.settle_at(person);
    let first = ListedDevice {
        device_id: person.address().device_id,
        identity_key: certificate_of(person).identity_key,
    };
    Extra::publish(person, vec![first, second.listed()]);
    second
}

fn retry(id: ConversationId, number: u8, message_id: MessageId) -> Content {
    Content {
        conversation_id: id,
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW,
        body: Body::RetryRequest(RetryRequest {
            message_id,
            reason: 0,
        }),
    }
}

// SES-11, SES-12, SES-13
#[test]
fn a_message_that_cannot_be_read_comes_after_all_at_its_place() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "first");
    bob.fetch();
    bob.say(id, "answer");
    alice.fetch();
    forget(&bob);
    alice.say(id, "lost");
    alice.say(id, "lost too");
    bob.fetch();
    // One of them is a receipt, and leaves no line once it can be read.
    assert_eq!(
        bob.lines(id),
        ["#0", "first", "answer", "!decrypt", "!decrypt", "!decrypt"]
    );
    bob.heard();
    world.settle(&[&alice, &bob]);
    assert_eq!(bob.lines(id), ["#0", "first", "answer", "lost", "lost too"]);
    let heard = bob.heard();
    assert!(
        heard
            .iter()
            .any(|event| matches!(event, Event::MessageUpdated(_)))
    );
    assert!(!heard.iter().any(|event| matches!(event, Event::Message(_))));
    // And from here on both read each other at once.
    bob.say(id, "there");
    alice.fetch();
    alice.say(id, "good");
    bob.fetch();
    assert_eq!(
        alice.texts(id),
        ["first", "answer", "lost", "lost too", "there", "good"]
    );
    assert_eq!(bob.texts(id), alice.texts(id));
    assert_eq!((alice.errors(), bob.errors()), (vec![], vec![]));
    let waits = |line: crypto_wasm::client::Message| line.state == MessageState::Sending;
    assert!(!bob.messages(id).into_iter().any(waits));
}

// SES-11
#[test]
fn t19_a_profile_that_was_put_back_heals_in_both_directions() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "one");
    bob.fetch();
    bob.say(id, "two");
    alice.fetch();
    let before = sessions(&bob);
    bob.say(id, "three");
    alice.fetch();
    alice.say(id, "four");
    bob.fetch();
    bob.say(id, "five");
    alice.fetch();
    restore(&bob, &before);
    bob.say(id, "six");
    alice.fetch();
    assert_eq!(alice.texts(id).last().map(String::as_str), Some("five"));
    alice.say(id, "seven");
    world.settle(&[&alice, &bob]);
    let said = ["one", "two", "three", "four", "five", "six", "seven"];
    assert_eq!(alice.texts(id), said);
    assert_eq!(bob.texts(id), said);
}

// SES-11
#[test]
fn a_membership_that_cannot_be_read_comes_after_all() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    forget(&bob);
    let group = alice.converse(&[&bob], "a group");
    alice.say(group, "hello");
    bob.fetch();
    assert!(!bob.errors().is_empty());
    world.settle(&[&alice, &bob]);
    assert_eq!(bob.texts(group), ["hello"]);
    assert_eq!(bob.members(group).len(), 2);
}

// SES-11
#[test]
fn what_one_device_sends_is_not_asked_for_without_end() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut second = second_device(&alice);
    bob.meet(&alice);
    let address = second.device.address();
    let claimed = |world: &World| world.relay.borrow_mut().device(address).claimed;
    assert_eq!(claimed(&world), 0);
    let before = posted(&world);
    for number in 1..=30 {
        let mut envelope = second.compose(&bob, &text(id, number, "x"));
        let end = envelope.content.len() - 1;
        envelope.content[end] ^= 1;
        world
            .relay
            .borrow_mut()
            .deliver(bob.address(), envelope.clone());
        // The same once more.
        world.relay.borrow_mut().deliver(bob.address(), envelope);
        second.sessions = crypto_wasm::session::SessionRecord::new();
    }
    bob.fetch();
    bob.pump();
    assert_eq!(posted(&world) - before, 20);
    assert_eq!(claimed(&world), 1, "one session is made for all of them");
    // Another hour, another session.
    world.pass(HOUR);
    let mut envelope = second.compose(&bob, &text(id, 31, "x"));
    let end = envelope.content.len() - 1;
    envelope.content[end] ^= 1;
    world.relay.borrow_mut().deliver(bob.address(), envelope);
    bob.fetch();
    bob.pump();
    assert_eq!(posted(&world) - before, 21);
    assert_eq!(claimed(&world), 2);
}

// SES-12
#[test]
fn t30_only_a_device_that_a_message_went_to_gets_it_once_more() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "for bob's first device");
    bob.fetch();
    let mut second = second_device(&bob);
    alice.meet(&bob);
    let ask = |second: &mut Extra, content: &Content| {
        let before = posted(&world);
        let envelope = second.compose(&alice, content);
        world.relay.borrow_mut().deliver(alice.address(), envelope);
        alice.fetch();
        alice.pump();
        posted(&world) - before
    };
    assert_eq!(
        ask(&mut second, &retry(id, 1, said.id)),
        0,
        "it was not addressed"
    );
    let later = alice.say(id, "for both");
    assert_eq!(
        ask(&mut second, &retry(id, 2, MessageId::from_bytes([9; 16]))),
        0,
        "no such message"
    );
    let elsewhere = ConversationId::from_bytes([8; 16]);
    assert_eq!(
        ask(&mut second, &retry(elsewhere, 3, later.id)),
        0,
        "another conversation"
    );
    assert_eq!(ask(&mut second, &retry(id, 4, later.id)), 1);
    assert_eq!(ask(&mut second, &retry(id, 5, later.id)), 0, "once");

    let gone = alice.say(id, "not for long");
    let now = alice.now();
    alice
        .act(async || alice.client.delete_message(id, gone.id, now).await)
        .unwrap();
    alice.pump();
    assert_eq!(
        ask(&mut second, &retry(id, 6, gone.id)),
        0,
        "what is deleted is gone"
    );

    let old = alice.say(id, "old");
    world.pass(7 * DAY + 1);
    assert_eq!(ask(&mut second, &retry(id, 7, old.id)), 0, "too late");
    // And nothing of it stays on the disk.
    alice.say(id, "another");
    alice.say(id, "and another");
    let kept = alice.store.dump().only(&["outbox"]);
    assert!(kept.len() <= 4, "{}", kept.len());
}

// SES-12
#[test]
fn t30_neither_a_removed_person_nor_a_revoked_device_nor_a_changed_key_is_answered() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "a group");
    bob.fetch();
    let mut second = second_device(&bob);
    alice.meet(&bob);
    let said = alice.say(id, "for all");
    let deliver = |second: &mut Extra, number| {
        let envelope = second.compose(&alice, &retry(id, number, said.id));
        world.relay.borrow_mut().deliver(alice.address(), envelope);
    };
    alice.change(id, &[], &[&bob], None).unwrap();
    alice.pump();
    let before = posted(&world);
    deliver(&mut second, 1);
    alice.fetch();
    alice.pump();
    assert_eq!(posted(&world), before, "no member any more");

    let id = alice.converse(&[&bob], "another");
    let said = alice.say(id, "for all");
    let first = ListedDevice {
        device_id: bob.address().device_id,
        identity_key: certificate_of(&bob).identity_key,
    };
    Extra::publish(&bob, vec![first]);
    alice.meet(&bob);
    let before = posted(&world);
    let envelope = second.compose(&alice, &retry(id, 2, said.id));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    alice.pump();
    assert_eq!(posted(&world), before, "revoked");
}

// SES-13
#[test]
fn t30_what_nobody_asked_for_is_not_taken() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "hello");
    bob.fetch();
    forget(&bob);
    alice.say(id, "unreadable");
    bob.fetch();
    // Bob's client has asked alice's device; another one answers in its stead.
    bob.pump();
    let asked = bob.messages(id).last().map(|line| line.id).unwrap();
    let mut of_alice = second_device(&alice);
    bob.meet(&alice);
    let resend = |original: MessageId, number| Content {
        conversation_id: id,
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW,
        body: Body::Resend(Resend {
            original_message_id: original,
            original_sent_at_ms: NOW,
            original: Box::new(text(id, 99, "forged").body),
        }),
    };
    for (number, original) in [(50, asked), (51, MessageId::from_bytes([77; 16]))] {
        let envelope = of_alice.compose(&bob, &resend(original, number));
        world.relay.borrow_mut().deliver(bob.address(), envelope);
        bob.fetch();
    }
    assert_eq!(bob.texts(id), ["hello"]);
    world.settle(&[&alice, &bob]);
    assert_eq!(bob.texts(id), ["hello", "unreadable"]);
}
