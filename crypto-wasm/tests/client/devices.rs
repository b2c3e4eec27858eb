//! Device lists: never back, and nothing more for who is off them (T31).

use crypto_wasm::identity::VerifiedDeviceList;
use crypto_wasm::wire::{DeviceList, ListedDevice, Wire};

use crate::support::{Extra, NOW, Person, World, account_of, certificate_of, code, document, text};

fn own_entry(person: &Person) -> ListedDevice {
    ListedDevice {
        device_id: person.address().device_id,
        identity_key: certificate_of(person).identity_key,
    }
}

fn shown(person: &Person) -> VerifiedDeviceList {
    let bytes = person.world.relay.borrow().users[&person.id()]
        .device_list
        .clone();
    VerifiedDeviceList::verify(DeviceList::from_bytes(&bytes).unwrap(), person.id(), None).unwrap()
}

// KEY-13
#[test]
fn t31_an_older_or_forked_list_is_refused_and_the_known_one_stays() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let account = account_of(&bob);
    let first = shown(&bob);
    let second_device = Extra::beside(&bob, 7);
    let entries = vec![own_entry(&bob), second_device.listed()];
    let second = account.next_device_list(&first, entries, NOW).unwrap();
    let fork = account
        .next_device_list(&first, vec![own_entry(&bob)], NOW + 1)
        .unwrap();
    let after_fork = account
        .next_device_list(&fork, vec![own_entry(&bob)], NOW + 2)
        .unwrap();
    let third = account
        .next_device_list(&second, vec![own_entry(&bob)], NOW + 2)
        .unwrap();
    let fourth = account
        .next_device_list(&third, vec![own_entry(&bob)], NOW + 3)
        .unwrap();
    let certificates = [
        certificate_of(&bob),
        second_device.device.certificate().certificate().clone(),
    ];
    let show = |list: &VerifiedDeviceList| {
        let listed: Vec<_> = certificates.iter().filter(|c| list.lists(c)).collect();
        let document = document("bob", list, &listed);
        alice.act(async || alice.client.learn_user(&document, NOW).await)
    };
    assert_eq!(show(&second).unwrap().devices, 2);
    let before = alice.store.dump();
    for list in [&first, &fork, &after_fork] {
        assert_eq!(code(show(list)), "device-list-rollback");
        assert_eq!(alice.store.dump(), before);
    }
    assert_eq!(show(&second).unwrap().devices, 2);
    // A list that was never shown may lie between.
    assert_eq!(show(&fourth).unwrap().devices, 1);
    assert_eq!(code(show(&second)), "device-list-rollback");
    alice.say(id, "still");
    bob.fetch();
    assert_eq!(bob.texts(id), ["still"]);
}

#[test]
fn t31_a_rollback_of_ones_own_list_is_refused() {
    let world = World::new();
    let alice = world.person("alice");
    let first = world.relay.borrow().document(alice.id()).unwrap();
    let extra = Extra::beside(&alice, 7);
    extra.settle_at(&alice);
    Extra::publish(&alice, vec![own_entry(&alice), extra.listed()]);
    alice.learn(alice.id()).unwrap();
    let back = alice.act(async || alice.client.learn_user(&first, NOW).await);
    assert_eq!(code(back), "device-list-rollback");
}

#[test]
fn ones_other_devices_get_what_one_writes() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut extra = Extra::beside(&alice, 7);
    extra.settle_at(&alice);
    Extra::publish(&alice, vec![own_entry(&alice), extra.listed()]);
    let message = alice.say(id, "everywhere");
    let posted = world.relay.borrow().envelopes_of(message.id);
    let for_extra: Vec<_> = posted
        .iter()
        .filter(|p| p.to == extra.device.address())
        .collect();
    assert_eq!(for_extra.len(), 1);
    assert!(extra.open(for_extra[0]).is_ok());
    // And shows what they write as one's own.
    let envelope = extra.compose(&alice, &text(id, 1, "from the other one"));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    let last = alice.messages(id).pop().unwrap();
    assert!(last.outgoing && last.sender_id == alice.id());
    bob.fetch();
    assert_eq!(bob.texts(id), ["everywhere"]);
}

// KEY-14, KEY-15
#[test]
fn t31_a_revoked_device_gets_nothing_more_and_is_not_heard() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut lost = Extra::beside(&bob, 7);
    lost.settle_at(&bob);
    Extra::publish(&bob, vec![own_entry(&bob), lost.listed()]);
    alice.say(id, "to both");
    let envelope = lost.compose(&alice, &text(id, 1, "from the second"));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    assert_eq!(alice.texts(id), ["to both", "from the second"]);
    // Encrypted for both already when the revocation becomes known.
    let waiting = alice.write(id, "waiting");
    assert_eq!(alice.store.dump().only(&["sessions"]).len(), 2);
    Extra::publish(&bob, vec![own_entry(&bob)]);
    alice.meet(&bob);
    let sessions = alice.store.dump().only(&["sessions"]);
    assert_eq!(sessions.len(), 1);
    assert!(
        sessions
            .keys()
            .all(|(_, key)| key.ends_with(&bob.address().device_id.to_be_bytes()))
    );
    let until = world.relay.borrow().posted.len();
    alice.say(id, "after");
    let posted = world.relay.borrow().posted[until..].to_vec();
    // A receipt, what waited, and what was said after it.
    assert_eq!(
        posted.iter().map(|p| p.to).collect::<Vec<_>>(),
        [bob.address(); 3]
    );
    assert_eq!(posted[1].message, waiting.id);

    let before = alice.store.dump().only(&["sessions", "meta"]);
    let envelope = lost.compose(&alice, &text(id, 2, "I am still here"));
    let items = [crypto_wasm::client::MailboxItem {
        seq: alice.cursor() + 1,
        envelope: Some(envelope),
    }];
    alice.receive(&items);
    assert_eq!(alice.lines(id).pop().unwrap(), "!device-not-listed");
    assert_eq!(
        alice.texts(id),
        ["to both", "from the second", "waiting", "after"]
    );
    let mut after = alice.store.dump().only(&["sessions", "meta"]);
    let cursor = ("meta", b"cursor".to_vec());
    after.insert(cursor.clone(), before[&cursor].clone());
    assert_eq!(after, before, "nothing but the cursor has moved");
    bob.fetch();
    assert_eq!(bob.texts(id), ["to both", "waiting", "after"]);
}
