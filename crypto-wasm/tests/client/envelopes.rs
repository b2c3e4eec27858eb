//! Envelopes that say something else than what they hold (T03, T04), and first messages that come again (T11).

use crypto_wasm::client::{Envelope, MailboxItem, MessageBody};
use crypto_wasm::store::Collection;
use crypto_wasm::wire::padding::{pad, padded_length};
use crypto_wasm::wire::{
    Address, ConversationId, EnvelopeKind, MessageId, PreKeyMessage, RatchetMessage, UserId, Wire,
};

use crate::support::{Extra, Person, Records, World, certificate_of, text};

/// What decrypting could change.
fn keys(person: &Person) -> Records {
    let mut records = person.store.dump().only(&["meta", "sessions", "users"]);
    records.remove(&("meta", b"cursor".to_vec()));
    // What was refused may be asked for once more.
    records.remove(&("meta", b"outbox-next".to_vec()));
    records.retain(|(_, key), _| !key.starts_with(b"repair/"));
    records
}

/// Hands over an envelope next; says what the last line of the conversation is then.
fn hand(person: &Person, id: ConversationId, envelope: Envelope) -> String {
    let seq = person.cursor() + 1;
    person.receive(&[MailboxItem {
        seq,
        envelope: Some(envelope),
    }]);
    assert_eq!(person.cursor(), seq, "it is dealt with");
    person.lines(id).pop().unwrap()
}

/// The envelope of somebody's next text, which the relay keeps back.
fn next(world: &World, from: &Person, to: &Person, id: ConversationId, text: &str) -> Envelope {
    from.say(id, text);
    let mut relay = world.relay.borrow_mut();
    relay
        .device(to.address())
        .mailbox
        .pop()
        .unwrap()
        .envelope
        .unwrap()
}

fn other(kind: EnvelopeKind) -> EnvelopeKind {
    match kind {
        EnvelopeKind::PreKey => EnvelopeKind::Ratchet,
        EnvelopeKind::Ratchet => EnvelopeKind::PreKey,
    }
}

#[test]
fn t03_a_flipped_kind_is_refused_and_the_message_heals_when_it_comes_as_it_is() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let prekey = next(&world, &alice, &bob, id, "first");
    bob.say(id, "answer");
    alice.fetch();
    let ratchet = next(&world, &alice, &bob, id, "second");
    assert_eq!(
        [prekey.kind, ratchet.kind],
        [EnvelopeKind::PreKey, EnvelopeKind::Ratchet]
    );
    for (envelope, said) in [(ratchet, "second"), (prekey, "first")] {
        let before = keys(&bob);
        let lines = bob.lines(id).len();
        let flipped = Envelope {
            kind: other(envelope.kind),
            ..envelope.clone()
        };
        assert_eq!(hand(&bob, id, flipped), "!decode");
        assert_eq!(keys(&bob), before);
        assert_eq!(hand(&bob, id, envelope), said);
        assert_eq!(bob.lines(id).len(), lines + 1, "the line itself is healed");
    }
    assert_eq!(bob.texts(id), ["answer", "second", "first"]);
}

/// A content with any type and body.
fn raw(ids: (ConversationId, MessageId), content_type: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend_from_slice(ids.0.as_bytes());
    bytes.extend_from_slice(ids.1.as_bytes());
    bytes.extend_from_slice(&5_u64.to_be_bytes());
    bytes.push(content_type);
    bytes.push(u8::try_from(body.len()).unwrap());
    bytes.extend_from_slice(body);
    bytes
}

// CNT-3
#[test]
fn t03_contents_of_reserved_unknown_and_mistaken_types_are_refused() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut second = Extra::beside(&bob, 7);
    second.settle_at(&bob);
    let own = crypto_wasm::wire::ListedDevice {
        device_id: bob.address().device_id,
        identity_key: certificate_of(&bob).identity_key,
    };
    Extra::publish(&bob, vec![own, second.listed()]);
    alice.meet(&bob);
    let ids = |n: u8| (id, MessageId::from_bytes([n; 16]));
    let words = [&[2][..], b"hi", &[0]].concat();
    let membership = [&[0; 8][..], &[0], &[0]].concat();
    let mut unpadded = raw(ids(11), 1, &words);
    let shorter = unpadded.len() + 1;
    unpadded.push(0x80);
    let mut longer = pad(&raw(ids(12), 1, &words));
    longer.push(0);
    let elsewhere = ConversationId::from_bytes([9; 16]);
    let table: Vec<(u8, Vec<u8>)> = vec![
        (1, pad(&raw(ids(1), 8, &words))),
        (2, pad(&raw(ids(2), 10, &words))),
        (3, pad(&raw(ids(3), 0, &words))),
        (4, pad(&raw(ids(4), 14, &words))),
        (5, pad(&raw(ids(5), 255, &words))),
        (6, pad(&raw(ids(6), 12, &words))),
        (7, pad(&raw(ids(7), 1, &membership))),
        (8, pad(&raw(ids(8), 1, b"\x02\xff\xfe\x00"))),
        (9, pad(&raw(ids(99), 1, &words))),
        (10, pad(&raw((elsewhere, ids(10).1), 1, &words))),
        (11, unpadded),
        (12, longer),
        (13, Vec::new()),
    ];
    assert!(shorter < padded_length(shorter));
    let before = keys(&alice);
    for (n, plaintext) in &table {
        let envelope = second.compose_bytes(&alice, ids(*n), plaintext);
        assert_eq!(hand(&alice, id, envelope), "!decode", "row {n}");
        assert_eq!(keys(&alice), before, "row {n}");
    }
    let good = second.compose_bytes(&alice, ids(50), &pad(&raw(ids(50), 1, &words)));
    assert_eq!(hand(&alice, id, good), "hi");
    // Types that this client does not show yet, but that are none of the above.
    let silent = pad(&raw(ids(51), 4, &[1]));
    let envelope = second.compose_bytes(&alice, ids(51), &silent);
    assert_eq!(hand(&alice, id, envelope), "hi");
    assert_eq!(alice.texts(id), ["hi"]);
}

// CNT-7, CNT-17
#[test]
fn t04_a_relabelled_envelope_is_refused_and_heals_under_its_own_name() {
    let world = World::new();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    alice.meet(&bob);
    alice.meet(&carol);
    let id = alice.converse(&[&bob, &carol], "trio");
    let aside = alice.converse(&[&bob, &carol], "other");
    world.settle(&[&alice, &bob, &carol]);
    carol.say(id, "so that bob and carol have a session");
    bob.fetch();
    for round in 0..2 {
        let envelope = next(&world, &alice, &bob, id, &format!("text {round}"));
        let relabelled = [
            Envelope {
                sender: carol.address(),
                ..envelope.clone()
            },
            Envelope {
                sender: Address {
                    device_id: 77,
                    ..alice.address()
                },
                ..envelope.clone()
            },
            Envelope {
                message_id: MessageId::from_bytes([7; 16]),
                ..envelope.clone()
            },
            Envelope {
                conversation_id: aside,
                ..envelope.clone()
            },
            Envelope {
                sender: bob.address(),
                ..envelope.clone()
            },
        ];
        for (n, wrong) in relabelled.into_iter().enumerate() {
            let before = keys(&bob);
            hand(&bob, wrong.conversation_id, wrong);
            assert_eq!(keys(&bob), before, "relabelling {n}");
            assert!(!bob.texts(id).contains(&format!("text {round}")));
        }
        assert!(bob.errors().contains(&"sender-mismatch".to_owned()));
        hand(&bob, id, envelope);
        assert_eq!(
            bob.texts(id)
                .iter()
                .filter(|t| **t == format!("text {round}"))
                .count(),
            1
        );
        assert_eq!(bob.texts(aside), Vec::<String>::new());
        // The second round is over ratchet messages.
        bob.say(id, "answer");
        alice.fetch();
    }
    let senders: Vec<UserId> = bob
        .messages(id)
        .iter()
        .filter(
            |line| matches!(&line.body, MessageBody::Text { text, .. } if text.starts_with("text")),
        )
        .map(|line| line.sender_id)
        .collect();
    assert_eq!(senders, [alice.id(); 2]);
}

// CNT-17
#[test]
fn t04_a_first_message_with_anothers_certificate_is_refused() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let carol = world.person("carol");
    bob.meet(&carol);
    let envelope = next(&world, &alice, &bob, id, "hello");
    let before = keys(&bob);
    let mut message = PreKeyMessage::from_bytes(&envelope.content).unwrap();
    message.fields.sender = certificate_of(&carol);
    for sender in [alice.address(), carol.address()] {
        let wrong = Envelope {
            sender,
            content: message.to_bytes().unwrap(),
            ..envelope.clone()
        };
        bob.heard();
        hand(&bob, id, wrong);
        assert_eq!(keys(&bob), before);
        assert_eq!(bob.texts(id), Vec::<String>::new());
    }
    // Carol is in no conversation of bob's, so there is no line to show; alice's is there.
    assert_eq!(bob.errors(), ["replayed-prekey-message"]);
    assert_eq!(bob.lines(id), ["#0", "!account-key-mismatch"]);
    hand(&bob, id, envelope);
    assert_eq!(bob.lines(id), ["#0", "hello"]);
}

#[test]
fn any_damaged_byte_is_refused_and_changes_nothing() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "answer");
    alice.fetch();
    let envelope = next(&world, &alice, &bob, id, "whole");
    assert_eq!(envelope.kind, EnvelopeKind::Ratchet);
    let before = keys(&bob);
    for at in 0..envelope.content.len() {
        let mut damaged = envelope.clone();
        damaged.content[at] ^= 1;
        let said = hand(&bob, id, damaged);
        assert!(said.starts_with('!'), "byte {at}: {said}");
        assert_eq!(keys(&bob), before, "byte {at}");
    }
    assert_eq!(hand(&bob, id, envelope), "whole");
    assert_eq!(bob.lines(id), ["#0", "answer", "whole"]);
}

// PQX-7, PQX-8
#[test]
fn t11_a_first_message_makes_one_session_for_good() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    // Without one-time keys nothing but the memory of base keys stands between.
    {
        let mut relay = world.relay.borrow_mut();
        relay.device(bob.address()).one_time_prekeys.clear();
        relay.device(bob.address()).kem_prekeys.clear();
    }
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    bob.fetch();
    let first = world.relay.borrow_mut().device(bob.address()).mailbox[0].clone();
    let envelope = first.envelope.unwrap();
    let again = bob.tab();
    let before = keys(&again);
    assert_eq!(hand(&again, id, envelope.clone()), "#0");
    let renamed = Envelope {
        message_id: MessageId::from_bytes([1; 16]),
        ..envelope.clone()
    };
    assert_eq!(hand(&again, id, renamed), "!duplicate-message");
    assert_eq!(keys(&again), before);
    // Even with the session gone.
    let place = again
        .store
        .dump()
        .only(&["sessions"])
        .into_keys()
        .next()
        .unwrap();
    again.store.remove(Collection::Sessions, &place.1);
    let last = bob.tab();
    let before = keys(&last);
    let renamed = Envelope {
        message_id: MessageId::from_bytes([2; 16]),
        ..envelope
    };
    assert_eq!(hand(&last, id, renamed), "!replayed-prekey-message");
    assert_eq!(keys(&last), before);
    assert_eq!(
        last.lines(id).iter().filter(|line| *line == "#0").count(),
        1
    );
}

#[test]
fn t13_a_header_far_ahead_is_refused_and_changes_nothing() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "answer");
    alice.fetch();
    let envelope = next(&world, &alice, &bob, id, "real");
    let before = keys(&bob);
    for number in [30_000, u32::MAX] {
        let mut message = RatchetMessage::from_bytes(&envelope.content).unwrap();
        message.header.message_number = number;
        let wrong = Envelope {
            content: message.to_bytes().unwrap(),
            ..envelope.clone()
        };
        assert!(hand(&bob, id, wrong).starts_with('!'));
        assert_eq!(keys(&bob), before);
    }
    assert_eq!(bob.lines(id), ["#0", "answer", "!too-many-skipped"]);
    assert_eq!(hand(&bob, id, envelope), "real");
}

// SES-11
#[test]
fn an_undecryptable_line_tells_of_a_member_alone() {
    let world = World::new();
    let (_alice, bob, id) = world.pair();
    let mut extra = crate::support::Forged::of(UserId::from_bytes([5; 16]), 5).extra;
    let mut envelope = extra.compose(&bob, &text(id, 1, "hello"));
    envelope.content.truncate(9);
    assert_eq!(hand(&bob, id, envelope), "#0");
    assert_eq!(bob.errors(), ["device-not-listed"]);
}
