//! Messages that disappear: when their time begins, and that nothing of them stays on the disk.

use crypto_wasm::client::{Conversation, ConversationId, Event};

use crate::support::{Person, World, block_on, code};

const MINUTE: u64 = 60_000;

fn set(person: &Person, id: ConversationId, seconds: u32) -> Conversation {
    let now = person.now();
    let set = person.act(async || person.client.set_timer(id, seconds, now).await);
    person.pump();
    set.unwrap()
}

fn expire(person: &Person) -> Option<u64> {
    let now = person.now();
    person
        .act(async || person.client.expire_messages(now).await)
        .unwrap()
}

fn read(person: &Person, id: ConversationId) {
    let now = person.now();
    person
        .act(async || person.client.mark_read(id, now).await)
        .unwrap();
}

fn timer(person: &Person, id: ConversationId) -> u32 {
    block_on(person.client.conversation(id))
        .unwrap()
        .unwrap()
        .timer
}

fn due(person: &Person) -> Vec<u64> {
    let events = person.heard().into_iter();
    events
        .filter_map(|event| match event {
            Event::Expiring(at) => Some(at),
            _ => None,
        })
        .collect()
}

// CNT-26
#[test]
fn messages_disappear_on_both_sides_some_time_after_they_are_sent_and_read() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "stays");
    bob.fetch();
    bob.say(id, "stays too");
    alice.fetch();
    assert_eq!(set(&alice, id, 60).timer, 60);
    world.settle(&[&alice, &bob]);
    assert_eq!((timer(&alice, id), timer(&bob, id)), (60, 60));
    let goes = alice.say(id, "goes");
    bob.fetch();
    read(&alice, id);
    alice.pump();
    assert_eq!(due(&alice), [alice.now() + MINUTE]);
    assert_eq!(due(&bob), [], "nobody has read it");
    world.pass(MINUTE - 1);
    assert_eq!(expire(&alice), Some(alice.now() + 1));
    world.pass(1);
    alice.heard();
    assert_eq!(expire(&alice), None);
    let gone = Event::MessageRemoved {
        conversation_id: id,
        id: goes.id,
        order: goes.order,
    };
    let heard = alice.heard();
    assert!(heard.contains(&gone));
    assert_eq!(alice.lines(id), ["#0", "stays", "stays too", "timer 60"]);
    // Bob reads it now.
    assert_eq!(expire(&bob), None);
    assert_eq!(bob.texts(id), ["stays", "stays too", "goes"]);
    read(&bob, id);
    bob.pump();
    let until = bob.now() + MINUTE;
    assert_eq!(due(&bob), [until]);
    assert_eq!(expire(&bob), Some(until));
    world.pass(MINUTE);
    assert_eq!(expire(&bob), None);
    assert_eq!(bob.lines(id), ["#0", "stays", "stays too", "timer 60"]);
}

// CNT-26
#[test]
fn nothing_of_what_disappeared_stays_on_the_disk() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    set(&alice, id, 60);
    world.settle(&[&alice, &bob]);
    let before = [&alice, &bob].map(|person| person.store.dump().only(&["messages"]).len());
    let said = alice.say(id, "the place is by the old mill");
    world.settle(&[&alice, &bob]);
    let now = bob.now();
    bob.act(async || {
        bob.client
            .react_to_message(id, said.id, "👍", false, now)
            .await
    })
    .unwrap();
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    world.pass(MINUTE);
    for (person, before) in [&alice, &bob].into_iter().zip(before) {
        assert_eq!(expire(person), None);
        let dump = person.store.dump();
        assert_eq!(dump.only(&["messages"]).len(), before);
        for ((_, key), value) in dump.only(&["messages", "message-ids", "outbox", "meta"]) {
            assert!(!crate::support::holds(&value, b"the old mill"), "{key:?}");
        }
    }
}

// CNT-26
#[test]
fn the_later_word_on_the_time_counts_whatever_comes_first() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    world.pass(1);
    // Both at once: the later one counts on both sides.
    let now = alice.now();
    alice
        .act(async || alice.client.set_timer(id, 60, now).await)
        .unwrap();
    world.pass(1);
    let now = bob.now();
    bob.act(async || bob.client.set_timer(id, 3_600, now).await)
        .unwrap();
    alice.pump();
    bob.pump();
    world.settle(&[&alice, &bob]);
    assert_eq!((timer(&alice, id), timer(&bob, id)), (3_600, 3_600));
    // What is set already is not said again.
    let lines = alice.lines(id).len();
    set(&alice, id, 3_600);
    assert_eq!(alice.lines(id).len(), lines);
    set(&alice, id, 0);
    world.settle(&[&alice, &bob]);
    assert_eq!((timer(&alice, id), timer(&bob, id)), (0, 0));
    alice.say(id, "stays");
    alice.heard();
    world.pass(1_000 * MINUTE);
    assert_eq!(expire(&alice), None);
    assert_eq!(alice.texts(id), ["hello", "stays"]);
}

#[test]
fn who_is_not_in_a_conversation_sets_nothing() {
    let world = World::new();
    let (alice, id) = world.left();
    let now = alice.now();
    assert_eq!(
        code(block_on(alice.client.set_timer(id, 1, now))),
        "not-a-member"
    );
    let nowhere = ConversationId::from_bytes([9; 16]);
    assert_eq!(
        code(block_on(alice.client.set_timer(nowhere, 1, now))),
        "not-found"
    );
}

/// Many at once go in several steps, each of which says that there are more.
#[test]
fn many_go_in_several_steps() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    set(&alice, id, 60);
    for number in 0..70 {
        alice.write(id, &number.to_string());
    }
    alice.pump();
    world.pass(MINUTE);
    assert_eq!(expire(&alice), Some(alice.now()));
    assert_eq!(expire(&alice), None);
    assert_eq!(alice.texts(id), ["hello"]);
}
