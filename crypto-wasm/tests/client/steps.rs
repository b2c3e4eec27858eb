//! What steps cost: reads of the store, and cryptography that is done again because of what was not in memory.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

use crypto_wasm::client::{Client, MailboxItem};
use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::wire::content::Membership;
use crypto_wasm::wire::{Body, Content, ConversationId, ListedDevice, Member, MessageId, UserId};
use rand_core::{TryCryptoRng, TryRng};

use crate::support::{Extra, NOW, Person, TestRng, World, block_on, certificate_of};

/// A person with so many devices besides the one that a client runs.
fn with_devices(world: &World, name: &str, count: u32) -> (Person, Vec<Extra>) {
    let person = world.person(name);
    let extras: Vec<Extra> = (0..count)
        .map(|number| Extra::beside(&person, 1000 + number))
        .collect();
    let mut listed = vec![ListedDevice {
        device_id: person.address().device_id,
        identity_key: certificate_of(&person).identity_key,
    }];
    for extra in &extras {
        extra.settle_at(&person);
        listed.push(extra.listed());
    }
    listed.sort_unstable_by_key(|device| device.device_id);
    Extra::publish(&person, listed);
    (person, extras)
}

/// What a tab that has just been opened reads and commits to send a text to so many devices.
fn operations_to_send(devices: u32) -> u64 {
    let world = World::new();
    let alice = world.person("alice");
    let (bob, _) = with_devices(&world, "bob", devices - 1);
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    let tab = alice.tab();
    let (before, posted) = (tab.store.operations(), world.relay.borrow().posted.len());
    tab.write(id, "hello");
    let operations = tab.store.operations() - before;
    tab.pump();
    assert_eq!(world.relay.borrow().posted.len() - posted, devices as usize);
    operations
}

#[test]
fn a_text_for_a_hundred_devices_reads_as_often_as_for_one() {
    let one = operations_to_send(1);
    assert!(one < 10, "{one}");
    assert_eq!(operations_to_send(100), one);
}

/// Counts how many bytes are drawn.
struct Counting(TestRng, Rc<Cell<usize>>);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.1.set(self.1.get() + 4);
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.1.set(self.1.get() + 8);
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.1.set(self.1.get() + bytes.len());
        self.0.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for Counting {}

/// A new conversation of the two and of somebody of whom nobody has heard.
fn invitation(number: u8, people: [&Person; 2]) -> Content {
    let member = |person: &Person| Member {
        user_id: person.id(),
        account_key: certificate_of(person).account_key,
    };
    let stranger = Member {
        user_id: UserId::from_bytes([number; 16]),
        account_key: Ed25519PublicKey::from_bytes([number; 32]),
    };
    Content {
        conversation_id: ConversationId::from_bytes([number; 16]),
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW,
        body: Body::Membership(Membership {
            revision: 0,
            members: vec![member(people[0]), member(people[1]), stranger],
            name: String::new(),
        }),
    }
}

#[test]
fn what_a_batch_misses_makes_no_message_be_decrypted_more_than_twice() {
    let world = World::new();
    let alice = world.person("alice");
    let (bob, mut extras) = with_devices(&world, "bob", 40);
    alice.meet(&bob);
    // Each from a device of its own, so that each decryption draws a ratchet key, and each naming somebody new.
    let items: Vec<MailboxItem> = (1..)
        .zip(&mut extras)
        .map(|(seq, extra)| MailboxItem {
            seq,
            envelope: Some(extra.compose(&alice, &invitation(seq as u8, [&alice, &bob]))),
        })
        .collect();
    let drawn = Rc::new(Cell::new(0));
    let tab = Client::new(alice.store.clone(), Counting(TestRng::new(), drawn.clone()));
    let before = alice.store.operations();
    let received = block_on(tab.receive(&items, NOW)).unwrap().value;
    assert_eq!(received.cursor, 40);
    assert_eq!(received.users.len(), 40);
    let operations = (alice.store.operations() - before) as usize;
    assert!(operations <= items.len() + 5, "{operations}");
    let ratchet_key = 32;
    assert!(drawn.get() >= items.len() * ratchet_key);
    assert!(drawn.get() <= 2 * items.len() * ratchet_key, "{drawn:?}");
}

#[test]
fn a_batch_of_texts_is_one_read_and_one_for_what_shows_of_the_conversation() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    for number in 0..30 {
        alice.say(id, &number.to_string());
    }
    let tab = bob.tab();
    let items = tab.mail();
    assert_eq!(items.len(), 30);
    let tab = bob.tab();
    let before = tab.store.operations();
    tab.receive(&items);
    assert_eq!(tab.store.operations() - before, 3);
    assert_eq!(bob.texts(id).len(), 30);
}
