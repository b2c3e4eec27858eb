//! What waits for the relay: it survives, it is repeated byte for byte, and it goes to devices on signed lists alone.

use crypto_wasm::client::{Failure, Message, MessageState, OutboxCall, OutboxStep, Refusal};
use crypto_wasm::wire::{Address, Body};

use crate::support::{Extra, Person, World, block_on, certificate_of, code};

const MINUTE: u64 = 60_000;

fn failure(person: &Person, message: &Message) -> String {
    let (state, error) = person.state_of(message);
    assert_eq!(state, MessageState::Failed);
    error.unwrap().code
}

fn retry(person: &Person, message: &Message) {
    let retried = person
        .act(async || {
            let client = &person.client;
            client
                .retry_message(message.conversation_id, message.id)
                .await
        })
        .unwrap();
    assert_eq!(
        (retried.state, retried.error),
        (MessageState::Sending, None)
    );
}

/// A second device of a person at the relay and on the list, and the person's own entry first.
fn link(person: &Person) -> Extra {
    let extra = Extra::beside(person, 7);
    extra.settle_at(person);
    Extra::publish(person, vec![own_entry(person), extra.listed()]);
    extra
}

fn own_entry(person: &Person) -> crypto_wasm::wire::ListedDevice {
    crypto_wasm::wire::ListedDevice {
        device_id: person.address().device_id,
        identity_key: certificate_of(person).identity_key,
    }
}

#[test]
fn what_waits_survives_a_restart() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let made = alice
        .act(async || {
            let client = &alice.client;
            client
                .create_conversation(&[bob.id()], "", alice.now())
                .await
        })
        .unwrap();
    let texts: Vec<String> = (0..5).map(|n| n.to_string()).collect();
    for text in &texts {
        alice.write(made.id, text);
    }
    let again = alice.tab();
    assert_eq!(block_on(again.client.status()).unwrap().pending, 7);
    again.pump();
    assert_eq!(block_on(again.client.status()).unwrap().pending, 0);
    bob.fetch();
    assert_eq!(bob.texts(made.id), texts);
}

// SES-8, CNT-1
#[test]
fn a_call_without_an_answer_is_made_again_byte_for_byte() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let message = alice.write(id, "once");
    let first = alice.step();
    assert_eq!(alice.step(), first);
    assert_eq!(alice.tab().step(), first);
    let OutboxStep::Call {
        entry,
        conversation,
        call,
    } = first
    else {
        panic!("a call");
    };
    for _ in 0..3 {
        let mut relay = world.relay.borrow_mut();
        relay.call(alice.address(), conversation, &call).unwrap();
    }
    bob.fetch();
    assert_eq!(bob.texts(id), ["once"]);
    assert_eq!(bob.cursor(), 2);
    block_on(alice.client.outbox_accepted(entry, alice.now())).unwrap();
    assert_eq!(alice.state_of(&message).0, MessageState::Sent);
    assert_eq!(
        code(block_on(alice.client.outbox_accepted(entry, alice.now()))),
        "not-found"
    );
    assert_eq!(alice.step(), OutboxStep::Idle);
}

#[test]
fn a_missing_device_on_the_signed_list_gets_its_envelope() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut second = link(&bob);
    let message = alice.say(id, "to both");
    assert_eq!(alice.state_of(&message).0, MessageState::Sent);
    let posted = world.relay.borrow().envelopes_of(message.id);
    let to: Vec<Address> = posted.iter().map(|posted| posted.to).collect();
    assert_eq!(to, [bob.address(), bob.address(), second.device.address()]);
    assert_eq!(posted[0], posted[1], "what was sent stays as it is");
    let Body::Text(text) = second.open(&posted[2]).unwrap().body else {
        panic!("a text");
    };
    assert_eq!(text.text, "to both");
    bob.fetch();
    assert_eq!(bob.texts(id), ["to both"]);
}

// CNT-15
#[test]
fn t05_a_missing_device_on_no_signed_list_never_gets_an_envelope() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let phantom = Extra::beside(&bob, 9);
    phantom.settle_at(&bob);
    let message = alice.write(id, "not for everybody");
    let refusal = Refusal {
        code: "device-mismatch".to_owned(),
        missing: vec![phantom.device.address()],
        ..Refusal::default()
    };
    let (mut calls, mut asked) = (0, 0);
    loop {
        match alice.step() {
            OutboxStep::Idle => break,
            OutboxStep::Users(users) => {
                assert_eq!(users, [bob.id()]);
                asked += 1;
                alice.meet(&bob);
            }
            OutboxStep::Bundles(addresses) => panic!("wants keys of {addresses:?}"),
            OutboxStep::Call { entry, call, .. } => {
                let OutboxCall::Message { envelopes, .. } = call else {
                    panic!("a message");
                };
                let to: Vec<_> = envelopes.iter().map(|envelope| envelope.address).collect();
                assert_eq!(to, [bob.address()]);
                calls += 1;
                assert!(calls < 20, "without an end");
                let client = &alice.client;
                alice
                    .act(async || client.outbox_refused(entry, &refusal).await)
                    .unwrap();
            }
        }
    }
    assert_eq!((calls, asked), (6, 5));
    assert_eq!(failure(&alice, &message), "relay");
    assert_eq!(
        world
            .relay
            .borrow_mut()
            .device(phantom.device.address())
            .claimed,
        0
    );
    retry(&alice, &message);
    alice.pump();
    assert_eq!(alice.state_of(&message).0, MessageState::Sent);
    bob.fetch();
    assert_eq!(bob.texts(id), ["not for everybody"]);
}

#[test]
fn an_envelope_for_a_device_that_is_gone_is_dropped() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let second = link(&bob);
    alice.say(id, "to both");
    let message = alice.write(id, "to one");
    Extra::publish(&bob, vec![own_entry(&bob)]);
    alice.pump();
    let to: Vec<_> = world
        .relay
        .borrow()
        .envelopes_of(message.id)
        .iter()
        .map(|posted| posted.to)
        .collect();
    assert_eq!(
        to.iter()
            .filter(|to| **to == second.device.address())
            .count(),
        1
    );
    assert_eq!(to.iter().filter(|to| **to == bob.address()).count(), 2);
    assert_eq!(alice.state_of(&message).0, MessageState::Sent);
    bob.fetch();
    assert_eq!(bob.texts(id), ["to both", "to one"]);
}

#[test]
fn a_bundle_that_does_not_verify_fails_the_message_and_trying_again_works_later() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let good = world
        .relay
        .borrow_mut()
        .device(bob.address())
        .signed_prekey
        .clone();
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    world.relay.borrow_mut().device(bob.address()).signed_prekey = damaged;
    let id = alice.converse(&[&bob], "");
    let message = alice.messages(id).remove(0);
    assert_eq!(failure(&alice, &message), "bad-signature");
    assert!(world.relay.borrow().posted.is_empty());
    world.relay.borrow_mut().device(bob.address()).signed_prekey = good;
    retry(&alice, &message);
    alice.pump();
    assert_eq!(
        failure(&alice, &message),
        "bad-signature",
        "not asked again at once"
    );
    world.pass(MINUTE);
    retry(&alice, &message);
    alice.pump();
    assert_eq!(alice.state_of(&message), (MessageState::Sent, None));
    bob.fetch();
    assert_eq!(bob.lines(id), ["#0"]);
}

#[test]
fn a_message_that_could_be_encrypted_for_nobody_was_not_sent() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let keys = std::mem::take(&mut world.relay.borrow_mut().device(bob.address()).signed_prekey);
    let id = alice.converse(&[&bob], "");
    let message = alice.messages(id).remove(0);
    assert_eq!(failure(&alice, &message), "not-found");
    world.relay.borrow_mut().device(bob.address()).signed_prekey = keys;
    world.pass(MINUTE);
    retry(&alice, &message);
    alice.pump();
    bob.fetch();
    assert_eq!(bob.lines(id), ["#0"]);
}

#[test]
fn a_refused_message_fails_and_can_be_tried_again() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    world.relay.borrow_mut().refuse = Some("too-large");
    let first = alice.say(id, "first");
    alice.say(id, "second");
    let (state, error) = alice.state_of(&first);
    let expected = Failure {
        code: "relay".to_owned(),
        message: "too-large: no".to_owned(),
    };
    assert_eq!((state, error), (MessageState::Failed, Some(expected)));
    let again = alice.tab();
    retry(&again, &first);
    let twice = block_on(again.client.retry_message(id, first.id));
    assert_eq!(code(twice), "not-found");
    again.pump();
    assert_eq!(again.state_of(&first), (MessageState::Sent, None));
    bob.fetch();
    assert_eq!(bob.texts(id), ["second", "first"]);
    let posted = world.relay.borrow().envelopes_of(first.id);
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0], posted[1]);
}

#[test]
fn a_refused_conversation_is_reported() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    alice.heard();
    world.relay.borrow_mut().refuse = Some("too-large");
    let id = alice.converse(&[&bob], "");
    assert_eq!(alice.errors(), ["relay"]);
    assert_eq!(failure(&alice, &alice.messages(id)[0]), "relay");
}

#[test]
fn a_user_whom_the_relay_denies_does_not_hold_up_the_others() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    alice.meet(&bob);
    alice.meet(&carol);
    let id = alice.converse(&[&bob, &carol], "trio");
    let now = alice.now();
    block_on(alice.client.user_missing(carol.id(), now)).unwrap();
    Extra::publish(&carol, vec![]);
    let text = alice.say(id, "to bob");
    assert_eq!(alice.state_of(&text).0, MessageState::Sent);
    bob.fetch();
    assert_eq!(bob.texts(id), ["to bob"]);
}
