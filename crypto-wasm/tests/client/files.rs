//! Files in conversations: what a message says of one, on both sides, and that it is gone when it is taken back.

use std::sync::Arc;

use crypto_wasm::client::{ClientError, ConversationId, Message, MessageBody, MessageState};
use crypto_wasm::wire::{Attachment, Body, Content, FileKey, MessageId, Preview, Wire as _};

use crate::support::{Extra, NOW, Person, World, block_on, certificate_of, code, holds};

const KEY: [u8; 32] = *b"a key that nobody else may know!";

fn photo() -> Attachment {
    Attachment {
        blob_id: [3; 16],
        key: Arc::new(FileKey::copy_from(&KEY)),
        digest: [4; 32],
        size: 5_000_000,
        name: "sunset.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        preview: Some(Preview {
            width: 4000,
            height: 3000,
            jpeg: vec![0xff, 0xd8, 0xff, 0xe0, 1, 2],
        }),
    }
}

fn send(person: &Person, id: ConversationId, file: &Attachment) -> Result<Message, ClientError> {
    let (client, now) = (&person.client, person.now());
    let file = file.to_bytes().unwrap();
    let sent = person.act(async || client.send_file(id, &file, now).await);
    person.pump();
    sent
}

fn opens(
    person: &Person,
    id: ConversationId,
    sender: &Person,
    message: MessageId,
) -> Result<[u8; 32], ClientError> {
    let stored = block_on(person.client.stored_file(id, sender.id(), message))?;
    let stored = Attachment::from_bytes(&stored).unwrap();
    assert_eq!((stored.blob_id, stored.digest), ([3; 16], [4; 32]));
    assert_eq!(stored.size, 5_000_000);
    Ok(*stored.key.expose())
}

/// Whether the file's key is anywhere in what somebody's device keeps.
fn keeps_key(person: &Person) -> bool {
    let records = person.store.dump().records;
    records.values().any(|value| holds(value, &KEY))
}

fn delete(person: &Person, id: ConversationId, message: MessageId) {
    let now = person.now();
    person
        .act(async || person.client.delete_message(id, message, now).await)
        .unwrap();
    person.pump();
}

#[test]
fn a_file_shows_on_both_sides_and_both_can_open_it() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let sent = send(&alice, id, &photo()).unwrap();
    bob.fetch();
    assert_eq!(alice.state_of(&sent).0, MessageState::Sent);
    let shown = MessageBody::File {
        name: "sunset.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: 5_000_000,
        preview: photo().preview,
    };
    for person in [&alice, &bob] {
        assert_eq!(person.messages(id).pop().unwrap().body, shown);
        assert_eq!(opens(person, id, &alice, sent.id).unwrap(), KEY);
    }
    // It is the author's file, and it is in this conversation.
    assert_eq!(code(opens(&bob, id, &bob, sent.id)), "not-found");
    let other = alice.converse(&[&bob], "elsewhere");
    assert_eq!(code(opens(&alice, other, &alice, sent.id)), "not-found");
    let text = alice.say(id, "no file");
    assert_eq!(code(opens(&alice, id, &alice, text.id)), "not-found");
}

// ATT-8
#[test]
fn the_key_of_a_file_that_was_taken_back_is_gone() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let sent = send(&alice, id, &photo()).unwrap();
    bob.fetch();
    for person in [&alice, &bob] {
        assert!(keeps_key(person));
    }
    delete(&alice, id, sent.id);
    bob.fetch();
    for person in [&alice, &bob] {
        let line = person.messages(id).pop().unwrap();
        assert!(matches!(line.body, MessageBody::Deleted { .. }));
        assert_eq!(code(opens(person, id, &alice, sent.id)), "not-found");
        assert!(!keeps_key(person));
    }
}

// ATT-8
#[test]
fn a_file_taken_back_before_it_comes_leaves_nothing() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let sent = send(&alice, id, &photo()).unwrap();
    delete(&alice, id, sent.id);
    let mut items = bob.mail();
    let seqs: Vec<u64> = items.iter().map(|item| item.seq).collect();
    items.reverse();
    for (item, seq) in items.iter_mut().zip(seqs) {
        item.seq = seq;
    }
    bob.receive(&items);
    assert!(!keeps_key(&bob));
    assert_eq!(code(opens(&bob, id, &alice, sent.id)), "not-found");
}

#[test]
fn people_react_to_a_file_and_nobody_edits_it() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let sent = send(&alice, id, &photo()).unwrap();
    bob.fetch();
    let now = bob.now();
    bob.act(async || {
        bob.client
            .react_to_message(id, sent.id, "👍", false, now)
            .await
    })
    .unwrap();
    bob.pump();
    alice.fetch();
    assert_eq!(alice.messages(id).pop().unwrap().reactions.len(), 1);
    let edited = alice.act(async || alice.client.edit_message(id, sent.id, "x", now).await);
    assert_eq!(code(edited), "invalid-argument");
    let line = alice.messages(id).pop().unwrap();
    assert!(matches!(line.body, MessageBody::File { .. }) && line.edited_at.is_none());
}

// ATT-1
#[test]
fn a_file_with_fields_that_none_may_have_is_not_sent() {
    let world = World::new();
    let (alice, _, id) = world.pair();
    let before = alice.store.dump();
    for change in [
        |file: &mut Attachment| file.name = "../passwd".to_owned(),
        |file: &mut Attachment| file.name = String::new(),
        |file: &mut Attachment| file.media_type = "text/html;charset=utf-8".to_owned(),
        |file: &mut Attachment| file.size = u64::MAX,
        |file: &mut Attachment| {
            file.preview = photo().preview.map(|preview| Preview {
                width: 0,
                ..preview
            })
        },
    ] {
        let mut file = photo();
        change(&mut file);
        assert_eq!(code(send(&alice, id, &file)), "invalid-argument");
        assert_eq!(alice.store.dump(), before);
    }
}

/// CNT-16 holds for files as it does for texts.
// CNT-16
#[test]
fn a_file_of_somebody_who_is_not_a_member_does_not_show() {
    let world = World::new();
    let (alice, _, id) = world.pair();
    let carol = world.person("carol");
    carol.meet(&alice);
    alice.meet(&carol);
    let mut forger = Extra::beside(&carol, 7);
    forger.settle_at(&carol);
    let own = certificate_of(&carol);
    let listed = crypto_wasm::wire::ListedDevice {
        device_id: carol.address().device_id,
        identity_key: own.identity_key,
    };
    Extra::publish(&carol, vec![listed, forger.listed()]);
    alice.learn(carol.id()).unwrap();
    let content = Content {
        conversation_id: id,
        message_id: MessageId::from_bytes([9; 16]),
        sent_at_ms: NOW,
        body: Body::Attachment(photo()),
    };
    let envelope = forger.compose(&alice, &content);
    world.relay.borrow_mut().deliver(alice.address(), envelope);
    alice.fetch();
    assert_eq!(alice.errors(), ["not-a-member"]);
    assert!(!keeps_key(&alice));
}
