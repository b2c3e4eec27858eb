//! How far back members read.

use crypto_wasm::client::Event;
use crypto_wasm::client::forums::{History, NewPost, Visibility};

use super::member::Stage;
use super::pair;

/// Everybody is away. Carol comes in by the link and reads everything; Dave comes in by the same link after her, and walks back by
/// what she left for him.
// PST-7, PST-8, PST-18
#[test]
fn who_comes_by_a_link_while_everybody_is_away_reads_the_history() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.tell(topic, "one");
    let link = alice.link(topic, true);
    bob.catch_up(topic);
    bob.tell(topic, "two");
    let (carol, dave) = (stage.member("carol"), stage.member("dave"));
    for (joiner, words) in [
        (&carol, vec!["one", "two"]),
        (&dave, vec!["one", "two", "of carol"]),
    ] {
        joiner.join(topic, Some(&link));
        joiner.read_back(topic);
        assert_eq!(joiner.words(topic), words);
        assert!(joiner.posts(topic).iter().all(|post| post.before_join));
        if joiner.name == "carol" {
            carol.tell(topic, "of carol");
        }
    }
    // Those who were away find both, and all read on.
    alice.catch_up(topic);
    bob.catch_up(topic);
    dave.tell(topic, "of dave");
    for member in [&alice, &bob, &carol] {
        member.catch_up(topic);
        assert_eq!(member.words(topic), ["one", "two", "of carol", "of dave"]);
    }
}

/// Without the secret in the link the history waits for somebody who has the key.
// PST-7, PST-8
#[test]
fn a_link_without_history_waits_for_a_member() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::Everything);
    alice.tell(topic, "one");
    let link = alice.link(topic, false);
    let carol = stage.member("carol");
    carol.join(topic, Some(&link));
    alice.catch_up(topic);
    alice.send_all();
    carol.read_back(topic);
    assert_eq!(carol.words(topic), ["one"]);
}

/// Carol reads back while nobody is there who has the key. What she could not open she reads once Alice has come by; what is no text shows no more.
// PST-24
#[test]
fn what_could_not_be_opened_is_read_when_the_key_comes() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let one = alice.tell(topic, "one");
    let reaction = NewPost::Reaction {
        post_id: one.id,
        emoji: "+".to_owned(),
        removed: false,
    };
    alice.post(topic, &reaction).unwrap();
    alice.send_all();
    bob.catch_up(topic);
    let two = bob.tell(topic, "two");
    let link = alice.link(topic, false);
    let carol = stage.member("carol");
    carol.join(topic, Some(&link));
    carol.read_back(topic);
    let unreadable = carol.posts(topic);
    assert!(unreadable.iter().all(|post| post.text.is_none()));
    assert_eq!(
        unreadable.len(),
        5,
        "title, link secret, text, reaction, text"
    );
    let wanted = carol.keys_wanted(topic).unwrap();

    // Nobody has shared it yet: asking changes nothing.
    carol.seek_keys(topic);
    assert_eq!(carol.posts(topic), unreadable);
    assert_eq!(carol.keys_wanted(topic), Some(wanted));

    alice.catch_up(topic);
    alice.send_all();
    let carol = carol.restarted();
    carol.heard();
    carol.seek_keys(topic);
    assert_eq!(carol.words(topic), ["one", "two"]);
    let posts = carol.posts(topic);
    assert_eq!(
        posts.iter().map(|post| post.id).collect::<Vec<_>>(),
        [one.id, two.id]
    );
    assert_eq!(posts[0].reactions.len(), 1);
    assert_eq!(carol.state(topic).title, bob.state(topic).title);
    assert_eq!(carol.keys_wanted(topic), None);
    let events = carol.heard();
    let count = |is: fn(&Event) -> bool| events.iter().filter(|event| is(event)).count();
    assert_eq!(count(|event| matches!(event, Event::PostRemoved { .. })), 3);
    assert_eq!(count(|event| matches!(event, Event::Post(_))), 0);
    assert!(count(|event| matches!(event, Event::PostUpdated(_))) >= 2);
}

/// The relay has not taken what the link opens yet: whoever makes the link is told which entry to wait for, also the second time.
// PST-8
#[test]
fn a_link_names_what_the_relay_has_to_take_first() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::Everything);
    let now = alice.now();
    let invite = || alice.act(async || alice.client.create_invitation(topic, 1, true, now).await);
    let entry = invite().unwrap().entry.unwrap();
    assert_eq!(invite().unwrap().entry, Some(entry));
    alice.send_all();
    assert_eq!(invite().unwrap().entry, None);
    let without = alice.act(async || alice.client.create_invitation(topic, 1, false, now).await);
    assert_eq!(without.unwrap().entry, None);
}

/// Who is added walks back by the links of the commits.
// PST-7
#[test]
fn who_is_added_reads_the_history_of_many_epochs() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let mut expected = Vec::new();
    for (number, name) in ["carol", "dave", "erin"].into_iter().enumerate() {
        expected.push(format!("{number}"));
        alice.tell(topic, &format!("{number}"));
        let joiner = stage.member(name);
        alice.add(topic, &joiner);
        joiner.catch_up(topic);
        joiner.read_back(topic);
        assert_eq!(joiner.words(topic), expected, "{name}");
    }
    bob.catch_up(topic);
    assert_eq!(bob.words(topic), expected);
}

// PST-12
#[test]
fn since_joining_shows_nothing_from_before() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::SinceJoining);
    alice.tell(topic, "before");
    let link = alice.link(topic, true);
    let (carol, dave) = (stage.member("carol"), stage.member("dave"));
    carol.join(topic, Some(&link));
    alice.catch_up(topic);
    alice.send_all();
    alice.add(topic, &dave);
    carol.catch_up(topic);
    alice.tell(topic, "after");
    for joiner in [&carol, &dave] {
        joiner.catch_up(topic);
        joiner.read_back(topic);
        assert_eq!(joiner.words(topic), ["after"], "{}", joiner.name);
        let cursor = joiner
            .attempt(async || joiner.client.topic_cursor(topic).await)
            .unwrap();
        assert!(cursor.complete && cursor.oldest > 1, "nothing older opens");
    }
    let mut relay = stage.relay.borrow_mut();
    let held = relay.topic(topic);
    assert!(
        held.wraps.is_empty(),
        "nothing is wrapped for later joiners"
    );
}

#[test]
fn an_open_topic_takes_anybody() {
    let stage = Stage::new();
    let alice = stage.member("alice");
    let topic = alice.found(Visibility::Open, History::Everything);
    alice.tell(topic, "one");
    let bob = stage.member("bob");
    bob.join(topic, None);
    alice.catch_up(topic);
    alice.send_all();
    bob.read_back(topic);
    assert_eq!(bob.words(topic), ["one"]);
}

/// Bob writes in the epoch before Carol's, and the relay takes it after she came in.
// PST-7, PST-15
#[test]
fn a_post_of_the_epoch_just_over_is_found_on_the_way_back() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    bob.tell(topic, "late");
    alice.tell(topic, "then");
    carol.catch_up(topic);
    assert_eq!(carol.words(topic), ["then"]);
    carol.read_back(topic);
    assert_eq!(carol.words(topic), ["late", "then"]);
}
