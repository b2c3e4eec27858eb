//! What was delivered and read: who hears of it, and what is believed.

use crypto_wasm::client::{ConversationId, Message, MessageId, MessageReceipt};
use crypto_wasm::wire::content::Receipt;
use crypto_wasm::wire::{Body, Content};

use crate::support::{Extra, NOW, Person, World, block_on, certificate_of};

fn receipts(person: &Person, id: ConversationId, message: &Message) -> Vec<MessageReceipt> {
    let mut found = person.messages(id).into_iter();
    found.find(|line| line.id == message.id).unwrap().receipts
}

fn read(person: &Person, id: ConversationId) {
    let now = person.now();
    person
        .act(async || person.client.mark_read(id, now).await)
        .unwrap();
}

fn unread(person: &Person, id: ConversationId) -> u32 {
    let found = block_on(person.client.conversation(id)).unwrap();
    found.unwrap().unread
}

// CNT-19, CNT-23, CNT-24
#[test]
fn t18_whoever_is_accepted_hears_what_was_delivered_and_read_and_nobody_else() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let first = alice.say(id, "before bob has accepted");
    world.settle(&[&alice, &bob]);
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    assert_eq!(receipts(&alice, id, &first), []);
    bob.say(id, "hello");
    world.settle(&[&alice, &bob]);
    world.pass(1_000);
    let second = alice.say(id, "after it");
    assert_eq!(receipts(&alice, id, &second), []);
    world.settle(&[&alice, &bob]);
    let delivered = receipts(&alice, id, &second);
    let [receipt] = delivered[..] else {
        panic!("one receipt")
    };
    assert_eq!((receipt.user_id, receipt.read_at), (bob.id(), None));
    assert_eq!(receipt.delivered_at, bob.now());
    world.pass(1_000);
    alice.heard();
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    let seen = MessageReceipt {
        read_at: Some(bob.now()),
        ..receipt
    };
    assert_eq!(receipts(&alice, id, &second), [seen]);
    assert!(!alice.heard().is_empty());
    // Once: nothing new is said.
    let posted = world.relay.borrow().posted.len();
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    assert_eq!(world.relay.borrow().posted.len(), posted);
    // Of what others write there are none.
    assert_eq!(
        bob.messages(id)
            .iter()
            .map(|line| line.receipts.len())
            .max(),
        Some(1)
    );
    assert_eq!(receipts(&bob, id, &second), []);
}

// CNT-24
#[test]
fn a_person_may_keep_to_themselves_what_they_read() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    world.settle(&[&alice, &bob]);
    assert!(block_on(bob.client.read_receipts()).unwrap());
    bob.act(async || bob.client.set_read_receipts(false).await)
        .unwrap();
    assert!(!block_on(bob.client.read_receipts()).unwrap());
    let said = alice.say(id, "read?");
    world.settle(&[&alice, &bob]);
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    assert_eq!(unread(&bob, id), 0);
    assert_eq!(receipts(&alice, id, &said)[0].read_at, None);
    bob.act(async || bob.client.set_read_receipts(true).await)
        .unwrap();
    let later = alice.say(id, "and now?");
    world.settle(&[&alice, &bob]);
    read(&bob, id);
    world.settle(&[&alice, &bob]);
    // What was read meanwhile is not told afterwards.
    assert_eq!(receipts(&alice, id, &said)[0].read_at, None);
    assert!(receipts(&alice, id, &later)[0].read_at.is_some());
}

// CNT-19
#[test]
fn t18_in_a_group_only_the_author_hears_of_it_if_accepted() {
    let world = World::new();
    let ([alice, bob, carol], id) = world.three();
    bob.say(id, "I am here");
    world.settle(&[&alice, &bob, &carol]);
    // Alice has accepted both, bob has accepted alice alone, carol nobody.
    let said = alice.say(id, "who reads?");
    world.settle(&[&alice, &bob, &carol]);
    let by: Vec<_> = receipts(&alice, id, &said);
    assert_eq!(
        by.iter().map(|by| by.user_id).collect::<Vec<_>>(),
        [bob.id()]
    );
    let of_bob = bob.messages(id).pop().unwrap();
    assert_eq!(of_bob.id, said.id);
    let bobs = bob
        .messages(id)
        .into_iter()
        .find(|line| line.outgoing)
        .unwrap();
    let by: Vec<_> = bobs.receipts.iter().map(|by| by.user_id).collect();
    assert_eq!(by, [alice.id()]);
}

fn forged(number: u8, id: ConversationId, body: Body) -> Content {
    Content {
        conversation_id: id,
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW + 1_000_000_000,
        body,
    }
}

// CNT-24
#[test]
fn a_receipt_counts_for_ones_own_messages_of_that_conversation_and_not_for_tomorrow() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let other = alice.converse(&[&bob], "other");
    let here = alice.say(id, "here");
    let there = alice.say(other, "there");
    bob.fetch();
    let bobs = bob.say(id, "of bob");
    alice.fetch();
    let mut second = Extra::beside(&bob, 7);
    second.settle_at(&bob);
    let first = crypto_wasm::wire::ListedDevice {
        device_id: bob.address().device_id,
        identity_key: certificate_of(&bob).identity_key,
    };
    Extra::publish(&bob, vec![first, second.listed()]);
    alice.meet(&bob);
    let named = Receipt {
        message_ids: vec![here.id, there.id, bobs.id, MessageId::from_bytes([77; 16])],
    };
    let content = forged(1, id, Body::ReadReceipt(named));
    let envelope = second.compose(&alice, &content);
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    let now = alice.now();
    let told = receipts(&alice, id, &here);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].delivered_at, told[0].read_at), (now, Some(now)));
    assert_eq!(receipts(&alice, other, &there), []);
    assert_eq!(receipts(&alice, id, &bobs), []);
    assert_eq!(alice.errors(), [""; 0]);
    // Delivered after it was read says nothing new.
    alice.heard();
    let again = Receipt {
        message_ids: vec![here.id],
    };
    let content = forged(2, id, Body::DeliveryReceipt(again));
    let envelope = second.compose(&alice, &content);
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    assert_eq!(alice.heard(), []);
}

// CNT-24
#[test]
fn what_another_device_of_the_person_has_shown_is_read_here() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "one");
    bob.say(id, "two");
    let last = bob.say(id, "three");
    alice.fetch();
    assert_eq!(unread(&alice, id), 3);
    let mut second = Extra::beside(&alice, 7);
    second.settle_at(&alice);
    let first = crypto_wasm::wire::ListedDevice {
        device_id: alice.address().device_id,
        identity_key: certificate_of(&alice).identity_key,
    };
    Extra::publish(&alice, vec![first, second.listed()]);
    let middle = alice.messages(id)[2].id;
    for (number, message_ids, left) in [
        (1, vec![middle], 1),
        (2, vec![last.id, middle], 0),
        (3, vec![middle], 0),
    ] {
        let content = forged(number, id, Body::ReadReceipt(Receipt { message_ids }));
        let envelope = second.compose(&alice, &content);
        world.relay.borrow_mut().deliver(alice.address(), envelope);
        alice.fetch();
        assert_eq!(unread(&alice, id), left, "{number}");
    }
}
