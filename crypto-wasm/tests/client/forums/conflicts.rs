//! Two at once, and being killed in between.

use crypto_wasm::client::forums::{ForumCall, ForumStep, History, TopicAction, TopicId};

use super::member::{Member, Stage};
use super::pair;

fn title(member: &Member, topic: TopicId, title: &str) {
    let action = TopicAction::Info {
        title: title.to_owned(),
        description: String::new(),
    };
    member.want(topic, &action).unwrap();
}

/// Bob has commits and posts for an epoch that is over by the time they reach the relay.
// PST-11
#[test]
fn what_was_made_for_an_epoch_that_is_over_is_made_again() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.want_moderator(topic, &bob);
    alice.send_all();
    bob.catch_up(topic);
    let (carol, dave, erin) = (
        stage.member("carol"),
        stage.member("dave"),
        stage.member("erin"),
    );
    alice.add(topic, &carol);
    bob.catch_up(topic);
    for other in [&dave, &erin] {
        bob.meet(other);
        alice.meet(other);
    }
    let add = |other: &Member| TopicAction::Add {
        user_id: other.id(),
        key_packages: vec![other.key_package()],
    };
    bob.want(topic, &add(&dave)).unwrap();
    bob.write_post(topic, "of bob");
    // Bob's commit is made and stored; Alice's two come first, one of them a removal.
    assert!(matches!(bob.forum_step(), ForumStep::Call { .. }));
    alice.want(topic, &add(&erin)).unwrap();
    alice.send_all();
    alice.remove(topic, &carol, false);
    alice.tell(topic, "of alice");
    bob.send_all();
    dave.welcomed(topic);
    erin.welcomed(topic);
    let words = ["of alice", "of bob"];
    for member in [&alice, &bob, &dave, &erin] {
        member.catch_up(topic);
        member.send_all();
        member.read_back(topic);
        assert_eq!(member.words(topic), words, "{}", member.name);
        assert_eq!(member.state(topic).members, 4);
        assert_eq!(member.cursor_of(topic).0, alice.cursor_of(topic).0);
    }
}

/// The call is carried out, and its answer lost with the process.
// PST-11
#[test]
fn what_was_under_way_is_sent_again_byte_for_byte() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.write_post(topic, "once");
    title(&alice, topic, "Trees");
    alice.want_moderator(topic, &bob);
    let mut killed = 0;
    let mut now = alice;
    while let ForumStep::Call {
        entry,
        topic_id,
        call,
    } = now.forum_step()
    {
        let _lost = now.carry(topic_id, &call);
        killed += 1;
        now = now.restarted();
        let ForumStep::Call {
            entry: again,
            call: same,
            ..
        } = now.forum_step()
        else {
            panic!("forgotten");
        };
        assert!(again == entry && same == call, "other bytes for {call:?}");
        let answer = now.carry(topic_id, &same);
        assert!(answer.is_ok());
        now.report(again, topic_id, answer);
    }
    assert!(killed >= 3);
    bob.catch_up(topic);
    assert_eq!(bob.words(topic), ["once"]);
    assert_eq!(bob.state(topic).title, "Trees");
    assert_eq!(bob.state(topic).epoch, now.state(topic).epoch);
    assert_eq!(now.words(topic), ["once"]);
}

/// Its own commit comes back as one of the relay's before it hears that it was taken.
// PST-11
#[test]
fn an_own_commit_that_comes_back_is_applied_once() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    alice.remove_later(topic, &bob);
    let ForumStep::Call { topic_id, call, .. } = alice.forum_step() else {
        panic!("nothing waits");
    };
    assert!(matches!(call, ForumCall::Commit { .. }));
    assert!(alice.carry(topic_id, &call).is_ok());
    let later = alice.restarted();
    later.catch_up(topic);
    assert_eq!(later.forum_step(), ForumStep::Idle);
    assert_eq!(later.state(topic).members, 1);
    later.tell(topic, "alone");
    assert_eq!(later.words(topic), ["alone"]);
}

/// Carol's way in is lost on the way once and taken the second time; and a stale one is told.
#[test]
fn a_join_that_comes_too_late_is_told_and_can_be_begun_again() {
    let stage = Stage::new();
    let (alice, bob, topic) = pair(&stage, History::Everything);
    let link = alice.link(topic, true);
    let carol = stage.member("carol");
    carol.begin_join(topic, Some(&link)).unwrap();
    bob.catch_up(topic);
    alice.want_moderator(topic, &bob);
    alice.send_all();
    let ForumStep::Call {
        entry,
        topic_id,
        call,
    } = carol.forum_step()
    else {
        panic!("nothing waits");
    };
    let (refusal, epoch) = carol.carry(topic_id, &call).unwrap_err();
    carol
        .act(async || carol.client.forum_refused(entry, &refusal, epoch).await)
        .unwrap();
    assert_eq!(carol.standing(topic), "failed");
    carol.join(topic, Some(&link));
    alice.catch_up(topic);
    assert_eq!(alice.state(topic).members, 3);
}
