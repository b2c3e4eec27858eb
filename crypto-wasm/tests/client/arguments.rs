//! Bad input: a typed error, and a store that is as it was.

use crypto_wasm::client::{ClientError, ConversationId, MessageId, Refusal, UserId};

use crate::support::{NOW, Person, TestStore, World, block_on};

type Call = (
    &'static str,
    &'static str,
    fn(&Person, Known) -> Result<(), ClientError>,
);

/// What the rows name.
#[derive(Clone, Copy)]
struct Known {
    user: UserId,
    direct: ConversationId,
    group: ConversationId,
}

const NOBODY: UserId = UserId::from_bytes([0xee; 16]);
const NOWHERE: ConversationId = ConversationId::from_bytes([0xee; 16]);
const NOTHING: MessageId = MessageId::from_bytes([0xee; 16]);

fn create(person: &Person, with: &[UserId], name: &str) -> Result<(), ClientError> {
    block_on(person.client.create_conversation(with, name, NOW)).map(drop)
}

fn update(
    person: &Person,
    id: ConversationId,
    add: &[UserId],
    remove: &[UserId],
    name: Option<&str>,
) -> Result<(), ClientError> {
    block_on(
        person
            .client
            .update_conversation(id, add, remove, name, NOW),
    )
    .map(drop)
}

fn send(person: &Person, id: ConversationId, text: &str) -> Result<(), ClientError> {
    block_on(person.client.send_text(id, text, None, NOW)).map(drop)
}

fn page(person: &Person, limit: u32) -> Result<(), ClientError> {
    block_on(person.client.messages(NOWHERE, None, limit)).map(drop)
}

fn refuse(person: &Person, entry: u64) -> Result<(), ClientError> {
    block_on(person.client.outbox_refused(entry, &Refusal::default())).map(drop)
}

fn others(count: u16) -> Vec<UserId> {
    (0..count)
        .map(|n| UserId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap()))
        .collect()
}

const TABLE: &[Call] = &[
    ("register again", "already-registered", |p, _| {
        block_on(p.client.begin_registration("alice", NOW)).map(drop)
    }),
    ("no username", "invalid-argument", |p, _| {
        block_on(p.client.begin_registration("", NOW)).map(drop)
    }),
    ("upper case", "invalid-argument", |p, _| {
        block_on(p.client.begin_registration("Alice", NOW)).map(drop)
    }),
    ("long username", "invalid-argument", |p, _| {
        block_on(p.client.begin_registration(&"a".repeat(33), NOW)).map(drop)
    }),
    ("nobody in it", "invalid-argument", |p, _| {
        create(p, &[], "")
    }),
    ("only oneself", "invalid-argument", |p, _| {
        create(p, &[p.id()], "me")
    }),
    ("a stranger", "not-found", |p, _| create(p, &[NOBODY], "")),
    ("a stranger too", "not-found", |p, k| {
        create(p, &[k.user, NOBODY], "")
    }),
    ("too many", "invalid-argument", |p, _| {
        create(p, &others(256), "crowd")
    }),
    ("long name", "invalid-argument", |p, k| {
        create(p, &[k.user], &"n".repeat(201))
    }),
    ("long name in other letters", "invalid-argument", |p, k| {
        create(p, &[k.user], &"ä".repeat(101))
    }),
    ("no such conversation", "not-found", |p, _| {
        update(p, NOWHERE, &[], &[], Some("n"))
    }),
    ("direct", "invalid-argument", |p, k| {
        update(p, k.direct, &[], &[], Some("n"))
    }),
    ("add a stranger", "not-found", |p, k| {
        update(p, k.group, &[NOBODY], &[], None)
    }),
    ("add one stranger of two", "not-found", |p, k| {
        update(p, k.group, &[k.user, NOBODY], &[], Some("n"))
    }),
    ("rename too long", "invalid-argument", |p, k| {
        update(p, k.group, &[], &[], Some(&"n".repeat(201)))
    }),
    ("remove everybody", "invalid-argument", |p, k| {
        update(p, k.group, &[], &[p.id(), k.user], None)
    }),
    ("text nowhere", "not-found", |p, _| send(p, NOWHERE, "x")),
    ("no text", "invalid-argument", |p, k| send(p, k.group, "")),
    ("long text", "invalid-argument", |p, k| {
        send(p, k.group, &"x".repeat(48 * 1024 + 1))
    }),
    ("read nothing", "not-found", |p, _| {
        block_on(p.client.mark_read(NOWHERE, NOW)).map(drop)
    }),
    ("empty page", "invalid-argument", |p, _| page(p, 0)),
    ("huge page", "invalid-argument", |p, _| page(p, 201)),
    ("retry nothing", "not-found", |p, k| {
        block_on(p.client.retry_message(k.group, NOTHING)).map(drop)
    }),
    ("retry nowhere", "not-found", |p, _| {
        block_on(p.client.retry_message(NOWHERE, NOTHING)).map(drop)
    }),
    ("retry what was sent", "not-found", |p, k| {
        let sent = p.messages(k.group).remove(0);
        block_on(p.client.retry_message(k.group, sent.id)).map(drop)
    }),
    ("number with a stranger", "not-found", |p, _| {
        block_on(p.client.safety_number(NOBODY)).map(drop)
    }),
    ("number with oneself", "not-found", |p, _| {
        block_on(p.client.safety_number(p.id())).map(drop)
    }),
    ("verify a stranger", "not-found", |p, _| {
        block_on(p.client.set_verified(NOBODY, true, None)).map(drop)
    }),
    ("verify another number", "key-changed", |p, k| {
        block_on(p.client.set_verified(k.user, true, Some("1"))).map(drop)
    }),
    ("accept a stranger", "not-found", |p, _| {
        block_on(p.client.accept_key_change(NOBODY, None)).map(drop)
    }),
    ("accept no change", "not-found", |p, k| {
        block_on(p.client.accept_key_change(k.user, None)).map(drop)
    }),
    ("accept no change with a number", "not-found", |p, k| {
        block_on(p.client.accept_key_change(k.user, Some("1"))).map(drop)
    }),
    ("confirm nothing", "not-found", |p, _| {
        block_on(p.client.outbox_accepted(0, NOW)).map(drop)
    }),
    ("confirm something else", "not-found", |p, _| {
        block_on(p.client.outbox_accepted(u64::MAX, NOW)).map(drop)
    }),
    ("refuse nothing", "not-found", |p, _| refuse(p, 77)),
];

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let world = World::new();
    let (alice, bob, direct) = world.pair();
    let group = alice.converse(&[&bob], "group");
    let known = Known {
        user: bob.id(),
        direct,
        group,
    };
    let before = alice.store.dump();
    for (name, expected, call) in TABLE {
        let refused = call(&alice, known).expect_err(name);
        assert_eq!(refused.code(), *expected, "{name}");
        assert!(!refused.to_string().is_empty());
        assert_eq!(alice.store.dump(), before, "{name}");
    }
}

#[test]
fn what_needs_an_account_says_so() {
    let world = World::new();
    let bob = world.person("bob");
    let document = world.relay.borrow().document(bob.id()).unwrap();
    for pending in [false, true] {
        let stranger = world.stranger("alice", TestStore::plain());
        if pending {
            block_on(stranger.client.begin_registration("alice", NOW)).unwrap();
        }
        let client = &stranger.client;
        block_on(client.learn_user(&document, NOW)).unwrap();
        let before = stranger.store.dump();
        let counts = crypto_wasm::client::PreKeyCounts {
            one_time_prekeys: 0,
            kem_prekeys: 0,
        };
        let item = crypto_wasm::client::MailboxItem {
            seq: 1,
            envelope: None,
        };
        let results = [
            create(&stranger, &[bob.id()], ""),
            block_on(client.sign_login("https://chat.example", [0; 32], 1)).map(drop),
            block_on(client.prekey_upload(counts, NOW)).map(drop),
            block_on(client.outbox_step(NOW)).map(drop),
            block_on(client.receive(&[item], NOW)).map(drop),
            block_on(client.safety_number(bob.id())).map(drop),
            block_on(client.retry_message(NOWHERE, NOTHING)).map(drop),
        ];
        for (number, result) in results.into_iter().enumerate() {
            assert_eq!(
                crate::support::code(result),
                "not-registered",
                "row {number}"
            );
        }
        assert_eq!(stranger.store.dump(), before);
    }
}

#[test]
fn the_longest_text_and_the_longest_name_fit_the_relay() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let longest = "ß".repeat(24 * 1024);
    alice.say(id, &longest);
    let name = "ü".repeat(100);
    let group = alice.converse(&[&bob], &name);
    bob.fetch();
    assert_eq!(bob.texts(id), [longest]);
    assert_eq!(bob.view(group).name, name);
    let relay = world.relay.borrow();
    assert!(
        relay
            .posted
            .iter()
            .all(|posted| posted.content.len() <= 64 * 1024)
    );
}
