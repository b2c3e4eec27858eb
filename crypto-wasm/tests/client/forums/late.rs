//! Words slipped into the past: a removed member has the keys of earlier epochs, and the relay shows them as it likes.

use crypto_wasm::client::Event;
use crypto_wasm::client::forums::{
    ForumCall, History, NewPost, PostBatch, TopicAction, TopicId, TopicPost,
};
use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::cover::{Cover, EpochCover, Trail};
use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::PostContent;
use crypto_wasm::wire::{PostId, Version1, Wire as _};

use super::forge::{device, forged_post};
use super::member::{Member, Stage};
use super::pair;
use crate::support::TestRng;

/// Alice's topic with Bob and Carol, all of whom have seen what Bob said.
fn three(stage: &Stage) -> (Member, Member, Member, TopicId) {
    let (alice, bob, topic) = pair(stage, History::Everything);
    let carol = stage.member("carol");
    alice.add(topic, &carol);
    bob.catch_up(topic);
    (alice, bob, carol, topic)
}

fn text(words: &str) -> PostContent {
    PostContent::Text {
        text: words.to_owned(),
        mentions: Vec::new(),
    }
}

/// What Bob makes after he was removed, of which he does not know.
fn slip(bob: &Member, topic: TopicId, content: &PostContent) -> Vec<u8> {
    forged_post(bob, topic, PostId::from_bytes([0x51; 16]), content)
}

/// Words, and whether they are late.
fn shown(member: &Member, topic: TopicId) -> Vec<(String, bool)> {
    let posts = member.posts(topic).into_iter();
    posts
        .map(|post| (post.text.unwrap_or_default(), post.late))
        .collect()
}

fn words(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
    let words = expected.iter();
    words
        .map(|(text, late)| ((*text).to_owned(), *late))
        .collect()
}

fn push(stage: &Stage, topic: TopicId, post: Vec<u8>) {
    stage.relay.borrow_mut().topic(topic).posts.push(post);
}

fn take(member: &Member, topic: TopicId, batch: &PostBatch) {
    for _ in 0..9 {
        let taken = member
            .act(async || member.client.topic_posts(topic, batch).await)
            .unwrap();
        if taken.users.is_empty() {
            return;
        }
        for user in taken.users {
            member.learn(user).unwrap();
        }
    }
    panic!("{} asks again and again", member.name);
}

// PST-21, PST-22
#[test]
fn t17_words_slipped_into_the_past_are_shown_as_late() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    bob.tell(topic, "in time");
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    alice.tell(topic, "after");
    let slipped = slip(&bob, topic, &text("slipped"));
    push(&stage, topic, slipped);
    let expected = words(&[("in time", false), ("after", false), ("slipped", true)]);
    for member in [&alice, &carol] {
        member.catch_up(topic);
        assert_eq!(shown(member, topic), expected, "{}", member.name);
    }
    // Alice has it too, so her next commit covers it: too late, for Bob was gone.
    let dave = stage.member("dave");
    alice.add(topic, &dave);
    for member in [&alice, &carol] {
        member.catch_up(topic);
        assert_eq!(shown(member, topic), expected, "{}", member.name);
    }
    // Dave was not there, and cannot tell.
    dave.read_back(topic);
    let posts = dave.posts(topic);
    assert!(posts.iter().all(|post| post.before_join && !post.late));
}

/// Carol gets the post first and the commit that removed Bob afterwards.
// PST-22
#[test]
fn t17_a_relay_that_holds_a_removal_back_is_found_out_by_it() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    bob.tell(topic, "in time");
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    let slipped = slip(&bob, topic, &text("slipped"));
    push(&stage, topic, slipped);
    let batch = stage.relay.borrow_mut().topic(topic).after(0);
    take(&carol, topic, &batch);
    let before = words(&[("in time", false), ("slipped", false)]);
    assert_eq!(shown(&carol, topic), before);
    carol.heard();
    carol.take_commits(topic).unwrap();
    let after = words(&[("in time", false), ("slipped", true)]);
    assert_eq!(shown(&carol, topic), after);
    let updated = carol.heard().into_iter().filter_map(|event| match event {
        Event::PostUpdated(post) => Some((post.text.unwrap(), post.late)),
        _ => None,
    });
    assert_eq!(updated.collect::<Vec<_>>(), after[1..]);
}

/// In another order nothing of the removed fits, and nobody else's words suffer.
// PST-20
#[test]
fn t17_what_is_slipped_in_between_makes_the_words_of_the_removed_late() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    bob.tell(topic, "one");
    alice.tell(topic, "two");
    bob.tell(topic, "three");
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    let slipped = slip(&bob, topic, &text("slipped"));
    let mut posts = stage.relay.borrow_mut().topic(topic).posts.clone();
    // After "one": the last three are what was said since Carol came.
    posts.insert(posts.len() - 2, slipped);
    let items = (1..).zip(posts).map(|(seq, post)| TopicPost {
        seq,
        post: Some(post),
        dropped: None,
    });
    let batch = PostBatch {
        items: items.collect(),
        first: 1,
        ..PostBatch::default()
    };
    take(&carol, topic, &batch);
    carol.take_commits(topic).unwrap();
    let expected = [
        ("one", true),
        ("slipped", true),
        ("two", false),
        ("three", true),
    ];
    assert_eq!(shown(&carol, topic), words(&expected));
}

/// Another text for words that were said in time.
// PST-22
#[test]
fn t17_a_late_edit_is_refused_or_shown_as_late() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    let said = bob.tell(topic, "in time");
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    let edit = PostContent::Edit {
        post_id: said.id,
        text: "other words".to_owned(),
        mentions: Vec::new(),
    };
    let edit = slip(&bob, topic, &edit);
    push(&stage, topic, edit);
    // Alice knows of the removal, Carol does not yet.
    alice.heard();
    alice.catch_up(topic);
    assert_eq!(shown(&alice, topic), words(&[("in time", false)]));
    assert_eq!(alice.refused(), ["late-post"]);
    let batch = stage.relay.borrow_mut().topic(topic).after(0);
    take(&carol, topic, &batch);
    assert_eq!(shown(&carol, topic), words(&[("other words", false)]));
    carol.take_commits(topic).unwrap();
    assert_eq!(shown(&carol, topic), words(&[("other words", true)]));
}

/// The commit is there before the posts that it covers, and these come in parts.
// PST-20
#[test]
fn who_was_away_compares_covers_as_posts_come() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    for number in 0..6 {
        bob.tell(topic, &format!("{number}"));
        if number == 2 {
            // Somebody else's commit in between, which covers nothing.
            let link = alice.link(topic, false);
            stage.member("erin").join(topic, Some(&link));
            bob.catch_up(topic);
        }
    }
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    carol.take_commits(topic).unwrap();
    let whole = stage.relay.borrow_mut().topic(topic).after(0);
    for items in whole.items.chunks(2) {
        let items = items.to_vec();
        take(
            &carol,
            topic,
            &PostBatch {
                items,
                ..whole.clone()
            },
        );
    }
    let all: Vec<_> = (0..6).map(|number| (number.to_string(), false)).collect();
    assert_eq!(shown(&carol, topic), all);
    // Listeners heard the same in the end.
    let mut told = std::collections::BTreeMap::new();
    for event in carol.heard() {
        if let Event::Post(post) | Event::PostUpdated(post) = event {
            told.insert(post.order, (post.text.unwrap(), post.late));
        }
    }
    assert_eq!(told.into_values().collect::<Vec<_>>(), all);
    assert_eq!(shown(&alice, topic), all);
}

/// Bob's post of the epoch just over: the commit that ends it does not cover it, the next one does.
// PST-21
#[test]
fn a_post_that_crossed_a_commit_is_covered_by_the_next() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    let (dave, erin) = (stage.member("dave"), stage.member("erin"));
    alice.add(topic, &dave);
    bob.tell(topic, "crossed");
    carol.catch_up(topic);
    assert_eq!(shown(&carol, topic), words(&[("crossed", false)]));
    alice.catch_up(topic);
    alice.add(topic, &erin);
    alice.remove(topic, &bob, false);
    for member in [&alice, &carol] {
        member.catch_up(topic);
        assert_eq!(shown(member, topic), words(&[("crossed", false)]));
    }
}

/// Nobody can tell what the remover had not seen from what was made afterwards.
// PST-22
#[test]
fn what_the_remover_had_not_seen_is_late() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    bob.tell(topic, "seen");
    alice.catch_up(topic);
    bob.tell(topic, "not seen");
    alice.remove(topic, &bob, false);
    let expected = words(&[("seen", false), ("not seen", true)]);
    for member in [&alice, &carol] {
        member.catch_up(topic);
        assert_eq!(shown(member, topic), expected);
    }
}

/// The relay lets go of a deleted post: what it says of it fits, or nothing after it does.
// PST-20
#[test]
fn a_post_that_was_deleted_leaves_its_place_in_the_trail() {
    for honest in [true, false] {
        let stage = Stage::new();
        let (alice, bob, carol, topic) = three(&stage);
        let first = bob.tell(topic, "first");
        bob.tell(topic, "second");
        alice.catch_up(topic);
        let deletion = NewPost::Delete { post_id: first.id };
        alice.post(topic, &deletion).unwrap();
        alice.send_all();
        alice.catch_up(topic);
        alice.remove(topic, &bob, false);
        let mut batch = stage.relay.borrow_mut().topic(topic).after(0);
        let dropped = batch.items.iter_mut().filter_map(|item| {
            assert!(item.post.is_some() != item.dropped.is_some());
            item.dropped.as_mut()
        });
        let dropped: Vec<_> = dropped.collect();
        assert_eq!(dropped.len(), 1);
        for dropped in dropped {
            if !honest {
                dropped.digest[0] ^= 1;
            }
        }
        carol.take_commits(topic).unwrap();
        take(&carol, topic, &batch);
        assert_eq!(shown(&carol, topic), words(&[("second", !honest)]));
    }
}

/// What was deleted in an epoch that Carol does not know of yet waits for its commit, or her trail would lack it.
// PST-20
#[test]
fn a_deleted_post_of_a_later_epoch_waits_for_the_commit() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    carol.catch_up(topic);
    let link = alice.link(topic, false);
    stage.member("dave").join(topic, Some(&link));
    bob.take_commits(topic).unwrap();
    let first = bob.tell(topic, "first");
    bob.tell(topic, "second");
    let deletion = NewPost::Delete { post_id: first.id };
    bob.catch_up(topic);
    bob.post(topic, &deletion).unwrap();
    bob.send_all();
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    let (_, seq, _) = carol.cursor_of(topic);
    let mut batch = stage.relay.borrow_mut().topic(topic).after(seq);
    batch.items.truncate(1);
    assert!(batch.items[0].dropped.is_some());
    let taken = carol.act(async || carol.client.topic_posts(topic, &batch).await);
    assert!(taken.unwrap().behind);
    carol.catch_up(topic);
    assert_eq!(shown(&carol, topic), words(&[("second", false)]));
}

/// Carol was added while she was away, and Bob spoke and went before she came.
#[test]
fn who_is_added_while_away_can_tell_from_its_first_epoch_on() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let carol = stage.member("carol");
    alice.meet(&carol);
    let add = TopicAction::Add {
        user_id: carol.id(),
        key_packages: vec![carol.key_package()],
    };
    alice.want(topic, &add).unwrap();
    alice.send_all();
    bob.catch_up(topic);
    bob.tell(topic, "in time");
    alice.catch_up(topic);
    alice.remove(topic, &bob, false);
    let slipped = slip(&bob, topic, &text("slipped"));
    push(&stage, topic, slipped);
    carol.welcomed(topic);
    carol.catch_up(topic);
    let expected = words(&[("in time", false), ("slipped", true)]);
    assert_eq!(shown(&carol, topic), expected);
}

/// Dave's commits say what is not so, or nothing that can be read.
// PST-19
#[test]
fn a_false_cover_vouches_for_nothing_and_stops_nobody() {
    let stage = Stage::new();
    let (alice, bob, carol, topic) = three(&stage);
    let dave = stage.member("dave");
    alice.add(topic, &dave);
    bob.catch_up(topic);
    bob.tell(topic, "not seen");
    let (epoch, ..) = bob.cursor_of(topic);
    let claim = |epoch, posts| {
        let hash = [7; 32];
        let trail = Trail { posts, hash };
        let cover = Cover {
            version: Version1,
            epochs: vec![EpochCover { epoch, trail }],
        };
        cover.to_bytes().unwrap()
    };
    let claims = [
        b"no cover".to_vec(),
        claim(epoch, 1),
        claim(epoch, u32::MAX),
        claim(epoch + 1, 1),
        claim(u64::MAX, 1),
        claim(0, 1),
    ];
    carol.catch_up(topic);
    let records = dave.store.dump().only(&["forum-groups"]);
    let (_, group) = records.iter().next().unwrap();
    let mut group = TopicGroup::import(&device(&dave), group).unwrap();
    for authenticated_data in claims {
        let change = Change {
            authenticated_data,
            ..Change::default()
        };
        let rng = &mut TestRng::new();
        let made = group.commit(&change, dave.now() / 1000, rng).unwrap();
        let call = ForumCall::Commit {
            epoch: made.epoch,
            commit: made.commit,
            group_info: made.group_info,
            links: Vec::new(),
            wraps: Vec::new(),
            welcome: None,
        };
        assert!(dave.carry(topic, &call).is_ok());
        carol.catch_up(topic);
        assert_eq!(carol.cursor_of(topic).0, made.epoch + 1);
        group.apply_pending().unwrap();
    }
    assert_eq!(shown(&carol, topic), words(&[("not seen", false)]));
    alice.take_commits(topic).unwrap();
    alice.remove(topic, &bob, false);
    carol.catch_up(topic);
    assert_eq!(shown(&carol, topic), words(&[("not seen", true)]));
}
