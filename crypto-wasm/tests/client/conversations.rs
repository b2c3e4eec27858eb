//! Two people: what they write arrives, in order, once, and is told to listeners.

use crypto_wasm::client::{ConversationKind, Event, KeyState, MessageBody, MessageState};
use crypto_wasm::wire::EnvelopeKind;

use crate::support::{NOW, Person, World, block_on, code};

fn kinds(person: &Person) -> Vec<&'static str> {
    let name = |event: Event| match event {
        Event::Conversation(_) => "conversation",
        Event::Message(_) => "message",
        Event::MessageUpdated(_) => "message-updated",
        Event::Contact(_) => "contact",
        Event::Error(_) => "error",
        _ => "of a topic",
    };
    person.heard().into_iter().map(name).collect()
}

#[test]
fn texts_arrive_both_ways_in_order() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut expected = Vec::new();
    for round in 0..20 {
        for n in 0..3 {
            let text = format!("a{round}.{n}");
            alice.say(id, &text);
            expected.push(text);
        }
        bob.fetch();
        let text = format!("b{round}");
        bob.say(id, &text);
        expected.push(text);
        alice.fetch();
    }
    assert_eq!(alice.texts(id), expected);
    assert_eq!(bob.texts(id), expected);
    let orders: Vec<u64> = bob.messages(id).iter().map(|line| line.order).collect();
    assert_eq!(orders, (1..=81).collect::<Vec<_>>());
    let sent = alice.messages(id);
    assert!(
        sent.iter()
            .all(|line| line.outgoing == (line.state == MessageState::Sent))
    );
    let relay = world.relay.borrow();
    let ratchet = |posted: &&crate::support::Posted| posted.kind == EnvelopeKind::Ratchet.as_str();
    // Texts, a membership, and a receipt for each fetch; but for the first, when bob had not accepted alice.
    assert_eq!(relay.posted.iter().filter(ratchet).count(), 77 + 38);
    assert_eq!(relay.posted.len(), 81 + 38);
}

#[test]
fn somebody_offline_gets_everything_later() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    let expected: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    for text in &expected {
        alice.say(id, text);
    }
    bob.fetch();
    assert_eq!(bob.texts(id), expected);
    assert_eq!(bob.cursor(), 151);
    assert_eq!(bob.errors(), Vec::<String>::new());
    assert_eq!(
        block_on(bob.client.contact(alice.id()))
            .unwrap()
            .unwrap()
            .username,
        "alice"
    );
}

#[test]
fn both_may_begin_at_once() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    bob.meet(&alice);
    let (one, two) = (alice.converse(&[&bob], ""), bob.converse(&[&alice], ""));
    alice.say(one, "from alice");
    bob.say(two, "from bob");
    assert!(
        world
            .relay
            .borrow()
            .posted
            .iter()
            .all(|p| p.kind == "prekey")
    );
    world.settle(&[&alice, &bob]);
    for round in 0..4 {
        alice.say(two, &format!("a{round}"));
        bob.say(one, &format!("b{round}"));
        world.settle(&[&bob, &alice]);
    }
    for person in [&alice, &bob] {
        assert_eq!(person.errors(), Vec::<String>::new());
        assert_eq!(person.texts(one), ["from alice", "b0", "b1", "b2", "b3"]);
        assert_eq!(person.texts(two), ["from bob", "a0", "a1", "a2", "a3"]);
    }
    let last = world.relay.borrow().posted.last().cloned().unwrap();
    assert_eq!(last.kind, "ratchet");
}

#[test]
fn two_people_have_one_direct_conversation() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let posted = world.relay.borrow().posted.len();
    assert_eq!(alice.converse(&[&bob], ""), id);
    assert_eq!(bob.converse(&[&alice], "  "), id);
    assert_eq!(world.relay.borrow().posted.len(), posted);
    assert_eq!(alice.view(id).kind, ConversationKind::Direct);
    assert_eq!(bob.view(id).kind, ConversationKind::Direct);
    assert_ne!(alice.converse(&[&bob], "named"), id);
    let refused = alice.change(id, &[], &[&bob], None);
    assert_eq!(code(refused), "invalid-argument");
}

#[test]
fn an_answer_names_what_it_answers() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let question = alice.say(id, "question");
    bob.fetch();
    block_on(bob.client.send_text(id, "answer", Some(question.id), NOW)).unwrap();
    bob.pump();
    alice.fetch();
    let last = alice.messages(id).pop().unwrap();
    assert_eq!(
        last.body,
        MessageBody::Text {
            text: "answer".to_owned(),
            reply_to: Some(question.id)
        }
    );
    assert!(!last.outgoing);
    assert_eq!((last.sender_id, last.sent_at), (bob.id(), NOW));
}

#[test]
fn unread_counts_what_others_said_since_it_was_read() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    assert_eq!(bob.view(id).unread, 0, "a membership is not unread");
    alice.say(id, "one");
    alice.say(id, "two");
    bob.fetch();
    bob.write(id, "mine");
    assert_eq!((bob.view(id).unread, alice.view(id).unread), (2, 0));
    bob.heard();
    let read = bob
        .act(async || bob.client.mark_read(id, bob.now()).await)
        .unwrap();
    assert_eq!((read.unread, kinds(&bob)), (0, vec!["conversation"]));
    bob.act(async || bob.client.mark_read(id, bob.now()).await)
        .unwrap();
    assert_eq!(kinds(&bob), Vec::<&str>::new());
    assert_eq!(bob.tab().view(id).unread, 0);
}

#[test]
fn pages_go_from_the_newest_to_the_oldest_without_gaps() {
    let world = World::new();
    let (alice, _bob, id) = world.pair();
    for n in 2..=25 {
        alice.write(id, &n.to_string());
    }
    let page = |before, limit| block_on(alice.client.messages(id, before, limit)).unwrap();
    let orders = |page: &crypto_wasm::client::MessagePage| {
        page.items.iter().map(|line| line.order).collect::<Vec<_>>()
    };
    let newest = page(None, 10);
    assert_eq!(orders(&newest), (16..=25).collect::<Vec<_>>());
    let second = page(newest.next, 10);
    assert_eq!(orders(&second), (6..=15).collect::<Vec<_>>());
    let last = page(second.next, 10);
    assert_eq!((orders(&last), last.next), ((1..=5).collect(), None));
    let exact = page(Some(6), 5);
    assert_eq!((orders(&exact), exact.next), ((1..=5).collect(), None));
    assert_eq!(orders(&page(Some(1), 5)), Vec::<u64>::new());
    assert_eq!(orders(&page(Some(0), 5)), Vec::<u64>::new());
    assert_eq!(page(Some(u64::MAX), 200).items.len(), 25);
}

#[test]
fn conversations_are_listed_by_their_last_activity() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.meet(&bob);
    let ids: Vec<_> = ["one", "two", "three"]
        .iter()
        .map(|name| {
            world.pass(1);
            alice.converse(&[&bob], name)
        })
        .collect();
    world.pass(1);
    alice.say(ids[0], "newest");
    let listed = block_on(alice.client.conversations()).unwrap();
    let found: Vec<_> = listed.iter().map(|conversation| conversation.id).collect();
    assert_eq!(found, [ids[0], ids[2], ids[1]]);
    let last = listed[0].last_message.as_ref().unwrap();
    assert_eq!((last.order, last.state), (2, MessageState::Sent));
}

#[test]
fn listeners_hear_of_commits_in_order() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.heard();
    bob.heard();
    alice.meet(&bob);
    alice.meet(&bob);
    assert_eq!(kinds(&alice), ["contact"], "nothing new, nothing to tell");
    let id = alice.converse(&[&bob], "");
    let updated = ["message-updated", "conversation"];
    assert_eq!(
        kinds(&alice),
        [&["contact", "message", "conversation"][..], &updated].concat()
    );
    alice.write(id, "one");
    assert_eq!(kinds(&alice), ["message", "conversation"]);
    alice.pump();
    assert_eq!(kinds(&alice), updated);
    alice.say(id, "two");
    alice.heard();
    bob.fetch();
    // One batch for each document that was missing; the conversation is told of once in each, after its lines.
    assert_eq!(
        kinds(&bob),
        ["contact", "message", "message", "message", "conversation"]
    );
    let member = &bob.view(id).members;
    let state = |person: &Person| {
        let found = member.iter().find(|m| m.user_id == person.id()).unwrap();
        (found.username.clone(), found.key_state)
    };
    assert_eq!(state(&alice), ("alice".to_owned(), KeyState::Pinned));
    assert_eq!(state(&bob), ("bob".to_owned(), KeyState::Own));
}
