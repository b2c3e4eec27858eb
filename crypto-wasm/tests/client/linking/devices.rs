//! Devices of one account: linked, used beside each other, renamed, revoked.

use crypto_wasm::client::devices::DeviceView;
use crypto_wasm::client::{Event, KeyState};

use super::encounter::{publish, revoke};
use super::{Encounter, link};
use crate::support::{NOW, Person, TestStore, World, code};

fn devices(person: &Person) -> Vec<DeviceView> {
    person
        .attempt(async || person.client.devices().await)
        .unwrap()
}

fn settle(person: &Person) {
    let now = person.now();
    person
        .act(async || person.client.settle_devices(now).await)
        .unwrap();
}

// LNK-8
#[test]
fn a_linked_device_has_history_people_and_marks_and_both_talk_on() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let group = alice.converse(&[&bob], "Walks");
    alice.say(id, "before");
    bob.fetch();
    let answer = bob.say(id, "answer");
    // Still at the relay when the device is linked.
    bob.say(group, "who comes?");
    let number = alice
        .attempt(async || alice.client.safety_number(bob.id()).await)
        .unwrap();
    alice
        .act(async || {
            let client = &alice.client;
            client.set_verified(bob.id(), true, Some(&number)).await
        })
        .unwrap();
    alice.fetch();
    let edited = alice.say(id, "first words");
    alice
        .act(async || {
            let client = &alice.client;
            client.edit_message(id, edited.id, "other words", NOW).await
        })
        .unwrap();
    bob.fetch();
    bob.act(async || {
        let client = &bob.client;
        client
            .react_to_message(id, edited.id, "👍", false, NOW)
            .await
    })
    .unwrap();
    bob.pump();
    alice.fetch();
    alice.pump();

    let phone = link(&alice, "phone", true);
    assert_eq!(phone.id(), alice.id());
    assert_eq!(phone.texts(id), ["before", "answer", "other words"]);
    assert_eq!(phone.lines(group), alice.lines(group));
    assert!(phone.lines(group).contains(&"who comes?".to_owned()));
    let shown = phone.messages(id).pop().unwrap();
    assert_eq!(shown.reactions.len(), 1);
    assert!(shown.outgoing && shown.edited_at.is_some());
    assert!(
        !phone
            .messages(id)
            .iter()
            .any(|m| m.id == answer.id && m.outgoing)
    );
    assert_eq!(phone.members(group), alice.members(group));
    let contact = phone
        .attempt(async || phone.client.contact(bob.id()).await)
        .unwrap()
        .unwrap();
    assert!(contact.verified && contact.key_state == KeyState::Pinned);

    // Everybody hears everybody, once; the relay has announced the change.
    bob.learn(alice.id()).unwrap();
    phone.say(id, "from the phone");
    alice.say(id, "from the laptop");
    world.settle(&[&alice, &bob, &phone]);
    bob.say(id, "to both");
    world.settle(&[&alice, &bob, &phone]);
    let mut everything = vec![
        "before",
        "answer",
        "other words",
        "from the phone",
        "from the laptop",
        "to both",
    ];
    everything.sort_unstable();
    for person in [&alice, &bob, &phone] {
        let mut texts = person.texts(id);
        texts.sort_unstable();
        assert_eq!(texts, everything, "{}", person.name);
        assert_eq!(person.errors(), Vec::<String>::new());
    }
    // On either device the other's messages are one's own.
    assert!(
        alice
            .messages(id)
            .iter()
            .all(|m| m.outgoing == (m.sender_id == alice.id()))
    );
    // A new conversation of one device is on the other.
    let carol = world.person("carol");
    phone.meet(&carol);
    let new = phone.converse(&[&carol], "");
    phone.say(new, "hello carol");
    world.settle(&[&alice, &carol, &phone]);
    assert_eq!(alice.texts(new), ["hello carol"]);
    assert_eq!(carol.texts(new), ["hello carol"]);
}

// LNK-8
#[test]
fn what_history_comes_along_is_chosen() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.say(id, "long ago");
    world.pass(1_000);
    alice.say(id, "lately");
    for (since, expected) in [(NOW + 1, vec!["lately"]), (u64::MAX, vec![])] {
        let mut meddle = |_, _, bytes| bytes;
        let new = world.stranger("new", TestStore::plain());
        let encounter = Encounter {
            name: "new",
            full: false,
            since,
            careful: true,
            meddle: &mut meddle,
            code: None,
        };
        encounter.run(&alice, &new).unwrap();
        assert_eq!(new.texts(id), expected);
        assert_eq!(new.view(id).last_message.is_some(), since != u64::MAX);
        bob.say(id, "hi");
        new.fetch();
        assert_eq!(new.texts(id).last().unwrap(), "hi");
        revoke(&alice, new.address().device_id).unwrap();
        alice.fetch();
    }
}

// LNK-9
#[test]
fn a_companion_has_no_account_key_and_can_neither_link_nor_revoke() {
    let world = World::new();
    let (alice, _, id) = world.pair();
    let full = link(&alice, "full", true);
    let companion = link(&alice, "companion", false);
    alice.pump();
    let seed = *crate::support::account_of(&alice).seed();
    let has_seed = |person: &Person| {
        let records = person.store.dump().records;
        records
            .values()
            .any(|value| crate::support::holds(value, &seed))
    };
    assert!(has_seed(&alice) && has_seed(&full) && !has_seed(&companion));
    let before = companion.store.dump();
    let revoked = revoke(&companion, alice.address().device_id);
    assert_eq!(code(revoked), "forbidden");
    let mut meddle = |_, _, bytes| bytes;
    let stranger = world.stranger("third", TestStore::plain());
    let encounter = Encounter {
        name: "third",
        full: false,
        since: 0,
        careful: true,
        meddle: &mut meddle,
        code: None,
    };
    let refused = encounter.run(&companion, &stranger);
    assert_eq!(code(refused), "forbidden");
    let handed = companion.attempt(async || {
        let id = companion.address().device_id;
        companion.client.handover(id, 0).await.map(drop)
    });
    assert_eq!(code(handed), "forbidden");
    assert_eq!(companion.store.dump(), before);
    companion.say(id, "but it can write");
    // Everybody shows which is which.
    for person in [&alice, &full, &companion] {
        person.learn(alice.id()).unwrap();
        person.fetch();
        settle(person);
        let mut kinds: Vec<_> = devices(person)
            .into_iter()
            .map(|view| (view.device_id, view.full, view.current))
            .collect();
        kinds.sort_unstable();
        let mut expected = vec![
            (alice.address().device_id, Some(true)),
            (full.address().device_id, Some(true)),
            (companion.address().device_id, Some(false)),
        ]
        .into_iter()
        .map(|(id, kind)| (id, kind, id == person.address().device_id))
        .collect::<Vec<_>>();
        expected.sort_unstable();
        assert_eq!(kinds, expected, "{}", person.name);
    }
}

// KEY-15
#[test]
fn t31_a_revoked_device_of_ones_own_gets_nothing_more() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let phone = link(&alice, "phone", true);
    world.settle(&[&alice, &bob, &phone]);
    alice.say(id, "to all");
    world.settle(&[&alice, &bob, &phone]);
    assert_eq!(phone.texts(id), ["to all"]);
    // Encrypted for the phone already when it is lost.
    alice.write(id, "waiting");
    revoke(&alice, phone.address().device_id).unwrap();
    assert_eq!(devices(&alice).len(), 1);
    assert!(alice.heard().contains(&Event::Devices));
    let sessions = alice.store.dump().only(&["sessions"]);
    let lost = phone.address().device_id.to_be_bytes();
    assert!(
        !sessions
            .keys()
            .any(|(_, key)| key.ends_with(&lost) && key.starts_with(alice.id().as_bytes()))
    );
    let until = world.relay.borrow().posted.len();
    alice.say(id, "after");
    bob.learn(alice.id()).unwrap();
    bob.fetch();
    bob.say(id, "answer");
    alice.fetch();
    for posted in &world.relay.borrow().posted[until..] {
        assert_ne!(posted.to, phone.address());
    }
    assert_eq!(bob.texts(id), ["to all", "waiting", "after", "answer"]);
    // Never a second time under the same id.
    let again = alice.act(async || {
        let device_id = phone.address().device_id;
        let mut device = crypto_wasm::identity::Device::uncertified(
            device_id,
            NOW,
            &mut crate::support::TestRng::new(),
        )?;
        let request = crypto_wasm::identity::PreKeyRequest {
            one_time: 0,
            kem: 0,
            rotate: true,
            created_at_ms: NOW,
        };
        device.generate_prekeys(&request, &mut crate::support::TestRng::new())?;
        let offer = crypto_wasm::linking::NewDevice::of(&device, "")?;
        alice.client.begin_link(device_id, &offer, true, NOW).await
    });
    assert_eq!(code(again), "invalid-argument");
}

// KEY-13, LNK-6
#[test]
fn t31_a_list_is_signed_once_for_each_number_whatever_the_relay_says() {
    let world = World::new();
    let alice = world.person("alice");
    let phone = link(&alice, "phone", true);
    let lost = phone.address().device_id;
    let change = alice
        .act(async || alice.client.revoke_device(lost, NOW).await)
        .unwrap();
    // No answer: the same bytes again, and no other change before.
    let again = alice
        .tab()
        .attempt(async || alice.client.device_change().await)
        .unwrap();
    assert_eq!(again, Some(change.clone()));
    let other = alice.act(async || alice.client.revoke_device(lost, NOW + 1).await);
    assert_eq!(code(other), "invalid-argument");
    publish(&alice, &change);
    assert_eq!(devices(&alice).len(), 1);
    let none = alice.attempt(async || alice.client.device_change().await);
    assert_eq!(none.unwrap(), None);
    let late = alice.act(async || alice.client.device_change_accepted(NOW).await);
    assert_eq!(code(late), "not-found");
    let itself = revoke(&alice, alice.address().device_id);
    assert_eq!(code(itself), "invalid-argument");
    assert_eq!(code(revoke(&alice, 77)), "not-found");
}

// LNK-11, KEY-8
#[test]
fn names_and_marks_come_to_the_other_devices_and_a_mark_replaces_no_key() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    let phone = link(&alice, " phone ", false);
    world.settle(&[&alice, &phone]);
    let rename = |person: &Person, device: &Person, name: &str| {
        let (id, now) = (device.address().device_id, person.now());
        person.act(async || person.client.rename_device(id, name, now).await)
    };
    rename(&phone, &alice, "Laptop").unwrap();
    rename(&phone, &alice, "Desk").unwrap();
    assert_eq!(
        code(rename(&phone, &alice, &"x".repeat(65))),
        "invalid-argument"
    );
    assert_eq!(code(rename(&phone, &bob, "Bob's")), "not-found");
    let mark = |person: &Person, verified: bool| {
        person
            .act(async || person.client.set_verified(bob.id(), verified, None).await)
            .unwrap();
        assert!(person.heard().contains(&Event::Devices));
        settle(person);
    };
    mark(&phone, true);
    world.settle(&[&alice, &phone]);
    assert!(alice.heard().contains(&Event::Devices));
    settle(&alice);
    let verified = |person: &Person| {
        let contact = person.attempt(async || person.client.contact(bob.id()).await);
        contact.unwrap().unwrap().verified
    };
    assert!(verified(&alice));
    let names = |person: &Person| {
        let mut names: Vec<_> = devices(person).into_iter().map(|view| view.name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&alice), ["Desk", "phone"]);
    assert_eq!(names(&phone), ["Desk", "phone"]);
    // Nothing of this is at the relay in clear, and nothing of it shows as a conversation.
    for bytes in &world.relay.borrow().seen {
        assert!(!crate::support::holds(bytes, b"Desk"));
    }
    let conversations = alice
        .attempt(async || alice.client.conversations().await)
        .unwrap();
    assert_eq!(conversations.len(), 1);
    // What is told under another key than the pinned one changes nothing.
    let other = crypto_wasm::identity::Account::generate(&mut crate::support::TestRng::new());
    let item = [
        &[1][..],
        bob.id().as_bytes(),
        other.public_key().as_bytes(),
        &[0],
    ]
    .concat();
    let before = alice.store.dump().only(&["users"]);
    tell(&phone, &alice, item);
    settle(&alice);
    assert_eq!(alice.store.dump().only(&["users"]), before);
    // Somebody not known yet is pinned.
    let carol = world.person("carol");
    let key = crate::support::certificate_of(&carol).account_key;
    let item = [&[1][..], carol.id().as_bytes(), key.as_bytes(), &[1]].concat();
    tell(&phone, &alice, item);
    settle(&alice);
    let contact = alice.attempt(async || alice.client.contact(carol.id()).await);
    assert!(contact.unwrap().unwrap().verified);
}

/// As if `from` had told `to` this: put there as it is when it has been decrypted.
fn tell(from: &Person, to: &Person, items: Vec<u8>) {
    use crypto_wasm::wire::{Body, Content, ConversationId, MessageId};
    let content = Content {
        conversation_id: ConversationId::from_bytes([9; 16]),
        message_id: MessageId::from_bytes([items[1] ^ items[items.len() - 1]; 16]),
        sent_at_ms: NOW,
        body: Body::DeviceSync([&[1, items.len() as u8][..], &items].concat()),
    };
    assert!(content.body.to_bytes().is_ok());
    crate::support::send_as(from, to, &content);
}

// LNK-11
#[test]
fn t03_only_ones_own_devices_tell_marks() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    link(&alice, "phone", true);
    let before = alice.store.dump();
    let item = [
        &[1][..],
        bob.id().as_bytes(),
        crate::support::certificate_of(&bob).account_key.as_bytes(),
        &[1],
    ]
    .concat();
    alice.say(id, "so that there is a session");
    bob.fetch();
    tell(&bob, &alice, item);
    settle(&alice);
    let after = alice.store.dump();
    assert_eq!(after.only(&["users"]), before.only(&["users"]));
    assert!(
        !after
            .records
            .keys()
            .any(|(_, key)| key.starts_with(b"device-sync/"))
    );
}
