//! A relay that lies, and members that do.

use crypto_wasm::client::forums::{
    ForumStep, History, NewPost, PostBatch, TopicAction, TopicPost, Visibility,
};
use crypto_wasm::client::{Event, UserDocument};
use crypto_wasm::forum::wire::PostContent;
use crypto_wasm::store::Collection;
use crypto_wasm::wire::{Flag, PostId, UserId, Wire as _};

use super::forge::{GARBAGE, archive_key, device, forged_post, garbage_link, stranger};
use super::member::Stage;
use super::pair;
use crate::support::Forged;

/// A stranger who has a key by whatever means makes links; the relay puts them first, and the stranger's certificate with them.
// PST-7
#[test]
fn t02_keys_from_who_is_no_member_are_not_taken() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::Everything);
    alice.tell(topic, "one");
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    let forger = stranger();
    let (epoch, ..) = alice.cursor_of(topic);
    let key = archive_key(&alice, topic, epoch);
    {
        let mut relay = stage.relay.borrow_mut();
        let held = relay.topic(topic);
        let certificate = forger.certificate().certificate();
        held.certificates.push(certificate.to_bytes().unwrap());
        let forged = garbage_link(&forger, topic, (epoch, &key), epoch - 1);
        held.links.insert(0, forged);
    }
    carol.read_back(topic);
    assert_eq!(carol.words(topic), ["one"]);
    let kept = carol.store.dump().only(&["forum-keys"]);
    let holds = |value: &Vec<u8>| value.windows(32).any(|window| window == GARBAGE);
    assert!(!kept.values().any(holds), "a stranger's key was kept");
}

/// The relay hands out the KeyPackage of a device that it made up, in the place of Carol's.
// PST-13
#[test]
fn t05_only_listed_devices_of_pinned_accounts_are_let_in() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let (carol, mallory) = (stage.member("carol"), stage.member("mallory"));
    alice.meet(&carol);
    let before = alice.store.dump();
    for key_packages in [
        vec![mallory.key_package()],
        vec![carol.key_package(), mallory.key_package()],
        vec![bob.key_package()],
    ] {
        let action = TopicAction::Add {
            user_id: carol.id(),
            key_packages,
        };
        let refused = alice.want(topic, &action).unwrap_err();
        assert_eq!(refused.code(), "device-not-listed");
    }
    assert_eq!(alice.store.dump(), before);
}

// PST-15
#[test]
fn t17_a_gap_is_noticed_and_changes_nothing() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    for text in ["one", "two", "three"] {
        alice.tell(topic, text);
    }
    bob.catch_up(topic);
    alice.tell(topic, "four");
    alice.tell(topic, "five");
    let (_, seq, _) = bob.cursor_of(topic);
    let mut batch = stage.relay.borrow_mut().topic(topic).after(seq);
    batch.items.remove(0);
    let before = bob.store.dump();
    let missing = bob.act(async || bob.client.topic_posts(topic, &batch).await);
    assert_eq!(missing.unwrap_err().code(), "relay");
    assert_eq!(bob.store.dump(), before);
    bob.catch_up(topic);
    assert_eq!(bob.words(topic), ["one", "two", "three", "four", "five"]);
}

#[test]
fn t17_a_missing_commit_is_noticed_and_changes_nothing() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    for name in ["carol", "dave"] {
        let joiner = stage.member(name);
        alice.add(topic, &joiner);
    }
    let (epoch, ..) = bob.cursor_of(topic);
    let mut commits = stage.relay.borrow_mut().topic(topic).commits.clone();
    commits.retain(|commit| commit.epoch > epoch);
    let (before, now) = (bob.store.dump(), bob.now());
    let missing = bob.act(async || bob.client.topic_commits(topic, &commits, now).await);
    assert_eq!(missing.unwrap_err().code(), "relay");
    // The relay's word for the epoch is no help.
    commits[0].epoch = epoch;
    let missing = bob.act(async || bob.client.topic_commits(topic, &commits, now).await);
    assert_eq!(missing.unwrap_err().code(), "epoch-conflict");
    assert_eq!(bob.store.dump(), before);
}

/// The same posts again under their places and under new ones, in any order.
// PST-17
#[test]
fn t17_a_post_is_shown_once() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.tell(topic, "one");
    alice.tell(topic, "two");
    bob.catch_up(topic);
    let words = bob.words(topic);
    bob.heard();
    let again = stage.relay.borrow_mut().topic(topic).after(0);
    bob.act(async || bob.client.topic_posts(topic, &again).await)
        .unwrap();
    assert_eq!(bob.words(topic), words);
    assert!(bob.heard().is_empty());
    let (_, seq, _) = bob.cursor_of(topic);
    let repeated: Vec<TopicPost> = (seq + 1..)
        .zip(again.items)
        .map(|(seq, item)| TopicPost { seq, ..item })
        .collect();
    let replay = PostBatch {
        items: repeated,
        ..again
    };
    bob.act(async || bob.client.topic_posts(topic, &replay).await)
        .unwrap();
    assert_eq!(bob.words(topic), words);
    assert!(bob.refused().iter().all(|code| code == "duplicate-message"));
}

/// A post with changed bytes, and one of another topic.
// PST-16
#[test]
fn t17_what_is_not_authentic_is_told_and_shown_to_nobody() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let other = alice.found(Visibility::Open, History::Everything);
    bob.catch_up(topic);
    alice.tell(topic, "one");
    alice.tell(other, "elsewhere");
    let elsewhere = stage.relay.borrow_mut().topic(other).posts.clone();
    let (_, seq, _) = bob.cursor_of(topic);
    let mut batch = stage.relay.borrow_mut().topic(topic).after(seq);
    let last = batch.items[0].post.as_mut().unwrap().last_mut().unwrap();
    *last ^= 1;
    let others = elsewhere.into_iter().chain([vec![1, 2, 3]]).map(Some);
    for (seq, post) in (seq + 2..).zip(others) {
        batch.items.push(TopicPost {
            seq,
            post,
            dropped: None,
        });
    }
    bob.heard();
    bob.act(async || bob.client.topic_posts(topic, &batch).await)
        .unwrap();
    let refused = bob.refused();
    assert_eq!(refused.len(), batch.items.len(), "{refused:?}");
    assert!(bob.words(topic).is_empty());
}

/// The relay serves a group of its own making under the topic's id.
#[test]
fn t33_a_made_up_group_is_noticed_by_who_has_a_link() {
    let stage = Stage::new();
    let (alice, _, topic) = pair(&stage, History::Everything);
    let link = alice.link(topic, true);
    let mallory = stage.member("mallory");
    let other = mallory.found(Visibility::Invite, History::Everything);
    let carol = stage.member("carol");
    let offer = stage.relay.borrow_mut().topic(other).offer();
    let now = carol.now();
    let before = carol.store.dump();
    let refused = carol
        .act(async || {
            carol
                .client
                .begin_join(topic, Some(&link), &offer, now)
                .await
        })
        .unwrap_err();
    assert_eq!(refused.code(), "topic-mismatch");
    assert_eq!(carol.store.dump(), before);
}

#[test]
fn t33_a_policy_that_does_not_lead_from_the_genesis_is_noticed() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.want_moderator(topic, &bob);
    alice.send_all();
    let link = alice.link(topic, true);
    let carol = stage.member("carol");
    let whole = stage.relay.borrow_mut().topic(topic).offer();
    assert_eq!(whole.policies.len(), 2);
    let now = carol.now();
    for policies in [
        vec![],
        vec![whole.policies[0].clone()],
        vec![whole.policies[1].clone()],
        vec![whole.policies[1].clone(), whole.policies[0].clone()],
    ] {
        let mut offer = whole.clone();
        offer.policies = policies;
        let refused = carol
            .act(async || {
                carol
                    .client
                    .begin_join(topic, Some(&link), &offer, now)
                    .await
            })
            .unwrap_err();
        assert_eq!(refused.code(), "policy-chain");
    }
}

/// Bob was here before: the relay shows him the topic as it was earlier.
#[test]
fn t33_who_comes_back_notices_an_older_group() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let earlier = stage.relay.borrow_mut().topic(topic).offer();
    let link = alice.link(topic, true);
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    bob.catch_up(topic);
    bob.act(async || bob.client.topic_gone(topic).await)
        .unwrap();
    let now = bob.now();
    let refused = bob
        .act(async || {
            bob.client
                .begin_join(topic, Some(&link), &earlier, now)
                .await
        })
        .unwrap_err();
    assert_eq!(refused.code(), "topic-rollback");
    // As it is now he takes his own place again, and reads on.
    bob.join(topic, None);
    alice.catch_up(topic);
    alice.tell(topic, "welcome back");
    bob.catch_up(topic);
    assert_eq!(bob.words(topic), ["welcome back"]);
    assert_eq!(alice.state(topic).members, 3);
}

/// Bob is a member and makes links to keys that are none, before the honest ones are there.
// PST-7
#[test]
fn t35_a_members_garbage_links_destroy_no_history() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    for text in ["one", "two"] {
        alice.tell(topic, text);
    }
    let (carol, dave) = (stage.member("carol"), stage.member("dave"));
    alice.add(topic, &carol);
    bob.catch_up(topic);
    let forger = device(&bob);
    let (epoch, ..) = bob.cursor_of(topic);
    let key = archive_key(&bob, topic, epoch);
    {
        let mut relay = stage.relay.borrow_mut();
        let held = relay.topic(topic);
        for to in 0..epoch {
            let garbage = garbage_link(&forger, topic, (epoch, &key), to);
            held.links.insert(0, garbage);
        }
        held.links.insert(0, b"no link".to_vec());
        let link_bytes = held.links.last().unwrap().clone();
        held.links
            .insert(0, link_bytes[..link_bytes.len() - 9].to_vec());
    }
    carol.read_back(topic);
    assert_eq!(carol.words(topic), ["one", "two"]);
    alice.add(topic, &dave);
    dave.read_back(topic);
    assert_eq!(dave.words(topic), ["one", "two"]);
}

/// What only a moderator or an author may do.
#[test]
fn t24_a_member_moderates_nothing() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let post = alice.tell(topic, "of alice");
    bob.catch_up(topic);
    let not_permitted = [
        NewPost::Pin {
            post_id: post.id,
            removed: false,
        },
        NewPost::Delete { post_id: post.id },
        NewPost::Edit {
            post_id: post.id,
            text: "of bob".into(),
            mentions: Vec::new(),
        },
    ];
    for act in not_permitted {
        assert_eq!(bob.post(topic, &act).unwrap_err().code(), "forbidden");
    }
    for action in [
        TopicAction::Remove {
            user_id: alice.id(),
            ban: false,
        },
        TopicAction::Unban {
            user_id: alice.id(),
        },
        TopicAction::Policy {
            roles: vec![(bob.id(), 1)],
            visibility: None,
            history: None,
            inviters: None,
        },
    ] {
        assert_eq!(bob.want(topic, &action).unwrap_err().code(), "forbidden");
    }
    alice.catch_up(topic);
    assert_eq!(alice.words(topic), ["of alice"]);
}

/// Bob's client does not care what he may, and the relay takes it.
// PST-14
#[test]
fn t16_what_a_member_may_not_do_to_a_post_counts_for_nothing() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let post = alice.tell(topic, "of alice");
    bob.catch_up(topic);
    let post_id = post.id;
    let hostile = [
        PostContent::Edit {
            post_id,
            text: "of bob".into(),
            mentions: Vec::new(),
        },
        PostContent::Delete { post_id },
        PostContent::ModeratorDelete { post_id },
        PostContent::Pin {
            post_id,
            removed: Flag(false),
        },
        PostContent::Info {
            title: "of bob".into(),
            description: String::new(),
        },
    ];
    for (number, content) in (1_u8..).zip(&hostile) {
        let forged = forged_post(&bob, topic, PostId::from_bytes([number; 16]), content);
        stage.relay.borrow_mut().topic(topic).posts.push(forged);
    }
    alice.heard();
    alice.catch_up(topic);
    let shown = &alice.posts(topic)[0];
    assert_eq!(shown.text.as_deref(), Some("of alice"));
    assert!(!shown.edited && shown.deleted.is_none() && !shown.pinned);
    assert_eq!(alice.state(topic).title, "Gardening");
    assert_eq!(alice.refused(), ["forbidden"; 3]);
}

/// Bob pinned another account key for Carol than the one that Alice added.
// PST-10
#[test]
fn t01_nothing_is_posted_beside_a_key_that_is_not_the_pinned_one() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let (carol, other) = (stage.member("carol"), stage.member("other"));
    bob.meet(&carol);
    let pinned = device(&carol).certificate().account_key();
    let another = device(&other).certificate().account_key();
    let key = carol.id().as_bytes().to_vec();
    let mut record = bob.store.dump().only(&["users"])[&("users", key.clone())].clone();
    let at = record
        .windows(32)
        .position(|window| window == pinned.as_bytes());
    let at = at.unwrap();
    record[at..at + 32].copy_from_slice(another.as_bytes());
    bob.store.overwrite(Collection::Users, &key, &record);
    let bob = bob.restarted();
    alice.add(topic, &carol);
    bob.catch_up(topic);
    assert_eq!(bob.state(topic).blocked, [carol.id()]);
    let text = NewPost::Text {
        text: "to whom?".into(),
        parent_id: None,
        mentions: Vec::new(),
    };
    assert_eq!(bob.post(topic, &text).unwrap_err().code(), "key-changed");
    alice.remove(topic, &carol, false);
    bob.catch_up(topic);
    assert!(bob.state(topic).blocked.is_empty());
    bob.post(topic, &text).unwrap();
}

/// Posting stops when the pin moves away from the key in the group, and goes on when it comes back, without a word from the group.
// PST-10
#[test]
fn t01_posts_wait_while_the_pinned_key_is_another_than_the_one_in_the_topic() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let truth = stage.world.relay.borrow().document(bob.id()).unwrap();
    let forged = Forged::of(bob.id(), bob.address().device_id).document("bob");
    let learn = |document: &UserDocument| {
        let now = alice.now();
        alice
            .act(async || alice.client.learn_user(document, now).await)
            .unwrap();
    };
    let accept = || {
        alice
            .act(async || alice.client.accept_key_change(bob.id(), None).await)
            .unwrap();
    };
    let text = |text: &str| NewPost::Text {
        text: text.into(),
        parent_id: None,
        mentions: Vec::new(),
    };
    // What is shown is no reason yet: nothing is sealed to it.
    learn(&forged);
    alice.tell(topic, "under the true key");
    // This one waits on the disk when the pin moves.
    alice.write_post(topic, "written before");
    accept();
    alice.heard();
    assert!(
        matches!(alice.forum_step(), ForumStep::Idle),
        "nothing is posted"
    );
    let told = |blocked: &[UserId]| {
        let heard = alice.heard();
        heard
            .iter()
            .any(|event| matches!(event, Event::Topic(shown) if shown.blocked == blocked))
    };
    assert!(told(&[bob.id()]));
    assert_eq!(alice.state(topic).blocked, [bob.id()]);
    let refused = alice.post(topic, &text("to whom?")).unwrap_err();
    assert_eq!(refused.code(), "key-changed");

    // Also without a step in between: the next post is the first that could notice.
    learn(&truth);
    accept();
    alice.heard();
    alice.post(topic, &text("written after")).unwrap();
    assert!(told(&[]));
    alice.send_all();
    bob.catch_up(topic);
    let words = ["under the true key", "written before", "written after"];
    assert_eq!(bob.words(topic), words);
    learn(&forged);
    accept();
    let refused = alice.post(topic, &text("to whom?")).unwrap_err();
    assert_eq!(refused.code(), "key-changed");
    alice.remove(topic, &bob, false);
    alice.post(topic, &text("without bob")).unwrap();
}

/// Who came in unknown is judged when the relay first tells of them.
// PST-10
#[test]
fn t01_a_member_who_is_pinned_after_they_came_in_is_judged_then() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    bob.catch_up(topic);
    assert!(bob.state(topic).blocked.is_empty());
    let forged = Forged::of(carol.id(), carol.address().device_id).document("carol");
    let now = bob.now();
    bob.act(async || bob.client.learn_user(&forged, now).await)
        .unwrap();
    bob.forum_step();
    assert_eq!(bob.state(topic).blocked, [carol.id()]);
}
