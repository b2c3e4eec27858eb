//! What holds when two nodes work on one database at the same time.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::fixtures::{address, converse, message, message_id, refusal, register, registration};
use super::forums::{TOPIC, commit, post, topic};
use crate::domain::forum::PostRange;
use crate::domain::login::Challenge;
use crate::domain::prekeys::{KeyPackageUpload, PreKeyUpload};
use crate::domain::{Address, Refusal};
use crate::store::Store;

type Node = Arc<dyn Store>;

/// Calls something on both nodes, in turns, all at the same time; what it answers.
async fn together<T: Send + 'static, F>(
    nodes: &[Node; 2],
    times: u8,
    call: impl Fn(Node, u8) -> F,
) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let calls: Vec<_> = (0..times)
        .flat_map(|number| nodes.iter().map(move |node| (Arc::clone(node), number)))
        .map(|(node, number)| tokio::spawn(call(node, number)))
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.expect("an end"));
    }
    answers
}

pub(super) async fn no_key_is_given_twice(nodes: &[Node; 2]) {
    let [node, _] = nodes;
    register(node.as_ref(), 1, 40).await;
    register(node.as_ref(), 2, 0).await;
    register(node.as_ref(), 3, 0).await;
    let target = address(1, 1);
    let key_packages = KeyPackageUpload {
        one_time: (0..40).map(|number| vec![number]).collect(),
        last_resort: Some(vec![200]),
    };
    let upload = PreKeyUpload {
        key_packages,
        ..PreKeyUpload::default()
    };
    node.add_prekeys(target, upload).await.expect("added");
    let claims = together(nodes, 25, move |node, number| async move {
        let caller = address(2 + number % 2, 1);
        let bundles = node.claim_bundles(caller, vec![target]).await;
        let packages = node.claim_key_packages(caller, vec![target]).await;
        let bundle = bundles.expect("claimed").bundles.pop().expect("one").bundle;
        let package = packages.expect("claimed").items.pop().expect("one");
        (bundle, package.key_package)
    })
    .await;
    let bundles: HashSet<_> = claims.iter().map(|(bundle, _)| bundle).collect();
    let packages: HashSet<_> = claims.iter().map(|(_, package)| package).collect();
    // Forty with keys of their own; ten alike, with those of last resort.
    assert_eq!(
        (claims.len(), bundles.len(), packages.len()),
        (50, 41, 41),
        "T12: a one-time key was given twice, or lost"
    );
}

pub(super) async fn whoever_registers_or_logs_in_does_so_once(nodes: &[Node; 2]) {
    let same = together(nodes, 4, |node, number| async move {
        let new = registration(number + 1, &format!("user{number}"), 3);
        node.register(new, 0).await.is_ok()
    })
    .await;
    assert!(same.iter().all(|registered| *registered));
    let rivals = together(nodes, 4, |node, number| async move {
        node.register(registration(10 + number, "rival", 3), 0)
            .await
    })
    .await;
    let mut winners = BTreeSet::new();
    for rival in rivals {
        match rival {
            Ok(user) => drop(winners.insert(user.id)),
            refused => assert_eq!(refusal(refused), Refusal::UsernameTaken),
        }
    }
    assert_eq!(winners.len(), 1);
    let challenge = Challenge {
        challenge: [7; 32],
        device: address(1, 1),
        expires_at: 10,
    };
    nodes[0].add_challenge(challenge).await.expect("kept");
    let taken = together(nodes, 8, |node, _| async move {
        node.take_challenge([7; 32]).await.expect("an answer")
    })
    .await;
    assert_eq!(taken.into_iter().flatten().count(), 1);
}

/// Reads a mailbox as a client does, each time from the last seq that it knows, until all is there.
async fn follow(node: Node, device: Address, ended: Arc<AtomicBool>) -> Vec<[u8; 17]> {
    let mut seen = Vec::new();
    loop {
        let is_last = ended.load(Ordering::SeqCst);
        let after = seen.len() as u64;
        let page = node.mailbox(device, after, 50).await.expect("a page");
        for (item, seq) in page.items.iter().zip(after + 1..) {
            assert_eq!(item.seq, seq, "what was committed later was passed over");
            let [user, ..] = *item.envelope.sender.user_id.as_bytes();
            let mut id = [user; 17];
            id[1..].copy_from_slice(item.envelope.message_id.as_bytes());
            seen.push(id);
        }
        if is_last && page.items.is_empty() {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn readers_miss_no_message(nodes: &[Node; 2]) {
    for user in 1..=5 {
        register(nodes[0].as_ref(), user, 0).await;
    }
    converse(nodes[0].as_ref(), 1, &[1, 2, 3, 4, 5]).await;
    let ended = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = nodes
        .iter()
        .flat_map(|node| [4, 5].map(|user| (Arc::clone(node), address(user, 1))))
        .map(|(node, device)| tokio::spawn(follow(node, device, Arc::clone(&ended))))
        .collect();
    // Each message goes to both nodes; the recipients are named in one order and in the other.
    let posted = together(nodes, 180, |node, number| async move {
        let to: &[u8] = if number % 2 == 0 { &[4, 5] } else { &[5, 4] };
        let devices: Vec<_> = to.iter().map(|user| address(*user, 1)).collect();
        let sent = message(number / 3, address(1 + number % 3, 1), to, &devices);
        let posted = node.post_message(sent, 0).await.expect("posted");
        posted.delivered.len()
    })
    .await;
    ended.store(true, Ordering::SeqCst);
    assert_eq!(posted.iter().sum::<usize>(), 360, "each is delivered once");
    let expected: HashSet<_> = (0..180)
        .map(|number| {
            let mut id = [1 + number % 3; 17];
            id[1..].copy_from_slice(message_id(number / 3).as_bytes());
            id
        })
        .collect();
    for reader in readers {
        let seen = reader.await.expect("an end");
        assert_eq!(seen.len(), 180);
        assert!(seen.into_iter().collect::<HashSet<_>>() == expected);
    }
}

pub(super) async fn topics_go_one_way(nodes: &[Node; 2]) {
    topic(nodes[0].as_ref()).await;
    let (first, second) = (address(1, 1), address(2, 1));
    let joined = commit(first, 0, &[second], &[]);
    nodes[0].commit(joined, 0).await.expect("committed");
    let ended = Arc::new(AtomicBool::new(false));
    let (reader, stop) = (Arc::clone(&nodes[1]), Arc::clone(&ended));
    let reader = tokio::spawn(async move {
        let mut last = 0;
        loop {
            let is_last = stop.load(Ordering::SeqCst);
            let page = reader.posts(second, TOPIC, PostRange::After(last), 50);
            let page = page.await.expect("a page");
            for item in &page.items {
                last += 1;
                assert_eq!(item.seq, last, "what was committed later was passed over");
            }
            if is_last && page.items.is_empty() {
                return last;
            }
            tokio::task::yield_now().await;
        }
    });
    for epoch in 1..12 {
        let rivals = together(nodes, 2, move |node, number| async move {
            let by = address(1 + number, 1);
            let number = u8::try_from(epoch).expect("small") * 10 + number;
            let posted = node.post(post(number, by, epoch), 0).await;
            let committed = node.commit(commit(by, epoch, &[], &[]), 0).await;
            (by, posted, committed)
        })
        .await;
        let mut committers = HashSet::new();
        let mut fresh = 0;
        for (by, posted, committed) in rivals {
            posted.expect("in time: the epoch, or the one just over");
            match committed {
                Ok(committed) => {
                    assert_eq!(committed.epoch, epoch + 1);
                    fresh += u32::from(committed.is_new);
                    committers.insert(by);
                }
                refused => assert_eq!(
                    refusal(refused),
                    Refusal::EpochConflict { epoch: epoch + 1 }
                ),
            }
        }
        assert_eq!((committers.len(), fresh), (1, 1), "one commit an epoch");
    }
    ended.store(true, Ordering::SeqCst);
    assert_eq!(reader.await.expect("an end"), 22);
    let log = nodes[1].commits(first, TOPIC, 0, 50).await.expect("read");
    assert_eq!(log.items.len(), 12);
}
