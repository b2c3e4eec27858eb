//! Who is removed, or leaves.

use crypto_wasm::client::forums::{History, NewPost, TopicAction};

use super::member::Stage;
use super::pair;

/// Bob keeps his whole store as it was before he was removed.
#[test]
fn t15_a_removed_member_reads_nothing_after() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.tell(topic, "before");
    bob.catch_up(topic);
    alice.remove(topic, &bob, false);
    alice.tell(topic, "after");
    // The relay gives him the posts and every link all the same, and keeps the commit from him.
    let mut batch = stage.relay.borrow_mut().topic(topic).after(0);
    for without_keys in [false, true] {
        batch.without_keys = without_keys;
        let taken = bob
            .act(async || bob.client.topic_posts(topic, &batch).await)
            .unwrap();
        assert!(taken.behind);
        let links = stage.relay.borrow_mut().topic(topic).links(0, 99);
        bob.act(async || bob.client.topic_links(topic, &links).await)
            .unwrap();
    }
    assert_eq!(bob.words(topic), ["before"]);
    bob.take_commits(topic).unwrap();
    assert_eq!(bob.standing(topic), "removed");
    let taken = bob
        .act(async || bob.client.topic_posts(topic, &batch).await)
        .unwrap();
    assert!(taken.users.is_empty());
    assert_eq!(bob.words(topic), ["before"]);
    let late = NewPost::Text {
        text: "late".into(),
        parent_id: None,
        mentions: Vec::new(),
    };
    let refused = bob.post(topic, &late).unwrap_err();
    assert_eq!(refused.code(), "not-a-member");
    let kept = bob.store.dump().only(&["forum-groups", "forum-keys"]);
    assert!(kept.is_empty(), "the group's secrets go");
}

/// A link from before a removal lets nobody in and opens nothing.
// PST-8
#[test]
fn t15_a_removal_ends_links_and_their_secret() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let link = alice.link(topic, true);
    alice.remove(topic, &bob, true);
    alice.tell(topic, "after");
    let carol = stage.member("carol");
    let refused = carol.begin_join(topic, Some(&link)).unwrap_err();
    assert_eq!(refused.code(), "invitation-refused");
    let refused = bob.begin_join(topic, Some(&link)).unwrap_err();
    assert_eq!(refused.code(), "banned");
    // A new one carries a new secret.
    let link = alice.link(topic, true);
    carol.join(topic, Some(&link));
    carol.read_back(topic);
    assert_eq!(carol.words(topic), ["after"]);
}

#[test]
fn who_leaves_is_removed_by_the_next_member() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    bob.want(topic, &TopicAction::Leave).unwrap();
    bob.send_all();
    assert_eq!(bob.standing(topic), "left");
    let leaves = stage.relay.borrow_mut().topic(topic).leaves.clone();
    alice
        .act(async || alice.client.topic_leaves(topic, &leaves).await)
        .unwrap();
    alice.send_all();
    assert_eq!(alice.state(topic).members, 1);
    assert!(!stage.relay.borrow_mut().topic(topic).has(bob.address()));
    // Asked twice, nothing is done twice.
    alice
        .act(async || alice.client.topic_leaves(topic, &leaves).await)
        .unwrap();
    alice.send_all();
    assert_eq!(alice.state(topic).members, 1);
}

#[test]
fn a_last_owner_does_not_leave() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::Everything);
    let refused = alice.want(topic, &TopicAction::Leave).unwrap_err();
    assert_eq!(refused.code(), "last-owner");
}
