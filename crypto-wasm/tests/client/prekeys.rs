//! Prekeys at the relay: top-up, rotation, expiry, exhaustion.

use crypto_wasm::client::{PreKeyCounts, PreKeys};
use crypto_wasm::wire::{KemPreKey, PreKeyMessage, SignedPreKey, Wire};

use crate::support::{NOW, Person, World, block_on};

const DAY: u64 = 24 * 60 * 60 * 1000;

fn ask(person: &Person, one_time: usize, kem: usize) -> Option<PreKeys> {
    let counts = PreKeyCounts {
        one_time_prekeys: one_time,
        kem_prekeys: kem,
    };
    block_on(person.client.prekey_upload(counts, person.now()))
        .unwrap()
        .value
}

fn uploaded(person: &Person) {
    block_on(person.client.prekeys_uploaded()).unwrap();
}

fn signed_id(keys: &PreKeys) -> u32 {
    SignedPreKey::from_bytes(keys.signed_prekey.as_ref().unwrap())
        .unwrap()
        .id
}

// KEY-17
#[test]
fn the_relay_is_topped_up_below_25_of_either_kind() {
    let alice = World::new().person("alice");
    assert_eq!(ask(&alice, 100, 100), None);
    assert_eq!(ask(&alice, 25, 25), None);
    let keys = ask(&alice, 24, 60).unwrap();
    assert_eq!(
        (keys.one_time_prekeys.len(), keys.kem_prekeys.len()),
        (76, 0)
    );
    assert_eq!((keys.signed_prekey, keys.kem_last_resort), (None, None));
    uploaded(&alice);
    let keys = ask(&alice, 30, 0).unwrap();
    assert_eq!(
        (keys.one_time_prekeys.len(), keys.kem_prekeys.len()),
        (0, 100)
    );
}

#[test]
fn an_upload_is_the_same_bytes_until_it_is_confirmed() {
    let alice = World::new().person("alice");
    let first = ask(&alice, 0, 0).unwrap();
    assert_eq!(ask(&alice, 0, 0).as_ref(), Some(&first));
    assert_eq!(ask(&alice, 100, 100).as_ref(), Some(&first));
    assert_eq!(ask(&alice.tab(), 0, 0).as_ref(), Some(&first));
    uploaded(&alice);
    assert_eq!(ask(&alice, 100, 100), None);
    let second = ask(&alice, 0, 0).unwrap();
    assert!(
        second
            .one_time_prekeys
            .iter()
            .all(|key| !first.one_time_prekeys.contains(key))
    );
}

// KEY-18
#[test]
fn signed_prekeys_rotate_every_seven_days_and_a_top_up_does_not_put_that_off() {
    let world = World::new();
    let alice = world.person("alice");
    world.pass(7 * DAY - 1);
    assert_eq!(ask(&alice, 100, 100), None);
    assert!(ask(&alice, 0, 100).unwrap().signed_prekey.is_none());
    uploaded(&alice);
    world.pass(1);
    let first = ask(&alice, 100, 100).unwrap();
    assert!(first.one_time_prekeys.is_empty() && first.kem_prekeys.is_empty());
    let last = KemPreKey::from_bytes(first.kem_last_resort.as_ref().unwrap()).unwrap();
    assert_eq!(last.created_at_ms, NOW + 7 * DAY);
    uploaded(&alice);
    world.pass(7 * DAY - 1);
    assert_eq!(ask(&alice, 100, 100), None);
    world.pass(1);
    assert_ne!(
        signed_id(&first),
        signed_id(&ask(&alice, 100, 100).unwrap())
    );
}

// KEY-18
#[test]
fn an_old_signed_prekey_works_for_thirty_days_after_its_replacement() {
    for (days, works) in [(30, true), (31, false)] {
        let world = World::new();
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        alice.meet(&bob);
        // The relay goes on handing out the bundle of the first day.
        world.pass(7 * DAY);
        let upload = ask(&bob, 100, 100).unwrap();
        assert!(upload.signed_prekey.is_some());
        uploaded(&bob);
        world.pass(days * DAY);
        assert!(ask(&bob, 100, 100).unwrap().signed_prekey.is_some());
        let id = alice.converse(&[&bob], "");
        alice.say(id, "late");
        bob.fetch();
        let errors = bob.errors();
        let known = block_on(bob.client.conversation(id)).unwrap();
        if works {
            assert_eq!(bob.texts(id), ["late"]);
        } else {
            assert_eq!(
                (known, errors),
                (None, vec!["unknown-prekey".to_owned(); 2])
            );
        }
    }
}

#[test]
fn t12_when_one_time_prekeys_run_out_the_last_resort_serves_every_initiator() {
    let world = World::new();
    let bob = world.person("bob");
    {
        let mut relay = world.relay.borrow_mut();
        let device = relay.device(bob.address());
        device.one_time_prekeys.truncate(1);
        device.kem_prekeys.truncate(1);
    }
    let people: Vec<Person> = (0..4).map(|n| world.person(&format!("p{n}"))).collect();
    let conversations: Vec<_> = people
        .iter()
        .map(|person| {
            person.meet(&bob);
            let id = person.converse(&[&bob], "");
            person.say(id, &person.name);
            id
        })
        .collect();
    let first: Vec<PreKeyMessage> = people
        .iter()
        .map(|person| {
            let relay = world.relay.borrow();
            let mut posted = relay.posted.iter();
            let mine = posted.find(|posted| posted.from == person.address());
            PreKeyMessage::from_bytes(&mine.unwrap().content).unwrap()
        })
        .collect();
    assert!(first[0].fields.one_time_prekey_id.is_some());
    assert!(
        first[1..]
            .iter()
            .all(|m| m.fields.one_time_prekey_id.is_none())
    );
    let kem = |n: usize| first[n].fields.kem_prekey_id;
    assert_ne!(kem(0), kem(1));
    assert_eq!([kem(1), kem(2)], [kem(2), kem(3)]);
    bob.fetch();
    assert_eq!(bob.errors(), Vec::<String>::new());
    for (person, id) in people.iter().zip(conversations) {
        assert_eq!(bob.texts(id).join(","), person.name);
        bob.say(id, "back");
        person.fetch();
        assert_eq!(person.texts(id), [person.name.as_str(), "back"]);
    }
}
