//! What a relay can do with the mailbox (T17) and with its list of participants (T29).

use crypto_wasm::client::{ConversationKind, Envelope, MailboxItem};
use crypto_wasm::wire::content::Membership;
use crypto_wasm::wire::{
    Body, Content, ConversationId, ListedDevice, Member, MessageId, UserId, Wire,
};

use crate::support::{
    Extra, Forged, NOW, Person, World, account_of, block_on, certificate_of, text,
};

/// Twelve texts from alice to bob, not fetched.
fn twelve() -> (World, Person, Person, ConversationId, Vec<String>) {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let texts: Vec<String> = (0..12).map(|n| format!("text {n}")).collect();
    for text in &texts {
        alice.say(id, text);
    }
    (world, alice, bob, id, texts)
}

// SES-10
#[test]
fn t17_duplicates_are_shown_once() {
    let (_world, _alice, bob, id, texts) = twelve();
    let mail = bob.mail();
    // The same batch twice over, then everything under new numbers, then after a restart.
    let doubled: Vec<MailboxItem> = mail
        .iter()
        .flat_map(|item| [item.clone(), item.clone()])
        .collect();
    bob.receive(&doubled);
    bob.receive(&mail);
    let bob = bob.tab();
    let renumbered: Vec<MailboxItem> = (bob.cursor() + 1..)
        .zip(&mail)
        .map(|(seq, item)| MailboxItem {
            seq,
            envelope: item.envelope.clone(),
        })
        .collect();
    bob.receive(&renumbered);
    assert_eq!(bob.texts(id), texts);
    assert_eq!(bob.lines(id).len(), 13);
    assert_eq!((bob.cursor(), bob.errors()), (25, vec![]));
}

// SES-10
#[test]
fn a_message_encrypted_twice_under_one_id_is_shown_once() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut second = second_device(&bob);
    alice.meet(&bob);
    let same = |words| text(id, 1, words);
    for words in ["first", "first", "another"] {
        let envelope = second.compose(&alice, &same(words));
        world.relay.borrow_mut().deliver(alice.address(), envelope);
        alice.fetch();
    }
    assert_eq!(alice.lines(id), ["#0", "first"]);
    assert_eq!((alice.view(id).unread, alice.errors()), (1, vec![]));
}

#[test]
fn t17_reordered_messages_are_all_shown_once() {
    let (_world, alice, bob, id, texts) = twelve();
    let mut mail = bob.mail();
    let envelopes: Vec<Option<Envelope>> = mail.iter().map(|item| item.envelope.clone()).collect();
    for (n, item) in mail.iter_mut().enumerate() {
        item.envelope = envelopes[(n * 5) % 12].clone();
    }
    bob.receive(&mail);
    let mut shown = bob.texts(id);
    assert_ne!(shown, texts);
    shown.sort_by_key(|text| texts.iter().position(|sent| sent == text));
    assert_eq!(shown, texts);
    assert_eq!(bob.errors(), Vec::<String>::new());
    bob.say(id, "answer");
    alice.fetch();
    alice.say(id, "next");
    bob.fetch();
    assert_eq!(bob.texts(id).pop().unwrap(), "next");
}

#[test]
fn t17_a_gap_is_reported_and_the_rest_is_read() {
    let (_world, _alice, bob, id, texts) = twelve();
    let mut mail = bob.mail();
    mail.drain(3..6);
    bob.receive(&mail);
    assert_eq!(bob.errors(), ["mailbox-gap"]);
    assert_eq!(bob.texts(id), [&texts[..3], &texts[6..]].concat());
    let late = bob
        .world
        .relay
        .borrow_mut()
        .device(bob.address())
        .mailbox
        .clone();
    bob.receive(&late);
    assert_eq!(bob.texts(id).len(), 9, "the cursor does not go back");
}

#[test]
fn t17_a_gap_at_the_very_beginning_is_reported() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    alice.say(id, "one");
    let mail = bob.mail();
    bob.meet(&alice);
    bob.heard();
    bob.receive(&mail[1..]);
    assert_eq!(bob.errors(), ["not-a-member", "mailbox-gap"]);
    assert_eq!(bob.cursor(), 2);
}

#[test]
fn t17_a_batch_out_of_order_does_not_move_the_cursor_back() {
    let (_world, _alice, bob, id, texts) = twelve();
    let mut mail = bob.mail();
    mail.swap(10, 11);
    bob.receive(&mail);
    assert_eq!(bob.cursor(), 13);
    assert_eq!(bob.texts(id), [&texts[..10], &texts[11..]].concat());
    assert_eq!(bob.errors(), ["mailbox-gap"]);
    let last = MailboxItem {
        seq: u64::MAX,
        envelope: None,
    };
    bob.receive(&[last.clone(), last]);
    assert_eq!(bob.errors(), ["relay", "mailbox-gap"]);
}

#[test]
fn what_is_no_envelope_is_reported_and_passed_over() {
    let (_world, _alice, bob, id, texts) = twelve();
    let mut mail = bob.mail();
    mail[4].envelope = None;
    bob.receive(&mail);
    assert_eq!(bob.errors(), ["relay"]);
    assert_eq!(bob.texts(id), [&texts[..4], &texts[5..]].concat());
    assert_eq!(bob.cursor(), 13);
}

#[test]
fn a_batch_stops_where_somebody_is_unknown_and_goes_on_from_there() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let carol = world.person("carol");
    alice.say(id, "one");
    carol.meet(&bob);
    let group = carol.converse(&[&bob], "group");
    alice.say(id, "two");
    let mail = bob.mail();
    let received = block_on(bob.client.receive(&mail, NOW)).unwrap().value;
    assert_eq!((received.cursor, received.users), (2, vec![carol.id()]));
    assert_eq!(bob.texts(id), ["one"]);
    bob.receive(&mail);
    assert_eq!(
        (bob.texts(id), bob.lines(group)),
        (vec!["one".into(), "two".into()], vec!["#0".into()])
    );
}

/// A second device of a person, listed: what a modified client of theirs would be.
fn second_device(person: &Person) -> Extra {
    let second = Extra::beside(person, 7);
    second.settle_at(person);
    let own = ListedDevice {
        device_id: person.address().device_id,
        identity_key: certificate_of(person).identity_key,
    };
    Extra::publish(person, vec![own, second.listed()]);
    second
}

/// Somebody whom the relay knows, and whose every key is in the test's hands.
fn mallory(world: &World) -> Forged {
    let forged = Forged::of(UserId::from_bytes([0x66; 16]), 6);
    let mut relay = world.relay.borrow_mut();
    let user = crate::support::User {
        username: "mallory".to_owned(),
        device_list: forged.list.list().to_bytes().unwrap(),
        devices: Default::default(),
    };
    relay.users.insert(forged.list.list().user_id, user);
    relay.add_device(forged.extra.device.certificate().certificate());
    relay.put_keys(forged.extra.device.address(), &forged.extra.keys);
    drop(relay);
    forged
}

fn member(person: &Person) -> Member {
    Member {
        user_id: person.id(),
        account_key: account_of(person).public_key(),
    }
}

fn membership(id: ConversationId, number: u8, revision: u64, members: Vec<Member>) -> Content {
    Content {
        conversation_id: id,
        message_id: MessageId::from_bytes([number; 16]),
        sent_at_ms: NOW,
        body: Body::Membership(Membership {
            revision,
            members,
            name: "taken over".to_owned(),
        }),
    }
}

// CNT-10, CNT-15, CNT-16
#[test]
fn t29_a_participant_added_by_the_relay_gets_nothing_and_is_not_heard() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "group");
    bob.fetch();
    let mut mallory = mallory(&world);
    let address = mallory.extra.device.address();
    world
        .relay
        .borrow_mut()
        .participants
        .get_mut(&id)
        .unwrap()
        .insert(address.user_id);
    bob.heard();

    let me = Member {
        user_id: address.user_id,
        account_key: mallory.account.public_key(),
    };
    let all = vec![member(&alice), member(&bob), me.clone()];
    let contents = [
        text(id, 1, "let me in"),
        membership(id, 2, 1, all.clone()),
        membership(id, 0, 0, all.clone()),
        membership(id, 4, 9, all),
        text(id, 5, "let me in"),
    ];
    for content in contents {
        let envelope = mallory.extra.compose(&bob, &content);
        world.relay.borrow_mut().deliver(bob.address(), envelope);
        bob.fetch();
    }
    assert_eq!(bob.lines(id), ["#0"]);
    assert_eq!(bob.view(id).name, "group");
    assert_eq!(bob.members(id).len(), 2);
    assert_eq!(
        bob.errors(),
        ["not-a-member"; 4],
        "the one from the future waits"
    );
    for person in [&bob, &alice] {
        person.say(id, "between us");
    }
    world.settle(&[&alice, &bob]);
    assert_eq!(alice.texts(id), ["between us", "between us"]);
    let relay = world.relay.borrow();
    assert!(relay.posted.iter().all(|posted| posted.to != address));
}

// CNT-14
#[test]
fn a_conversation_of_two_to_which_its_member_adds_somebody_is_a_group_and_says_so() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mallory = mallory(&world);
    let mut second = second_device(&bob);
    alice.meet(&bob);
    let third = Member {
        user_id: mallory.list.list().user_id,
        account_key: mallory.account.public_key(),
    };
    let all = vec![member(&alice), member(&bob), third];
    let envelope = second.compose(&alice, &membership(id, 1, 1, all));
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    let before = alice.lines(id).len();
    alice.fetch();
    assert_eq!(alice.errors(), [""; 0]);
    let view = alice.view(id);
    assert_eq!(view.kind, ConversationKind::Group);
    assert_eq!(view.members.len(), 3);
    assert_eq!(alice.lines(id).len(), before + 1, "a line tells of it");
}

// CNT-8, CNT-13
#[test]
fn memberships_that_cannot_be_one_are_refused() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let mut mallory = mallory(&world);
    let me = Member {
        user_id: mallory.list.list().user_id,
        account_key: mallory.account.public_key(),
    };
    let id = ConversationId::from_bytes([3; 16]);
    let crowd = (0..=256_u16).map(|n| Member {
        user_id: UserId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap()),
        account_key: me.account_key,
    });
    let mut crowd: Vec<Member> = crowd.collect();
    crowd[0] = member(&bob);
    crowd[1] = me.clone();
    let table = [
        (vec![], "decode"),
        (vec![member(&bob), me.clone(), me.clone()], "decode"),
        (crowd, "decode"),
        (vec![member(&alice), me.clone()], "not-a-member"),
        (vec![member(&bob), member(&alice)], "not-a-member"),
    ];
    for (number, (members, expected)) in (1..).zip(table) {
        let content = membership(id, number, 0, members);
        let envelope = mallory.extra.compose(&bob, &content);
        world.relay.borrow_mut().deliver(bob.address(), envelope);
        bob.heard();
        bob.fetch();
        assert_eq!(bob.errors(), [expected], "row {number}");
        assert_eq!(block_on(bob.client.conversation(id)).unwrap(), None);
    }
    // The last revision there is cannot be followed, and that is no reason to stop working.
    let content = membership(id, 99, u64::MAX, vec![member(&bob), me]);
    let envelope = mallory.extra.compose(&bob, &content);
    world.relay.borrow_mut().deliver(bob.address(), envelope);
    bob.fetch();
    assert_eq!(bob.view(id).name, "taken over");
    let refused = bob.change(id, &[], &[&bob], None);
    assert_eq!(crate::support::code(refused), "exhausted");
}

#[test]
fn a_damaged_session_loses_no_message() {
    let (world, alice, bob, id, texts) = twelve();
    let (place, session) = bob
        .store
        .dump()
        .only(&["sessions"])
        .into_iter()
        .next()
        .unwrap();
    let collection = crypto_wasm::store::Collection::Sessions;
    bob.store.overwrite(collection, &place.1, &session[1..]);
    let damaged = bob.tab();
    damaged.fetch();
    assert_eq!(damaged.errors(), ["storage-corrupt"]);
    assert_eq!(damaged.texts(id), Vec::<String>::new());
    world.settle(&[&damaged, &alice]);
    assert_eq!(damaged.texts(id), texts);
    assert_eq!(alice.errors(), Vec::<String>::new());
}
