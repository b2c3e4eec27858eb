//! Somebody between the two devices: whatever they do, linking ends with a typed error, the new profile stays as it was, and no device
//! stays on the list that people did not confirm.

use crypto_wasm::client::ClientError;
use crypto_wasm::crypto::dh::X25519KeyPair;
use crypto_wasm::linking::{
    LinkingAccept, LinkingCode, LinkingKey, LinkingMessage, LinkingReveal, NewSide, OldSide,
};
use crypto_wasm::wire::{DeviceList, Wire as _};

use super::{Encounter, Side, link};
use crate::support::{Person, TestRng, TestStore, World, code, holds};

/// Links with somebody between; gives the outcome and the new profile.
fn between(
    old: &Person,
    careful: bool,
    meddle: &mut dyn FnMut(Side, usize, Vec<u8>) -> Vec<u8>,
) -> (Result<(), ClientError>, Person) {
    let new = old.world.stranger("new", TestStore::plain());
    let mut meddle = |side, index, bytes| meddle(side, index, bytes);
    let encounter = Encounter {
        name: "new",
        full: true,
        since: 0,
        careful,
        meddle: &mut meddle,
        code: None,
    };
    let done = encounter.run(old, &new);
    (done, new)
}

fn listed(person: &Person) -> usize {
    let relay = person.world.relay.borrow();
    let list = &relay.users[&person.id()].device_list;
    DeviceList::from_bytes(list).unwrap().devices.len()
}

/// The messages of an encounter in which nobody meddles: how many of each side.
fn lengths(old: &Person) -> (usize, usize) {
    let (mut of_old, mut of_new) = (0, 0);
    let (done, new) = between(old, true, &mut |side, _, bytes| {
        match side {
            Side::Old => of_old += 1,
            Side::New => of_new += 1,
        }
        bytes
    });
    done.unwrap();
    super::encounter::revoke(old, new.address().device_id).unwrap();
    (of_old, of_new)
}

/// Somebody whose history takes several parts.
fn talkative() -> (Person, Person) {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    for _ in 0..3 {
        alice.say(id, &"long ".repeat(5_000));
    }
    (alice, bob)
}

// LNK-5, LNK-7
#[test]
fn t02_a_changed_repeated_or_dropped_message_ends_it_and_changes_nothing() {
    let (alice, _bob) = talkative();
    let (of_old, of_new) = lengths(&alice);
    assert!(of_old >= 5 && of_new == 3, "{of_old} {of_new}");
    let places = (0..of_old)
        .map(|at| (Side::Old, at))
        .chain((0..of_new).map(|at| (Side::New, at)));
    for (side, place) in places {
        // The last message says that everything is on the disk: who loses it has a device too many, which the old one takes off again.
        let is_last = (side, place) == (Side::New, of_new - 1);
        for attack in ["changed", "short", "repeated", "dropped"] {
            let mut before: Option<Vec<u8>> = None;
            let mut held: Option<Vec<u8>> = None;
            let (done, new) = between(&alice, true, &mut |from, at, bytes| {
                if from != side {
                    return bytes;
                }
                let last = before.replace(bytes.clone());
                if at < place {
                    return bytes;
                }
                match attack {
                    "changed" if at == place => {
                        let mut changed = bytes;
                        let middle = changed.len() / 2;
                        changed[middle] ^= 1;
                        changed
                    }
                    "short" if at == place => bytes[..bytes.len() - 1].to_vec(),
                    // The one before in its place.
                    "repeated" if at == place => last.unwrap_or_default(),
                    // Nothing, and from then on what should have come before.
                    "dropped" => held.replace(bytes).unwrap_or_default(),
                    _ => bytes,
                }
            });
            let what = format!("{side:?} {place} {attack}");
            assert_eq!(code(done), "link-tampered", "{what}");
            if is_last {
                continue;
            }
            assert!(new.store.dump().records.is_empty(), "{what}");
            assert_eq!(listed(&alice), 1, "{what}");
        }
    }
    assert_eq!(listed(&alice), 1);
    // And after all of this a device can be linked.
    let phone = link(&alice, "phone", true);
    assert_eq!(listed(&phone), 2);
}

// LNK-5
#[test]
fn t02_two_parts_that_change_places_end_it() {
    let (alice, _bob) = talkative();
    let mut held = None;
    let (done, new) = between(&alice, true, &mut |side, at, bytes| match (side, at) {
        (Side::Old, 2) => {
            held = Some(bytes.clone());
            // Two of them are one of them repeated, for who only sees one at a time.
            [&bytes[..bytes.len() - 1], &[0]].concat()
        }
        (Side::Old, 3) => held.take().unwrap(),
        _ => bytes,
    });
    assert_eq!(code(done), "link-tampered");
    assert!(new.store.dump().records.is_empty());
}

// LNK-2
#[test]
fn t01_a_key_other_than_the_committed_one_is_refused() {
    let world = World::new();
    let alice = world.person("alice");
    let other = X25519KeyPair::generate(&mut TestRng::new()).public_key();
    let (done, new) = between(&alice, false, &mut |side, at, bytes| {
        if (side, at) != (Side::Old, 1) {
            return bytes;
        }
        let reveal = LinkingReveal::from_bytes(&bytes).unwrap();
        LinkingReveal {
            key: other,
            ..reveal
        }
        .to_bytes()
        .unwrap()
    });
    assert_eq!(code(done), "link-tampered");
    assert!(new.store.dump().records.is_empty());
    assert_eq!(listed(&alice), 1);
}

// LNK-2
#[test]
fn t01_a_relay_that_does_not_know_the_code_cannot_commit_itself() {
    let mut rng = TestRng::new();
    let mut new = NewSide::begin(&mut rng);
    let world = World::new();
    let mallory = world.person("mallory");
    // It knows where the devices meet, and not the key in the code.
    let guessed = LinkingCode {
        key: X25519KeyPair::generate(&mut rng).public_key(),
        ..new.code().clone()
    };
    let (side, accept) = OldSide::begin(guessed, mallory.address(), &mut rng).unwrap();
    let key = new.accept(&accept).unwrap();
    let (_, reveal) = side.key(&key, &mut rng).unwrap();
    assert_eq!(new.reveal(&reveal).err().unwrap().code(), "link-tampered");
}

// LNK-3, LNK-4
#[test]
fn t01_a_swapped_key_shows_in_what_people_compare_and_opens_nothing_if_they_do_not_look() {
    let world = World::new();
    let alice = world.person("alice");
    let seed = *crate::support::account_of(&alice).seed();
    for careful in [true, false] {
        let mut rng = TestRng::new();
        let mine = X25519KeyPair::generate(&mut rng);
        let mut carried: Vec<Vec<u8>> = Vec::new();
        let (done, new) = between(&alice, careful, &mut |side, at, bytes| {
            carried.push(bytes.clone());
            if (side, at) != (Side::New, 0) {
                return bytes;
            }
            let key = LinkingKey::from_bytes(&bytes).unwrap();
            LinkingKey {
                key: mine.public_key(),
                ..key
            }
            .to_bytes()
            .unwrap()
        });
        let expected = if careful {
            "link-refused"
        } else {
            "link-tampered"
        };
        assert_eq!(code(done), expected);
        assert!(new.store.dump().records.is_empty());
        assert_eq!(listed(&alice), 1);
        assert!(!carried.iter().any(|bytes| holds(bytes, &seed)));
    }
}

// LNK-2, LNK-3
#[test]
fn t05_who_exchanges_the_code_and_stands_between_is_seen() {
    // Mallory shows Alice a code of his own, and plays the old device to the new one.
    let world = World::new();
    let (alice, mut rng) = (world.person("alice"), TestRng::new());
    let mut true_new = NewSide::begin(&mut rng);
    let mut false_new = NewSide::begin(&mut rng);
    let (true_old, accept) =
        OldSide::begin(false_new.code().clone(), alice.address(), &mut rng).unwrap();
    let (false_old, false_accept) =
        OldSide::begin(true_new.code().clone(), alice.address(), &mut rng).unwrap();
    let key = false_new.accept(&accept).unwrap();
    let (alice_sees, reveal) = true_old.key(&key, &mut rng).unwrap();
    let key = true_new.accept(&false_accept).unwrap();
    let (_, false_reveal) = false_old.key(&key, &mut rng).unwrap();
    let phone_shows = true_new.reveal(&false_reveal).unwrap();
    assert!(false_new.reveal(&reveal).is_ok());
    assert_ne!(alice_sees.string(), phone_shows.string());
    assert_ne!(
        alice_sees.string().decimals(),
        phone_shows.string().decimals()
    );
    assert_ne!(alice_sees.string().emoji(), phone_shows.string().emoji());
}

// LNK-2
#[test]
fn a_second_commitment_is_refused_since_the_key_is_known_by_then() {
    let mut rng = TestRng::new();
    let world = World::new();
    let alice = world.person("alice");
    let mut new = NewSide::begin(&mut rng);
    let (_, accept) = OldSide::begin(new.code().clone(), alice.address(), &mut rng).unwrap();
    let (_, other) = OldSide::begin(new.code().clone(), alice.address(), &mut rng).unwrap();
    assert!(new.accept(&accept).is_ok());
    assert_eq!(new.accept(&other).err().unwrap().code(), "link-tampered");
    assert!(LinkingAccept::from_bytes(&other[1..]).is_err());
}

// LNK-1
#[test]
fn what_is_no_code_is_refused() {
    let mut rng = TestRng::new();
    let text = NewSide::begin(&mut rng).code().to_text().unwrap();
    assert!(LinkingCode::from_text(&format!(" {text}\n")).is_ok());
    let mut high = NewSide::begin(&mut rng).code().to_bytes().unwrap();
    *high.last_mut().unwrap() = 0xff;
    for bad in [
        String::new(),
        text[1..].to_owned(),
        format!("{text}A"),
        text.replace(&text[..1], "B"),
        "hello there".to_owned(),
    ] {
        assert_eq!(
            code(LinkingCode::from_text(&bad).map_err(ClientError::from)),
            "link-code",
            "{bad}"
        );
    }
    assert!(LinkingCode::from_bytes(&high).is_err());
}

// LNK-5, LNK-7
#[test]
fn a_refusal_is_told_and_an_unexpected_message_is_none_of_the_other_device() {
    let (mut rng, world) = (TestRng::new(), World::new());
    let alice = world.person("alice");
    let mut new = NewSide::begin(&mut rng);
    let (old, accept) = OldSide::begin(new.code().clone(), alice.address(), &mut rng).unwrap();
    let key = new.accept(&accept).unwrap();
    let (old, reveal) = old.key(&key, &mut rng).unwrap();
    let new = new.reveal(&reveal).unwrap();
    assert_eq!(new.string(), old.string());
    assert_eq!(
        (new.old(), old.new_device_id()),
        (alice.address(), new.new_device_id())
    );
    let (mut old, mut new) = (old.confirm(), new.confirm());
    let no = new.seal(&LinkingMessage::Refusal).unwrap();
    // What one side has sent does not open as the other's.
    assert_eq!(new.open(&no).err().unwrap().code(), "link-tampered");
    assert_eq!(old.open(&no).err().unwrap().code(), "link-refused");
}

// LNK-8
#[test]
fn t05_a_handover_of_another_account_or_for_another_device_is_refused() {
    let world = World::new();
    let (alice, mallory) = (world.person("alice"), world.person("mallory"));
    let phone = link(&alice, "phone", true);
    let handover = alice
        .attempt(async || alice.client.handover(phone.address().device_id, 0).await)
        .unwrap();
    let new = world.stranger("new", TestStore::plain());
    let mut device = crypto_wasm::identity::Device::uncertified(
        phone.address().device_id,
        world.now.get(),
        &mut TestRng::new(),
    )
    .unwrap();
    let request = crypto_wasm::identity::PreKeyRequest {
        one_time: 0,
        kem: 0,
        rotate: true,
        created_at_ms: 0,
    };
    device
        .generate_prekeys(&request, &mut TestRng::new())
        .unwrap();
    let adopt = |old, bytes: &[u8]| {
        let now = world.now.get();
        code(new.act(async || new.client.adopt(&device, old, bytes, now).await))
    };
    // The certificate is of another device's key, though of this id; compared was a device of somebody else; not even a handover.
    assert_eq!(adopt(alice.address(), &handover), "bad-signature");
    assert_eq!(adopt(mallory.address(), &handover), "address-mismatch");
    assert_eq!(adopt(alice.address(), &handover[1..]), "link-tampered");
    assert!(new.store.dump().records.is_empty());
    // A profile that is somebody stays who it is.
    let before = mallory.store.dump();
    let refused = mallory.act(async || {
        let client = &mallory.client;
        client
            .adopt(&device, alice.address(), &handover, world.now.get())
            .await
    });
    assert_eq!(code(refused), "already-registered");
    assert_eq!(mallory.store.dump(), before);
}
