//! Somebody is writing: for whom it is encrypted, and what is made of what the relay hands on.

use crypto_wasm::client::{ConversationId, Event, OutboxEnvelopeBody};

use crate::support::{Person, World, block_on, code};

fn typing(person: &Person, id: ConversationId, started: bool) -> Vec<OutboxEnvelopeBody> {
    let now = person.now();
    let outcome = block_on(person.client.typing(id, started, now)).unwrap();
    assert_eq!(outcome.events, []);
    outcome.value
}

fn hear(person: &Person, id: ConversationId, from: &Person, content: &[u8]) -> Vec<Event> {
    let (sender, now) = (from.address(), person.now());
    let heard = block_on(person.client.receive_typing(id, sender, content, now));
    heard.unwrap().events
}

/// Two people who have accepted each other and answered each other.
fn friends(world: &World) -> (Person, Person, ConversationId) {
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    alice.say(id, "hello");
    world.settle(&[&alice, &bob]);
    (alice, bob, id)
}

// CNT-25
#[test]
fn a_notice_is_for_devices_that_were_heard_of_within_a_minute() {
    let world = World::new();
    let (alice, bob, id) = friends(&world);
    let envelopes = typing(&alice, id, true);
    let [envelope] = &envelopes[..] else {
        panic!("one device")
    };
    assert_eq!(
        (envelope.address, envelope.kind),
        (bob.address(), "ratchet")
    );
    assert!(envelope.content.len() <= 1_024);
    let told = Event::Typing {
        conversation_id: id,
        user_id: alice.id(),
        started: true,
    };
    assert_eq!(hear(&bob, id, &alice, &envelope.content), [told]);
    // Handed on twice it is heard once.
    assert_eq!(hear(&bob, id, &alice, &envelope.content), []);
    // Bob has heard of alice by that alone; for alice bob has gone.
    world.pass(59_000);
    assert_eq!(typing(&bob, id, false).len(), 1);
    world.pass(2_000);
    assert_eq!(typing(&alice, id, true), []);
    // Lost notices cost nothing.
    bob.say(id, "still there?");
    alice.fetch();
    assert_eq!(typing(&alice, id, true).len(), 1);
    alice.say(id, "yes");
    bob.fetch();
    assert_eq!(bob.texts(id), ["hello", "hello", "still there?", "yes"]);
}

// CNT-19
#[test]
fn t18_strangers_and_blocked_people_hear_nothing_and_are_not_heard() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "hello");
    bob.fetch();
    assert_eq!(typing(&bob, id, true), [], "bob has not accepted alice");
    bob.say(id, "hello");
    world.settle(&[&alice, &bob]);
    let notice = typing(&alice, id, true).remove(0);
    let user = alice.id();
    bob.act(async || bob.client.set_blocked(user, true).await)
        .unwrap();
    assert_eq!(hear(&bob, id, &alice, &notice.content), []);
    assert_eq!(typing(&bob, id, true), []);
    bob.act(async || bob.client.set_blocked(user, false).await)
        .unwrap();
    assert_eq!(hear(&bob, id, &alice, &notice.content), []);
    bob.say(id, "again");
    let kept = Event::Typing {
        conversation_id: id,
        user_id: user,
        started: true,
    };
    assert_eq!(
        hear(&bob, id, &alice, &notice.content),
        [kept],
        "its key was not spent"
    );
}

// CNT-25: a relay that hands on something else, or elsewhere, changes nothing.
#[test]
fn only_a_notice_of_that_conversation_is_heard() {
    let world = World::new();
    let (alice, bob, id) = friends(&world);
    let other = alice.converse(&[&bob], "other");
    world.settle(&[&alice, &bob]);
    let notice = typing(&alice, id, true).remove(0).content;
    let now = bob.now();
    for (place, from, content) in [
        (other, &alice, notice.as_slice()),
        (id, &bob, &notice),
        (id, &alice, &notice[1..]),
        (id, &alice, &[]),
        (ConversationId::from_bytes([9; 16]), &alice, &notice),
    ] {
        let before = bob.store.dump();
        let sender = from.address();
        let heard = block_on(bob.client.receive_typing(place, sender, content, now)).unwrap();
        assert_eq!(heard.events, []);
        assert!(bob.store.dump() == before, "nothing is spent");
    }
    // A text is none, and arrives by its own way all the same.
    alice.say(id, "a text");
    let envelope = bob.mail().remove(0).envelope.unwrap();
    let before = bob.store.dump();
    assert_eq!(hear(&bob, id, &alice, &envelope.content), []);
    assert!(bob.store.dump() == before);
    bob.fetch();
    assert_eq!(bob.texts(id), ["hello", "hello", "a text"]);
    assert!(matches!(
        hear(&bob, id, &alice, &notice)[..],
        [Event::Typing { .. }]
    ));
}

#[test]
fn who_has_left_says_nothing() {
    let world = World::new();
    let (alice, id) = world.left();
    let now = alice.now();
    assert_eq!(
        code(block_on(alice.client.typing(id, true, now))),
        "not-a-member"
    );
    let nowhere = ConversationId::from_bytes([9; 16]);
    assert_eq!(
        code(block_on(alice.client.typing(nowhere, true, now))),
        "not-found"
    );
}
