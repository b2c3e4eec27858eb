//! Forums: whose topic it is, one commit an epoch, posts without gaps, KeyPackages once. A store does not look at signatures.

use std::collections::HashSet;
use std::sync::Arc;

use super::fixtures::{address, device, list, refusal, register, revocation};
use crate::domain::forum::{
    AcceptedCommit, AddedDevice, Commit, Deletion, History, Link, LinkRange, NewForum, NewPost,
    NewTopic, NewWelcome, NextGroup, PostRange, Settings, Visibility, Wrap,
};
use crate::domain::prekeys::{KeyPackageUpload, PreKeyUpload};
use crate::domain::{Address, Bytes, ForumId, PostId, Refusal, SecretId, TopicId, Username};
use crate::store::Store;

const FORUM: ForumId = ForumId::from_bytes([1; 16]);
pub(super) const TOPIC: TopicId = TopicId::from_bytes([2; 16]);

const fn settings() -> Settings {
    Settings {
        generation: 0,
        revision: 0,
        visibility: Visibility::Invite,
        history: History::Everything,
        history_days: 0,
    }
}

/// Users 1 to 3, and a topic of user 1.
pub(super) async fn topic(store: &dyn Store) {
    for number in 1..=3 {
        register(store, number, 0).await;
    }
    let forum = NewForum {
        id: FORUM,
        name: "General".into(),
    };
    store.create_first_forum(forum, 0).await.expect("created");
    let founder = address(1, 1);
    let topic = NewTopic {
        id: TOPIC,
        forum_id: FORUM,
        founder,
        certificate: device(founder).certificate,
        settings: settings(),
        public_title: None,
        policy: b"policy 0".to_vec(),
        group_info: b"info 0".to_vec(),
        snapshot: b"snapshot 0".to_vec(),
        digest: [1; 32],
    };
    let created = store.create_topic(topic.clone(), 5).await.expect("created");
    let again = store
        .create_topic(topic.clone(), 9)
        .await
        .expect("the same");
    assert_eq!(created, again);
    let other = NewTopic {
        digest: [2; 32],
        ..topic
    };
    assert_eq!(
        refusal(store.create_topic(other, 9).await),
        Refusal::Conflict
    );
}

/// A commit that brings in and removes these.
pub(super) fn commit(
    by: Address,
    epoch: u64,
    added: &[Address],
    removed: &[Address],
) -> AcceptedCommit {
    let welcome = (!added.is_empty()).then(|| NewWelcome {
        welcome: b"welcome".to_vec(),
        addresses: added.to_vec(),
    });
    AcceptedCommit {
        tree: welcome.as_ref().map(|_| b"tree".to_vec()),
        commit: Commit {
            topic_id: TOPIC,
            committer: by,
            epoch,
            commit: format!("{epoch} by {by:?}").into_bytes(),
            group_info: format!("info {}", epoch + 1).into_bytes(),
            links: Vec::new(),
            wraps: Vec::new(),
            welcome,
        },
        is_external: false,
        added: added
            .iter()
            .map(|address| AddedDevice {
                address: *address,
                certificate: device(*address).certificate,
            })
            .collect(),
        removed: removed.to_vec(),
        settings: settings(),
        policy: None,
        snapshot: None,
    }
}

pub(super) fn post(number: u8, by: Address, epoch: u64) -> NewPost {
    NewPost {
        topic_id: TOPIC,
        generation: 0,
        epoch,
        id: PostId::from_bytes([number; 16]),
        author: by,
        post: Bytes(vec![number]),
        digest: [number; 32],
    }
}

pub(super) async fn forums_are_made_by_administrators(store: &dyn Store) {
    topic(store).await;
    let forum = NewForum {
        id: ForumId::from_bytes([9; 16]),
        name: "Sports".into(),
    };
    let caller = address(2, 1);
    let refused = refusal(store.create_forum(caller, forum.clone(), 0).await);
    assert_eq!(refused, Refusal::Forbidden);
    let administers = || async { store.is_administrator(caller).await.expect("read") };
    assert!(!administers().await);
    let name = Username::parse("user2").expect("a name");
    store.grant_administration(name).await.expect("granted");
    assert!(administers().await);
    let other = store.is_administrator(address(1, 1)).await.expect("read");
    assert!(!other);
    store
        .create_forum(caller, forum.clone(), 0)
        .await
        .expect("created");
    store
        .create_first_forum(forum, 0)
        .await
        .expect("not needed");
    assert_eq!(store.forums(None, 9).await.expect("read").len(), 2);
    let nobody = Username::parse("nobody").expect("a name");
    assert_eq!(
        refusal(store.grant_administration(nobody).await),
        Refusal::NotFound
    );
}

pub(super) async fn commits_are_one_for_each_epoch<S: Store + 'static>(store: S) {
    let store = Arc::new(store);
    topic(store.as_ref()).await;
    let (first, second) = (address(1, 1), address(2, 1));
    let stranger = refusal(store.commit(commit(second, 0, &[], &[]), 1).await);
    assert_eq!(stranger, Refusal::NotFound);
    store
        .commit(commit(first, 0, &[second], &[]), 1)
        .await
        .expect("committed");
    let rivals = [first, second].map(|by| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.commit(commit(by, 1, &[], &[]), 2).await })
    });
    let mut taken = 0;
    for rival in rivals {
        match rival.await.expect("an end") {
            Ok(committed) => {
                assert_eq!((committed.epoch, committed.is_new), (2, true));
                taken += 1;
            }
            refused => assert_eq!(refusal(refused), Refusal::EpochConflict { epoch: 2 }),
        }
    }
    assert_eq!(taken, 1);
    let again = store
        .commit(commit(first, 0, &[second], &[]), 3)
        .await
        .expect("the same");
    assert_eq!((again.epoch, again.is_new), (1, false));
    let stored = store.stored_group(TOPIC).await.expect("read");
    assert_eq!(
        (stored.snapshot.as_slice(), stored.log.len()),
        (&b"snapshot 0"[..], 2)
    );
    let mut snapshot = commit(first, 2, &[], &[]);
    snapshot.snapshot = Some(b"snapshot 3".to_vec());
    store.commit(snapshot, 4).await.expect("committed");
    let stored = store.stored_group(TOPIC).await.expect("read");
    assert_eq!(
        (stored.snapshot.as_slice(), stored.log.len()),
        (&b"snapshot 3"[..], 0)
    );
    let page = store.commits(second, TOPIC, 0, 2).await.expect("read");
    assert_eq!((page.items.len(), page.next), (2, Some(2)));
}

pub(super) async fn membership_begins_and_ends_with_commits(store: &dyn Store) {
    topic(store).await;
    let (first, second, third) = (address(1, 1), address(2, 1), address(3, 1));
    assert_eq!(refusal(store.topic(second, TOPIC).await), Refusal::NotFound);
    store
        .commit(commit(first, 0, &[second, third], &[]), 1)
        .await
        .expect("committed");
    assert_eq!(store.topic(second, TOPIC).await.expect("read").members, 3);
    let posted = store.post(post(70, first, 1), 1).await;
    assert_eq!(posted.expect("posted").seq, 1);
    let welcomes = store.welcomes(second, 0, 9).await.expect("read");
    assert_eq!(welcomes.len(), 1);
    // What was posted since is new to whom it is for.
    assert!(welcomes.iter().all(|(_, welcome)| welcome.last_seq == 0));
    store.drop_welcome(second, TOPIC, 1).await.expect("dropped");
    assert!(store.welcomes(second, 0, 9).await.expect("read").is_empty());
    assert_eq!(store.welcomes(third, 0, 9).await.expect("read").len(), 1);
    let (links, wraps) = (link(), wrap(1));
    store
        .add_links(second, TOPIC, vec![links], vec![wraps], 1)
        .await
        .expect("added");
    assert_eq!(
        refusal(
            store
                .add_links(second, TOPIC, vec![], vec![wrap(0)], 1)
                .await
        ),
        Refusal::EpochConflict { epoch: 1 }
    );
    pages_of_links(store, second).await;
    store
        .commit(commit(first, 1, &[], &[second]), 2)
        .await
        .expect("committed");
    let group = store.topic_group(first, TOPIC).await.expect("read");
    assert!(group.wraps.is_empty(), "a removal ends all link secrets");
    assert_eq!(
        refusal(store.posts(second, TOPIC, PostRange::After(0), 9).await),
        Refusal::NotFound
    );
    let page = store.commits(second, TOPIC, 0, 9).await.expect("read");
    assert_eq!(page.items.len(), 2);
    store
        .leave(third, TOPIC, Bytes(b"leave".to_vec()))
        .await
        .expect("left");
    assert_eq!(refusal(store.topic(third, TOPIC).await), Refusal::NotFound);
    assert_eq!(
        refusal(store.commit(commit(third, 2, &[], &[]), 3).await),
        Refusal::NotFound
    );
    let group = store.topic_group(first, TOPIC).await.expect("read");
    assert_eq!(group.leaves.len(), 1);
    assert_eq!(store.topic(first, TOPIC).await.expect("read").members, 1);
    let unknown = commit(first, 2, &[address(2, 7)], &[]);
    assert!(matches!(
        refusal(store.commit(unknown, 3).await),
        Refusal::CommitRefused { .. }
    ));
}

/// Four links from two epochs, by pages of which one ends within an epoch.
async fn pages_of_links(store: &dyn Store, member: Address) {
    let made = |from_epoch, text: &str| Link {
        from_epoch,
        encoded: text.as_bytes().to_vec(),
        ..link()
    };
    let links = vec![made(0, "zero"), made(1, "second"), made(1, "third")];
    store
        .add_links(member, TOPIC, links, vec![], 1)
        .await
        .expect("added");
    let mut range = LinkRange {
        first: 0,
        last: 1 << 40,
        after: None,
        limit: 2,
    };
    for expected in [&["link", "second"][..], &["third", "zero"], &[]] {
        let page = store.links(member, TOPIC, range).await.expect("read");
        let texts: Vec<_> = page.links.iter().map(|link| link.as_slice()).collect();
        let expected: Vec<_> = expected.iter().map(|text| text.as_bytes()).collect();
        assert_eq!(texts, expected);
        assert_eq!(page.next.is_none(), expected.is_empty());
        range.after = page.next;
    }
    range.last = 0;
    let page = store.links(member, TOPIC, range).await.expect("read");
    assert_eq!(page.links.len(), 1);
}

/// The next group: who was in the one before reads the log to its end and nothing else, until it is brought in.
pub(super) async fn next_groups_begin_with_their_founder(store: &dyn Store) {
    topic(store).await;
    let (first, second, third) = (address(1, 1), address(2, 1), address(3, 1));
    store
        .commit(commit(first, 0, &[second, third], &[]), 1)
        .await
        .expect("committed");
    let epoch = 1 << 32;
    let next = |after| NextGroup {
        topic_id: TOPIC,
        founder: first,
        after,
        epoch,
        settings: Settings {
            generation: 1,
            revision: 1,
            ..settings()
        },
        policy: b"policy 1".to_vec(),
        group_info: b"next info".to_vec(),
        snapshot: b"next snapshot".to_vec(),
        digest: [7; 32],
    };
    assert_eq!(
        refusal(store.succeed(next(0)).await),
        Refusal::EpochConflict { epoch: 1 }
    );
    let mut stranger = next(1);
    stranger.founder = address(9, 1);
    assert_eq!(
        refusal(store.succeed(stranger).await),
        Refusal::Unauthorized
    );
    let mut left = store.succeed(next(1)).await.expect("stored");
    left.sort_unstable();
    assert_eq!(left, [second, third]);
    let now = store.topic(first, TOPIC).await.expect("read");
    assert_eq!((now.generation, now.epoch, now.members), (1, epoch, 1));
    let stored = store.stored_group(TOPIC).await.expect("read");
    assert_eq!(
        (stored.snapshot.as_slice(), stored.log.len()),
        (&b"next snapshot"[..], 0)
    );
    let access = store.topic_access(second, TOPIC, 0).await.expect("read");
    assert_eq!((access.digest, access.has_leaf), ([7; 32], false));
    let material = store.join_material(TOPIC).await.expect("read");
    assert_eq!((material.epoch, material.policies.len()), (epoch, 2));
    assert!(store.welcomes(second, 0, 9).await.expect("read").is_empty());
    for gone in [second, third] {
        assert_eq!(
            store
                .commits(gone, TOPIC, 0, 9)
                .await
                .expect("read")
                .items
                .len(),
            1
        );
        assert_eq!(
            refusal(store.topic_group(gone, TOPIC).await),
            Refusal::NotFound
        );
    }
    store
        .commit(commit(first, epoch, &[second], &[]), 2)
        .await
        .expect("committed");
    assert_eq!(store.welcomes(second, 0, 9).await.expect("read").len(), 1);
    let log = store
        .commits(second, TOPIC, 0, 9)
        .await
        .expect("read")
        .items;
    assert_eq!(
        log.iter().map(|item| item.epoch).collect::<Vec<_>>(),
        [0, epoch]
    );
}

fn link() -> Link {
    Link {
        generation: 0,
        from_epoch: 1,
        to_epoch: 0,
        encoded: b"link".to_vec(),
    }
}

fn wrap(epoch: u64) -> Wrap {
    Wrap {
        generation: 0,
        epoch,
        secret_id: SecretId::from_bytes([4; 16]),
        encoded: b"wrap".to_vec(),
    }
}

pub(super) async fn posts_are_contiguous<S: Store + 'static>(store: S) {
    let store = Arc::new(store);
    topic(store.as_ref()).await;
    let author = address(1, 1);
    let posts = (1..=50).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.post(post(number, author, 0), 7).await })
    });
    let mut seqs = HashSet::new();
    for posted in posts.collect::<Vec<_>>() {
        seqs.insert(posted.await.expect("an end").expect("posted").seq);
    }
    assert_eq!(seqs, (1..=50).collect());
    assert!(
        !store
            .post(post(1, author, 0), 9)
            .await
            .expect("the same")
            .is_new
    );
    let mut other = post(1, author, 0);
    other.digest = [99; 32];
    assert_eq!(refusal(store.post(other, 9).await), Refusal::Conflict);
    assert_eq!(
        refusal(store.post(post(60, author, 1), 9).await),
        Refusal::EpochConflict { epoch: 0 }
    );
    assert_eq!(
        refusal(store.post(post(60, address(2, 1), 0), 9).await),
        Refusal::NotFound
    );
    let page = store
        .posts(author, TOPIC, PostRange::Before(4), 9)
        .await
        .expect("read");
    let found: Vec<u64> = page.items.iter().map(|item| item.seq).collect();
    assert_eq!(
        (found, page.first, page.last, page.authors.len()),
        (vec![3, 2, 1], 1, 50, 1)
    );
    let deletion = Deletion {
        topic_id: TOPIC,
        post_id: PostId::from_bytes([1; 16]),
    };
    store.delete_post(author, deletion).await.expect("deleted");
    let page = store
        .posts(author, TOPIC, PostRange::After(0), 99)
        .await
        .expect("read");
    let mut gone = page.items.iter().filter(|item| item.post.is_none());
    let gone = gone.next_back().expect("one was deleted");
    let left = gone.dropped.as_ref().expect("what is left of it");
    assert_eq!(left.id, deletion.post_id);
    assert_eq!((left.generation, left.epoch), (0, 0));
    assert_eq!(left.digest, Bytes(post(1, author, 0).digest.to_vec()));
    let kept = page.items.iter().filter(|item| item.dropped.is_none());
    assert_eq!(kept.count(), 49, "of the others nothing is said");
}

pub(super) async fn revoked_devices_leave_topics_and_key_packages(store: &dyn Store) {
    let mut user = register(store, 4, 0).await;
    topic(store).await;
    let (first, kept, gone) = (address(1, 1), address(4, 1), address(4, 2));
    user.link(store, kept, &[kept, gone]).await;
    let upload = PreKeyUpload {
        key_packages: KeyPackageUpload {
            one_time: vec![b"one".to_vec()],
            last_resort: Some(b"last".to_vec()),
        },
        ..PreKeyUpload::default()
    };
    store.add_prekeys(gone, upload).await.expect("added");
    for expected in ["one", "last", "last"] {
        let claimed = store
            .claim_key_packages(first, vec![gone])
            .await
            .expect("claimed");
        let package = claimed.items.first().expect("one").key_package.clone();
        assert_eq!(package, Bytes(expected.as_bytes().to_vec()));
    }
    store
        .commit(commit(first, 0, &[gone], &[]), 1)
        .await
        .expect("committed");
    assert_eq!(store.memberships(gone).await.expect("read"), [TOPIC]);
    let next = list(user.id, user.list.sequence + 1, user.list.hash, &[kept]);
    store
        .revoke_device(kept, revocation(next, gone), 2)
        .await
        .expect("revoked");
    assert_eq!(
        refusal(store.topic(gone, TOPIC).await),
        Refusal::Unauthorized
    );
    assert_eq!(store.topic(first, TOPIC).await.expect("read").members, 1);
    let claimed = store
        .claim_key_packages(first, vec![gone])
        .await
        .expect("claimed");
    assert_eq!(
        (claimed.items.len(), claimed.missing.as_slice()),
        (0, &[gone][..])
    );
    store
        .commit(commit(first, 1, &[], &[gone]), 3)
        .await
        .expect("its leaf goes");
}
