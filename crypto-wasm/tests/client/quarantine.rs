//! Damaged records: each costs what it held and no more. Every kind in turn, sealed and not, cut and overwritten.

use crypto_wasm::client::{KeyState, MessageBody, MessageState, PreKeyCounts};
use crypto_wasm::store::Collection;
use crypto_wasm::wire::ConversationId;

use crate::support::{Forged, Person, TestStore, World, block_on, code};

const DAMAGED: &str = "storage-corrupt";

struct Pair {
    world: World,
    alice: Person,
    bob: Person,
    id: ConversationId,
}

/// Alice, whose records are damaged, and Bob; both have written.
fn pair(store: TestStore) -> Pair {
    let world = World::new();
    let alice = world.stranger("alice", store);
    alice.register();
    let bob = world.person("bob");
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    bob.fetch();
    bob.say(id, "one");
    alice.fetch();
    alice.say(id, "two");
    bob.fetch();
    Pair {
        world,
        alice,
        bob,
        id,
    }
}

/// Does the same for each way in which a record may be damaged.
fn each_way(check: impl Fn(Pair, &dyn Fn(&[u8]) -> Vec<u8>)) {
    for store in [TestStore::plain, TestStore::sealed] {
        check(pair(store()), &|_| Vec::new());
        check(pair(store()), &|_| b"\xffanything else".to_vec());
        check(pair(store()), &|whole| whole[..whole.len() - 1].to_vec());
        check(pair(store()), &|whole| [whole, b"more"].concat());
    }
}

/// Damages all records of a collection whose keys are chosen; the client comes back after a restart.
fn damage(
    person: &Person,
    collection: Collection,
    chosen: impl Fn(&[u8]) -> bool,
    way: &dyn Fn(&[u8]) -> Vec<u8>,
) -> Person {
    let mut count = 0;
    for ((_, key), value) in person.store.dump().only(&[collection.name()]) {
        if chosen(&key) {
            person.store.overwrite(collection, &key, &way(&value));
            count += 1;
        }
    }
    assert!(count > 0, "nothing to damage");
    person.heard();
    person.tab()
}

fn all(_: &[u8]) -> bool {
    true
}

/// Both can still write to each other, and hear of nothing else that is wrong.
fn assert_alive(world: &World, alice: &Person, bob: &Person, id: ConversationId) {
    alice.say(id, "still here");
    bob.say(id, "so am I");
    world.settle(&[alice, bob]);
    assert_eq!(alice.texts(id).last().unwrap(), "so am I");
    let bobs = bob.texts(id);
    assert!(bobs.contains(&"still here".to_owned()), "{bobs:?}");
    alice.heard();
    alice.say(id, "well");
    bob.fetch();
    assert_eq!(alice.errors(), Vec::<String>::new());
}

#[test]
fn a_damaged_session_is_made_anew_and_what_it_would_have_read_is_asked_for() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        bob.say(id, "on its way");
        let alice = damage(&alice, Collection::Sessions, all, way);
        alice.fetch();
        assert_eq!(alice.errors(), [DAMAGED]);
        assert_eq!(alice.lines(id).last().unwrap(), "!decrypt");
        world.settle(&[&alice, &bob]);
        assert_eq!(alice.lines(id).last().unwrap(), "on its way");
        assert_alive(&world, &alice, &bob, id);
    });
    each_way(|pair, way| {
        let alice = damage(&pair.alice, Collection::Sessions, all, way);
        assert_alive(&pair.world, &alice, &pair.bob, pair.id);
    });
}

#[test]
fn a_damaged_line_shows_as_one_in_its_place() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let third = |key: &[u8]| key.ends_with(&2_u64.to_be_bytes());
        let before = alice.lines(id);
        let alice = damage(&alice, Collection::Messages, third, way);
        assert_eq!(before[1], "one");
        let expected = [before[0].as_str(), "!storage-corrupt", &before[2]];
        assert_eq!(alice.lines(id), expected);
        // Pages go on beyond it.
        let page = block_on(alice.client.messages(id, None, 2)).unwrap();
        assert_eq!(page.next, Some(2));
        let MessageBody::Undecryptable { reason } = &page.items[0].body else {
            panic!("a damaged line says something");
        };
        assert_eq!(reason, DAMAGED);
        assert_eq!(page.items[0].order, 2);
        let rest = block_on(alice.client.messages(id, page.next, 2)).unwrap();
        assert_eq!(rest.items.len(), 1);
        assert_alive(&world, &alice, &bob, id);
        let alice = damage(&alice, Collection::Messages, all, way);
        assert!(alice.view(id).last_message.is_none());
        assert!(
            alice
                .lines(id)
                .iter()
                .all(|line| line == "!storage-corrupt")
        );
        alice.say(id, "again");
        assert_eq!(alice.texts(id), ["again"]);
    });
}

#[test]
fn t01_a_damaged_contact_is_pinned_again_by_the_conversation_and_the_person_is_told() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let mark = |person: &Person| {
            person.act(async || person.client.set_verified(bob.id(), true, None).await)
        };
        assert!(mark(&alice).unwrap().verified);
        let alice = damage(&alice, Collection::Users, all, way);
        assert_eq!(block_on(alice.client.contacts()).unwrap(), []);
        alice.meet(&bob);
        assert_eq!(alice.errors(), [DAMAGED]);
        let known = block_on(alice.client.contact(bob.id())).unwrap().unwrap();
        assert_eq!(known.username, "bob");
        assert_eq!(known.key_state, KeyState::Pinned);
        assert!(!known.verified, "the mark went with the pin");
        assert_alive(&world, &alice, &bob, id);

        // A relay that uses the moment to show another key does not get it pinned.
        let alice = damage(&alice, Collection::Users, all, way);
        let forged = Forged::of(bob.id(), bob.address().device_id);
        forged.take_over(&bob);
        let message = alice.write(id, "for bob alone");
        alice.pump();
        let known = block_on(alice.client.contact(bob.id())).unwrap().unwrap();
        assert_eq!(known.key_state, KeyState::Changed);
        assert_ne!(alice.state_of(&message).0, MessageState::Sent);
        assert!(alice.errors().contains(&DAMAGED.to_owned()));
    });
}

#[test]
fn a_damaged_conversation_costs_no_other() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let group = alice.converse(&[&bob], "a group");
        bob.fetch();
        let alice = damage(
            &alice,
            Collection::Conversations,
            |key| key == group.as_bytes(),
            way,
        );
        let listed = block_on(alice.client.conversations()).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, id);
        assert_eq!(block_on(alice.client.conversation(group)).unwrap(), None);
        let refused = block_on(alice.client.send_text(group, "lost", None, alice.now()));
        assert_eq!(code(refused), "not-found");
        bob.say(group, "to the damaged one");
        alice.fetch();
        assert!(alice.errors().contains(&DAMAGED.to_owned()));
        assert_alive(&world, &alice, &bob, id);
    });
}

#[test]
fn a_damaged_outbox_entry_fails_its_line_and_the_next_is_sent() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let first = alice.write(id, "first");
        let number = alice.store.dump().only(&["outbox"]);
        let mut waiting: Vec<_> = number.keys().filter(|(_, key)| key[0] == 0).collect();
        let (_, place) = waiting.pop().unwrap().clone();
        assert!(waiting.is_empty());
        let second = alice.write(id, "second");
        let alice = damage(&alice, Collection::Outbox, |key| key == place, way);
        alice.pump();
        assert_eq!(alice.errors(), [DAMAGED]);
        // The event that says so has the worker ask for this.
        alice
            .act(async || alice.client.settle_devices(alice.now()).await)
            .unwrap();
        let (state, failure) = alice.state_of(&first);
        assert_eq!(state, MessageState::Failed);
        assert_eq!(failure.unwrap().code, DAMAGED);
        assert_eq!(alice.state_of(&second).0, MessageState::Sent);
        bob.fetch();
        assert_eq!(bob.texts(id), ["one", "two", "second"]);
        let status = block_on(alice.client.status()).unwrap();
        assert_eq!(status.pending, 0);
        assert_alive(&world, &alice, &bob, id);
        // What was sent before and cannot be sent again stops nothing either.
        let alice = damage(&alice, Collection::Outbox, |key| key[0] == 2, way);
        assert_alive(&world, &alice, &bob, id);
    });
}

#[test]
fn damaged_numbers_are_found_anew() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let first = alice.write(id, "first");
        let next = |key: &[u8]| key == b"outbox-next";
        let alice = damage(&alice, Collection::Meta, next, way);
        let second = alice.write(id, "second");
        assert_eq!(alice.errors(), [DAMAGED]);
        alice.pump();
        for message in [&first, &second] {
            assert_eq!(alice.state_of(message).0, MessageState::Sent);
        }
        bob.say(id, "new");
        let alice = damage(&alice, Collection::Meta, |key| key == b"cursor", way);
        alice.fetch();
        assert!(alice.errors().contains(&DAMAGED.to_owned()));
        let texts = ["one", "two", "first", "second", "new"];
        assert_eq!(alice.texts(id), texts, "nothing twice");
        let alice = damage(&alice, Collection::MessageIds, all, way);
        assert_eq!(alice.texts(id), texts);
        assert_alive(&world, &alice, &bob, id);
    });
}

#[test]
fn damaged_prekeys_that_wait_are_made_anew() {
    each_way(|pair, way| {
        let Pair {
            world,
            alice,
            bob,
            id,
        } = pair;
        let alice = damage(&alice, Collection::Meta, |key| key == b"prekeys", way);
        let enough = PreKeyCounts {
            one_time_prekeys: 100,
            kem_prekeys: 100,
        };
        let made = alice
            .act(async || alice.client.prekey_upload(enough, alice.now()).await)
            .unwrap()
            .unwrap();
        assert!(made.signed_prekey.is_some() && made.kem_last_resort.is_some());
        assert_eq!(alice.errors(), [DAMAGED]);
        let again = alice
            .act(async || alice.client.prekey_upload(enough, alice.now()).await)
            .unwrap();
        assert_eq!(again, Some(made), "the same bytes until the relay has them");
        assert_alive(&world, &alice, &bob, id);
    });
}

#[test]
fn the_account_and_the_device_are_never_done_without() {
    each_way(|pair, way| {
        for name in [&b"account"[..], b"device"] {
            let whole = pair.alice.store.dump().only(&["meta"])[&("meta", name.to_vec())].clone();
            let alice = damage(&pair.alice, Collection::Meta, |key| key == name, way);
            let before = alice.store.dump();
            let now = alice.now();
            let refused = match name {
                b"account" => block_on(alice.client.begin_registration("mallory", now)).map(drop),
                _ => block_on(alice.client.sign_login("http://relay", [7; 32], now)).map(drop),
            };
            assert_eq!(code(refused), DAMAGED);
            assert_eq!(alice.store.dump(), before);
            pair.alice.store.overwrite(Collection::Meta, name, &whole);
        }
        assert_alive(&pair.world, &pair.alice.tab(), &pair.bob, pair.id);
    });
}
