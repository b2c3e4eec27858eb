//! Edits, deletions and reactions: of whom they count, in whatever order they come, and what stays on the disk.

use crypto_wasm::client::{
    ClientError, ConversationId, Event, Message, MessageBody, MessageId, MessageState,
};

use crypto_wasm::wire::content::{Delete, Edit};
use crypto_wasm::wire::{Body, Content};

use crate::support::{Extra, NOW, Person, World, certificate_of, code};

fn edit(
    person: &Person,
    id: ConversationId,
    message: MessageId,
    text: &str,
) -> Result<Message, ClientError> {
    let now = person.now();
    person.act(async || person.client.edit_message(id, message, text, now).await)
}

fn delete(person: &Person, id: ConversationId, message: MessageId) -> Result<Message, ClientError> {
    let now = person.now();
    person.act(async || person.client.delete_message(id, message, now).await)
}

fn react(
    person: &Person,
    id: ConversationId,
    message: MessageId,
    (emoji, removed): (&str, bool),
) -> Result<Message, ClientError> {
    let (client, now) = (&person.client, person.now());
    person.act(async || {
        client
            .react_to_message(id, message, emoji, removed, now)
            .await
    })
}

fn line(person: &Person, id: ConversationId, message: MessageId) -> Message {
    let mut found = person.messages(id).into_iter();
    found.find(|line| line.id == message).unwrap()
}

fn emojis(person: &Person, id: ConversationId, message: MessageId) -> Vec<(String, usize)> {
    let reactions = line(person, id, message).reactions.into_iter();
    reactions
        .map(|reaction| (reaction.emoji, reaction.users.len()))
        .collect()
}

fn is_deleted(line: &Message) -> bool {
    matches!(line.body, MessageBody::Deleted { .. })
}

// CNT-18
#[test]
fn an_edit_shows_on_both_sides_and_is_told() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "hallo");
    bob.fetch();
    bob.heard();
    edit(&alice, id, said.id, "hello").unwrap();
    alice.pump();
    bob.fetch();
    for person in [&alice, &bob] {
        assert_eq!(person.texts(id), ["hello"]);
        assert!(line(person, id, said.id).edited_at.is_some());
    }
    let heard = bob.heard();
    let updated =
        |event: &Event| matches!(event, Event::MessageUpdated(line) if line.id == said.id);
    assert_eq!(heard.iter().filter(|event| updated(event)).count(), 1);
    assert!(!heard.iter().any(|event| matches!(event, Event::Message(_))));
    assert_eq!(alice.state_of(&said).0, MessageState::Sent);
}

// CNT-18
#[test]
fn nobody_edits_or_takes_back_what_another_wrote() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "mine");
    bob.fetch();
    assert_eq!(code(edit(&bob, id, said.id, "yours")), "not-found");
    assert_eq!(code(delete(&bob, id, said.id)), "not-found");
    assert_eq!(code(edit(&alice, id, said.id, "")), "invalid-argument");
    let other = alice.converse(&[&bob], "elsewhere");
    assert_eq!(code(edit(&alice, other, said.id, "x")), "not-found");
    assert_eq!(alice.texts(id), ["mine"]);
    assert_eq!(bob.texts(id), ["mine"]);
}

// CNT-18
#[test]
fn what_is_taken_back_is_gone_and_cannot_be_edited_or_sent_again() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "a secret of the day");
    bob.fetch();
    react(&bob, id, said.id, ("👍", false)).unwrap();
    edit(&alice, id, said.id, "another secret").unwrap();
    world.settle(&[&alice, &bob]);
    delete(&alice, id, said.id).unwrap();
    world.settle(&[&alice, &bob]);
    for person in [&alice, &bob] {
        let line = line(person, id, said.id);
        assert!(is_deleted(&line));
        assert!(line.reactions.is_empty() && line.edited_at.is_none());
    }
    assert_eq!(code(edit(&alice, id, said.id, "x")), "invalid-argument");
    assert_eq!(code(delete(&alice, id, said.id)), "invalid-argument");
    assert_eq!(
        code(react(&bob, id, said.id, ("👍", false))),
        "invalid-argument"
    );
}

// CNT-20
#[test]
fn reactions_are_put_and_taken_back_and_the_later_one_counts() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "lunch?");
    bob.fetch();
    react(&bob, id, said.id, ("👍", false)).unwrap();
    react(&alice, id, said.id, ("👍", false)).unwrap();
    react(&bob, id, said.id, ("🎉", false)).unwrap();
    world.settle(&[&alice, &bob]);
    assert_eq!(emojis(&alice, id, said.id), emojis(&bob, id, said.id));
    let both = emojis(&alice, id, said.id);
    assert!(both.contains(&("👍".to_owned(), 2)) && both.contains(&("🎉".to_owned(), 1)));
    // Within the same millisecond.
    react(&bob, id, said.id, ("👍", true)).unwrap();
    react(&bob, id, said.id, ("🎉", true)).unwrap();
    react(&bob, id, said.id, ("🎉", false)).unwrap();
    world.settle(&[&alice, &bob]);
    for person in [&alice, &bob] {
        let mut shown = emojis(person, id, said.id);
        shown.sort();
        assert_eq!(shown, [("🎉".to_owned(), 1), ("👍".to_owned(), 1)]);
    }
    assert_eq!(
        code(react(&bob, id, said.id, ("", false))),
        "invalid-argument"
    );
    let long = "x".repeat(65);
    assert_eq!(
        code(react(&bob, id, said.id, (&long, false))),
        "invalid-argument"
    );
}

/// In a group, what one person does to another's message may come before the message.
// CNT-18, CNT-20
#[test]
fn a_reaction_that_comes_before_its_message_waits_for_it() {
    let world = World::new();
    let (alice, bob, carol) = (
        world.person("alice"),
        world.person("bob"),
        world.person("carol"),
    );
    alice.meet(&bob);
    alice.meet(&carol);
    let id = alice.converse(&[&bob, &carol], "three");
    world.settle(&[&alice, &bob, &carol]);
    let said = alice.say(id, "first");
    edit(&alice, id, said.id, "second").unwrap();
    edit(&alice, id, said.id, "third").unwrap();
    alice.pump();
    bob.fetch();
    react(&bob, id, said.id, ("👍", false)).unwrap();
    bob.pump();
    // The relay hands out the newest first.
    let mut items = carol.mail();
    let seqs: Vec<u64> = items.iter().map(|item| item.seq).collect();
    assert_eq!(items.len(), 4);
    items.reverse();
    for (item, seq) in items.iter_mut().zip(seqs) {
        item.seq = seq;
    }
    carol.receive(&items);
    assert_eq!(carol.errors(), Vec::<String>::new());
    assert_eq!(carol.texts(id), ["third"]);
    assert_eq!(emojis(&carol, id, said.id), [("👍".to_owned(), 1)]);
    // Handed out again, they change nothing.
    let cursor = carol.cursor();
    for item in &mut items {
        item.seq += cursor;
    }
    carol.heard();
    carol.receive(&items);
    assert_eq!(carol.texts(id), ["third"]);
    assert_eq!(emojis(&carol, id, said.id), [("👍".to_owned(), 1)]);
}

// CNT-18
#[test]
fn a_text_that_was_taken_back_before_it_came_does_not_show() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    alice.fetch();
    let said = alice.say(id, "oh no");
    delete(&alice, id, said.id).unwrap();
    alice.pump();
    let mut items = bob.mail();
    let seqs: Vec<u64> = items.iter().map(|item| item.seq).collect();
    items.reverse();
    for (item, seq) in items.iter_mut().zip(seqs) {
        item.seq = seq;
    }
    bob.receive(&items);
    assert_eq!(bob.texts(id), Vec::<String>::new());
    assert!(is_deleted(&line(&bob, id, said.id)));
}

// CNT-18
#[test]
fn a_forged_edit_or_deletion_of_anothers_message_changes_nothing() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let said = alice.say(id, "mine");
    let mut forger = Extra::beside(&bob, 7);
    forger.settle_at(&bob);
    let own = certificate_of(&bob);
    let listed = crypto_wasm::wire::ListedDevice {
        device_id: bob.address().device_id,
        identity_key: own.identity_key,
    };
    Extra::publish(&bob, vec![listed, forger.listed()]);
    let bodies = [
        Body::Edit(Edit {
            message_id: said.id,
            text: "yours".to_owned(),
        }),
        Body::Delete(Delete {
            message_id: said.id,
        }),
    ];
    for (number, body) in (1_u8..).zip(bodies) {
        let content = Content {
            conversation_id: id,
            message_id: MessageId::from_bytes([number; 16]),
            sent_at_ms: NOW + 1_000,
            body,
        };
        let envelope = forger.compose(&alice, &content);
        world.relay.borrow_mut().deliver(alice.address(), envelope);
    }
    let before = alice.cursor();
    alice.fetch();
    assert_eq!(alice.cursor(), before + 2);
    assert_eq!(alice.errors(), Vec::<String>::new());
    assert_eq!(alice.texts(id), ["mine"]);
    assert_eq!(line(&alice, id, said.id).edited_at, None);
}
