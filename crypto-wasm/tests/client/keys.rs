//! Account keys that change, and documents that do not hold together (T01).

use crypto_wasm::client::{Event, KeyState, MessageState, UserDocument};
use crypto_wasm::identity::{VerifiedDeviceList, safety_number};
use crypto_wasm::wire::{Body, DeviceList, Wire};

use crate::support::{
    Extra, Forged, Person, World, account_of, block_on, certificate_of, code, document, text,
};

fn accept(person: &Person, other: &Person, number: Option<&str>) -> Result<(), &'static str> {
    person
        .act(async || person.client.accept_key_change(other.id(), number).await)
        .map(drop)
        .map_err(|error| error.code())
}

fn number(person: &Person, other: &Person) -> String {
    block_on(person.client.safety_number(other.id())).unwrap()
}

fn learn(person: &Person, document: &UserDocument) -> Result<KeyState, &'static str> {
    person
        .act(async || person.client.learn_user(document, person.now()).await)
        .map(|contact| contact.key_state)
        .map_err(|error| error.code())
}

#[test]
fn both_people_see_the_same_safety_number() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    assert_eq!(number(&alice, &bob), number(&bob, &alice));
    let keys = [&alice, &bob].map(|person| certificate_of(person).account_key);
    let expected = safety_number(&alice.id(), &keys[0], &bob.id(), &keys[1]);
    assert_eq!(number(&alice, &bob), expected);
}

// KEY-8
#[test]
fn t01_nothing_is_sent_under_a_changed_account_key_until_it_is_accepted() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mark = |number: Option<&str>| {
        alice.act(async || alice.client.set_verified(bob.id(), true, number).await)
    };
    assert!(mark(Some(&number(&alice, &bob))).unwrap().verified);
    bob.say(id, "hello");
    alice.fetch();
    let pinned = number(&alice, &bob);
    // The same device id, so that only keys differ.
    let mut forged = Forged::of(bob.id(), bob.address().device_id);
    let waiting = alice.write(id, "written before");
    forged.take_over(&bob);
    alice.heard();
    alice.meet(&bob);
    let heard = alice.heard();
    let [Event::Contact(contact), Event::Conversation(shown)] = heard.as_slice() else {
        panic!("not told of the contact and then of the conversation");
    };
    assert_eq!(*shown, alice.view(id));
    assert_eq!(
        (contact.key_state, contact.verified),
        (KeyState::Changed, false)
    );
    assert_eq!(
        alice
            .view(id)
            .members
            .iter()
            .filter(|m| m.key_state == KeyState::Changed)
            .count(),
        1
    );
    let refused = alice.act(async || alice.client.send_text(id, "x", None, 1).await);
    assert_eq!(code(refused), "key-changed");
    let refused = alice.act(async || alice.client.create_conversation(&[bob.id()], "n", 1).await);
    assert_eq!(code(refused), "key-changed");
    assert_eq!(code(mark(None)), "key-changed");
    let envelope = forged.extra.compose(&alice, &text(id, 1, "it is me"));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    assert_eq!(alice.texts(id), ["hello", "written before"]);
    // What was encrypted for the old key is not the new one's.
    alice.pump();
    let posted = world.relay.borrow().envelopes_of(waiting.id);
    assert!(
        posted
            .iter()
            .all(|posted| forged.extra.open(posted).is_err())
    );

    assert_eq!(accept(&alice, &bob, Some(&pinned)), Err("key-changed"));
    assert_ne!(number(&alice, &bob), pinned);
    assert_eq!(accept(&alice, &bob, Some(&number(&alice, &bob))), Ok(()));
    assert_eq!(alice.store.dump().only(&["sessions"]), Default::default());
    let contact = block_on(alice.client.contact(bob.id())).unwrap().unwrap();
    assert_eq!(
        (contact.key_state, contact.verified),
        (KeyState::Pinned, false)
    );
    assert_eq!(accept(&alice, &bob, None), Err("not-found"));
    world.pass(60_000);
    let message = alice.say(id, "after");
    let posted = world.relay.borrow().envelopes_of(message.id);
    let Body::Text(opened) = forged.extra.open(&posted[0]).unwrap().body else {
        panic!("a text");
    };
    assert_eq!((posted.len(), opened.text.as_str()), (1, "after"));
}

#[test]
fn t01_what_waits_unencrypted_when_a_key_changes_fails_until_it_is_accepted() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let made = alice
        .act(async || alice.client.create_conversation(&[bob.id()], "", 1).await)
        .unwrap();
    let mut forged = Forged::of(bob.id(), 5);
    forged.take_over(&bob);
    alice.meet(&bob);
    alice.pump();
    let line = alice.messages(made.id).remove(0);
    assert_eq!(line.error.unwrap().code, "key-changed");
    assert!(world.relay.borrow().posted.is_empty());
    accept(&alice, &bob, None).unwrap();
    alice
        .act(async || alice.client.retry_message(made.id, line.id).await)
        .unwrap();
    alice.pump();
    let posted = world.relay.borrow().envelopes_of(line.id);
    let opened = forged.extra.open(&posted[0]).unwrap();
    assert!(matches!(opened.body, Body::Membership(_)));
}

#[test]
fn t01_what_is_encrypted_for_the_old_key_is_encrypted_anew_once_the_new_one_is_accepted() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let message = alice.write(id, "waiting");
    let mut forged = Forged::of(bob.id(), bob.address().device_id);
    forged.take_over(&bob);
    alice.meet(&bob);
    accept(&alice, &bob, None).unwrap();
    alice.pump();
    let posted = world.relay.borrow().envelopes_of(message.id);
    assert_eq!(posted.len(), 1);
    assert!(forged.extra.open(&posted[0]).is_ok());
    assert_eq!(alice.state_of(&message).0, MessageState::Sent);
}

#[test]
fn t01_acceptance_and_mark_are_for_the_number_that_was_seen() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    let (one, two) = (Forged::of(bob.id(), 5), Forged::of(bob.id(), 5));
    assert_eq!(learn(&alice, &one.document("bob")), Ok(KeyState::Changed));
    let seen = number(&alice, &bob);
    // The relay shows yet another key between the look and the tap.
    assert_eq!(
        learn(&alice.tab(), &two.document("bob")),
        Ok(KeyState::Changed)
    );
    let before = alice.store.dump();
    assert_eq!(accept(&alice, &bob, Some(&seen)), Err("key-changed"));
    assert_eq!(alice.store.dump(), before);
    let honest = world.relay.borrow().document(bob.id()).unwrap();
    assert_eq!(
        learn(&alice, &honest),
        Ok(KeyState::Pinned),
        "it was never accepted"
    );
    let mark = |number: &str| {
        let client = &alice.client;
        block_on(client.set_verified(bob.id(), true, Some(number)))
    };
    assert_eq!(code(mark(&seen)), "key-changed");
    assert!(mark(&number(&alice, &bob)).unwrap().value.verified);
}

#[test]
fn t01_documents_that_do_not_hold_together_are_refused() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    let carol = world.person("carol");
    let honest = world.relay.borrow().document(bob.id()).unwrap();
    let of_carol = world.relay.borrow().document(carol.id()).unwrap();
    let forged = Forged::of(bob.id(), bob.address().device_id);
    let unlisted = Extra::beside(&bob, 9);
    let mut resigned = DeviceList::from_bytes(&honest.device_list).unwrap();
    resigned.devices.push(unlisted.listed());
    let with_unlisted = [
        certificate_of(&bob).to_bytes().unwrap(),
        unlisted
            .device
            .certificate()
            .certificate()
            .to_bytes()
            .unwrap(),
    ];
    let table: Vec<(UserDocument, &str)> = vec![
        (
            UserDocument {
                account_key: forged.document("bob").account_key,
                ..honest.clone()
            },
            "account-key-mismatch",
        ),
        (
            UserDocument {
                account_key: vec![1; 31],
                ..honest.clone()
            },
            "account-key-mismatch",
        ),
        (
            UserDocument {
                device_list: of_carol.device_list.clone(),
                ..honest.clone()
            },
            "address-mismatch",
        ),
        (
            UserDocument {
                device_list: resigned.to_bytes().unwrap(),
                ..honest.clone()
            },
            "bad-signature",
        ),
        (
            UserDocument {
                device_list: honest.device_list[1..].to_vec(),
                ..honest.clone()
            },
            "decode",
        ),
        (
            UserDocument {
                certificates: with_unlisted.to_vec(),
                ..honest.clone()
            },
            "device-not-listed",
        ),
        (
            UserDocument {
                certificates: of_carol.certificates.clone(),
                ..honest.clone()
            },
            "account-key-mismatch",
        ),
        (
            UserDocument {
                certificates: forged.document("bob").certificates,
                ..honest.clone()
            },
            "account-key-mismatch",
        ),
        (
            UserDocument {
                certificates: vec![],
                ..honest.clone()
            },
            "relay",
        ),
        (
            UserDocument {
                certificates: vec![vec![]],
                ..honest.clone()
            },
            "decode",
        ),
        (
            UserDocument {
                id: carol.id(),
                ..honest.clone()
            },
            "address-mismatch",
        ),
    ];
    let before = alice.store.dump();
    for (number, (document, expected)) in table.iter().enumerate() {
        assert_eq!(learn(&alice, document), Err(*expected), "row {number}");
        assert_eq!(alice.store.dump(), before, "row {number}");
    }
    let own = alice.tab();
    let mallory = Forged::of(alice.id(), alice.address().device_id);
    assert_eq!(
        learn(&own, &mallory.document("alice")),
        Err("account-key-mismatch")
    );
    assert_eq!(alice.store.dump(), before);
}

// KEY-9
#[test]
fn a_user_is_pinned_at_first_sight_also_by_a_members_word() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    alice.meet(&bob);
    alice.meet(&carol);
    let id = alice.converse(&[&bob, &carol], "trio");
    // The relay tells bob of another carol than alice knows.
    let forged = Forged::of(carol.id(), 5);
    let items = bob.mail();
    let now = bob.now();
    bob.meet(&alice);
    bob.act(async || bob.client.receive(&items, now).await)
        .unwrap();
    assert_eq!(
        learn(&bob, &forged.document("carol")),
        Ok(KeyState::Changed)
    );
    let refused = bob.act(async || bob.client.send_text(id, "x", None, 1).await);
    assert_eq!(code(refused), "key-changed");
}

#[test]
fn a_membership_names_the_keys_that_are_pinned_now() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "group");
    let forged = Forged::of(bob.id(), 5);
    forged.take_over(&bob);
    alice.meet(&bob);
    accept(&alice, &bob, None).unwrap();
    alice.meet(&carol);
    alice.change(id, &[&carol], &[], None).unwrap();
    alice.pump();
    carol.fetch();
    let contact = block_on(carol.client.contact(bob.id())).unwrap().unwrap();
    assert_eq!(contact.key_state, KeyState::Pinned);
    let key = forged.account.public_key();
    let own = account_of(&carol).public_key();
    let expected = safety_number(&carol.id(), &own, &bob.id(), &key);
    assert_eq!(number(&carol, &bob), expected);
}

#[test]
fn t31_the_list_of_a_key_that_waits_for_acceptance_is_not_rolled_back_either() {
    let world = World::new();
    let (alice, bob, _) = world.pair();
    let forged = Forged::of(bob.id(), 5);
    let next: VerifiedDeviceList = forged
        .account
        .next_device_list(&forged.list, vec![], 9)
        .unwrap();
    assert_eq!(
        learn(&alice, &document("bob", &next, &[])),
        Ok(KeyState::Changed)
    );
    let before = alice.store.dump();
    assert_eq!(
        learn(&alice, &forged.document("bob")),
        Err("device-list-rollback")
    );
    assert_eq!(alice.store.dump(), before);
}
