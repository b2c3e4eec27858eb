//! Message requests and blocking: who is accepted by what, and what becomes of what blocked people send.

use crypto_wasm::client::{ConversationId, Event, Standing};

use crate::support::{Person, World, block_on, code};

fn standing(person: &Person, of: &Person) -> Standing {
    let contact = block_on(person.client.contact(of.id())).unwrap();
    contact.unwrap().standing
}

fn is_request(person: &Person, id: ConversationId) -> bool {
    let found = block_on(person.client.conversation(id)).unwrap();
    found.unwrap().request
}

fn block(person: &Person, whom: &Person, blocked: bool) {
    let user = whom.id();
    person
        .act(async || person.client.set_blocked(user, blocked).await)
        .unwrap();
}

// CNT-21
#[test]
fn a_stranger_conversation_is_a_request_until_it_is_answered() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    assert_eq!(standing(&alice, &bob), Standing::Accepted);
    assert!(!is_request(&alice, id));
    assert_eq!(standing(&bob, &alice), Standing::Unknown);
    assert!(is_request(&bob, id));
    bob.say(id, "hello");
    assert!(!is_request(&bob, id));
    assert_eq!(standing(&bob, &alice), Standing::Accepted);
    // Somebody accepted makes no requests.
    let group = alice.converse(&[&bob], "group");
    bob.fetch();
    assert!(!is_request(&bob, group));
}

// CNT-21
#[test]
fn a_request_is_accepted_without_a_word() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let accepted = bob
        .act(async || bob.client.accept_conversation(id).await)
        .unwrap();
    assert!(!accepted.request);
    assert_eq!(standing(&bob, &alice), Standing::Accepted);
    // Again, it changes nothing.
    bob.act(async || bob.client.accept_conversation(id).await)
        .unwrap();
    let nowhere = ConversationId::from_bytes([9; 16]);
    let missing = block_on(bob.client.accept_conversation(nowhere));
    assert_eq!(code(missing), "not-found");
    drop(alice);
}

// CNT-21: a group is accepted with who took this user in, and nobody else of it.
#[test]
fn in_a_group_who_invited_is_accepted_alone() {
    let world = World::new();
    let ([alice, bob, carol], id) = world.three();
    assert!(is_request(&bob, id));
    bob.say(id, "hello");
    assert!(!is_request(&bob, id));
    assert_eq!(standing(&bob, &alice), Standing::Accepted);
    assert_eq!(standing(&bob, &carol), Standing::Unknown);
}

// CNT-22
#[test]
fn nothing_of_somebody_blocked_is_shown_and_nothing_is_sent_to_them_alone() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    block(&alice, &bob, true);
    assert_eq!(standing(&alice, &bob), Standing::Blocked);
    alice.heard();
    bob.say(id, "are you there?");
    let other = bob.converse(&[&alice], "another place");
    bob.say(other, "here?");
    let before = alice.cursor();
    alice.fetch();
    assert!(alice.cursor() > before);
    assert_eq!(alice.texts(id), ["hello"]);
    assert_eq!(block_on(alice.client.conversation(other)).unwrap(), None);
    assert_eq!(alice.heard(), []);
    let now = alice.now();
    let refused = block_on(alice.client.send_text(id, "no", None, now));
    assert_eq!(code(refused), "blocked");
    let refused = block_on(alice.client.create_conversation(&[bob.id()], "x", now));
    assert_eq!(code(refused), "blocked");
    // What was dropped is dropped for good; what comes after is there.
    block(&alice, &bob, false);
    assert_eq!(standing(&alice, &bob), Standing::Unknown);
    bob.say(id, "and now?");
    alice.fetch();
    assert_eq!(alice.texts(id), ["hello", "and now?"]);
    alice.say(id, "yes");
    assert_eq!(standing(&alice, &bob), Standing::Accepted);
}

// CNT-22: everybody in a group judges memberships alike.
#[test]
fn a_blocked_member_still_changes_a_group_and_says_nothing_there() {
    let world = World::new();
    let ([alice, bob, carol], id) = world.three();
    block(&carol, &bob, true);
    bob.change(id, &[], &[], Some("renamed")).unwrap();
    bob.say(id, "unheard");
    alice.say(id, "heard");
    world.settle(&[&alice, &bob, &carol]);
    let found = block_on(carol.client.conversation(id)).unwrap().unwrap();
    assert_eq!(found.name, "renamed");
    assert_eq!(carol.texts(id), ["heard"]);
    assert_eq!(alice.texts(id), ["heard", "unheard"]);
    // A group of which she is a member is written to whole.
    carol.say(id, "to all");
    world.settle(&[&alice, &bob, &carol]);
    assert_eq!(bob.texts(id), ["unheard", "heard", "to all"]);
}

// CNT-22: not even a line that something could not be read.
#[test]
fn what_cannot_be_read_of_somebody_blocked_leaves_no_line_and_is_not_asked_for() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    bob.say(id, "hello");
    alice.fetch();
    block(&alice, &bob, true);
    alice.pump();
    bob.say(id, "lost");
    let mut items = alice.mail();
    for item in &mut items {
        let envelope = item.envelope.as_mut().unwrap();
        let last = envelope.content.last_mut().unwrap();
        *last ^= 1;
    }
    alice.heard();
    let posted = world.relay.borrow().posted.len();
    alice.receive(&items);
    alice.pump();
    assert_eq!(alice.texts(id), ["hello"]);
    assert_eq!(alice.heard(), []);
    assert_eq!(world.relay.borrow().posted.len(), posted);
}

#[test]
fn only_somebody_known_is_blocked() {
    let world = World::new();
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let refused = block_on(alice.client.set_blocked(bob.id(), true));
    assert_eq!(code(refused), "not-found");
    alice.meet(&bob);
    alice.heard();
    block(&alice, &bob, false);
    assert_eq!(alice.heard(), [], "nothing changes");
    block(&alice, &bob, true);
    assert!(matches!(alice.heard()[..], [Event::Contact(_)]));
}
