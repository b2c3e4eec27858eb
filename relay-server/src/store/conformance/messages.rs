//! Conversations, messages and mailboxes.

use std::sync::Arc;

use super::fixtures::{address, conversation_id, converse, message, refusal, register, user_id};
use crate::domain::message::MailboxRange;
use crate::domain::{Address, Refusal};
use crate::store::Store;

pub(super) async fn participants_are_routed_to(store: &dyn Store) {
    for user in 1..=3 {
        register(store, user, 0).await;
    }
    let id = converse(store, 1, &[1, 2]).await;
    converse(store, 2, &[1]).await;
    assert_eq!(
        store.conversation(user_id(3), id).await.expect("read"),
        None
    );
    let listed = store
        .conversations(user_id(1), None, 10)
        .await
        .expect("read");
    assert_eq!(
        listed
            .iter()
            .map(|conversation| conversation.id)
            .collect::<Vec<_>>(),
        [id, conversation_id(2)]
    );
    let rest = store
        .conversations(user_id(1), Some(id), 10)
        .await
        .expect("read");
    assert_eq!(rest.len(), 1);
    assert_eq!(
        store
            .conversations(user_id(1), None, 1)
            .await
            .expect("read")
            .len(),
        1
    );

    assert_eq!(
        refusal(
            store
                .add_participants(address(3, 1), id, vec![user_id(3)])
                .await
        ),
        Refusal::NotFound
    );
    let change = store
        .add_participants(address(2, 1), id, vec![user_id(3)])
        .await
        .expect("added");
    assert_eq!(change.concerned, [user_id(1), user_id(2), user_id(3)]);
    let change = store
        .add_participants(address(2, 1), id, vec![user_id(3)])
        .await
        .expect("no change");
    assert!(change.concerned.is_empty());
    assert_eq!(
        refusal(
            store
                .add_participants(address(2, 1), id, vec![user_id(9)])
                .await
        ),
        Refusal::NotFound
    );
    let change = store
        .remove_participant(address(3, 1), id, user_id(1))
        .await
        .expect("removed");
    assert_eq!(
        change.conversation.participant_ids,
        [user_id(2), user_id(3)]
    );
    assert_eq!(change.concerned, [user_id(1), user_id(2), user_id(3)]);
    assert_eq!(
        refusal(
            store
                .remove_participant(address(1, 1), id, user_id(1))
                .await
        ),
        Refusal::NotFound
    );
    let mut acquaintances = store.acquaintances(user_id(3)).await.expect("read");
    acquaintances.sort_unstable();
    assert_eq!(acquaintances, [user_id(2), user_id(3)]);
}

pub(super) async fn mismatches_store_nothing(store: &dyn Store) {
    let (alice, bob, bob2) = (address(1, 1), address(2, 1), address(2, 2));
    register(store, 1, 0).await;
    register(store, 2, 0)
        .await
        .link(store, bob, &[bob, bob2])
        .await;
    register(store, 3, 0).await;
    converse(store, 1, &[1, 2]).await;
    let post = async |recipients: &[u8], to: &[Address]| {
        store
            .post_message(message(1, alice, recipients, to), 0)
            .await
    };
    let mismatch = |missing: &[Address], stale: &[Address]| Refusal::DeviceMismatch {
        missing: missing.to_vec(),
        stale: stale.to_vec(),
    };
    assert_eq!(refusal(post(&[2], &[bob]).await), mismatch(&[bob2], &[]));
    assert_eq!(
        refusal(post(&[2], &[bob, bob2, address(2, 3)]).await),
        mismatch(&[], &[address(2, 3)])
    );
    assert_eq!(
        refusal(post(&[1, 2], &[alice, bob]).await),
        mismatch(&[bob2], &[alice])
    );
    let stranger = Refusal::NotParticipant {
        user_ids: vec![user_id(3)],
    };
    assert_eq!(
        refusal(post(&[2, 3], &[bob, bob2, address(3, 1)]).await),
        stranger
    );
    let outside = store
        .post_message(message(1, address(3, 1), &[2], &[bob, bob2]), 0)
        .await;
    assert_eq!(refusal(outside), Refusal::NotFound);
    let empty = MailboxRange {
        first_seq: 1,
        last_seq: 0,
    };
    assert_eq!(store.mailbox_range(bob).await.expect("read"), empty);
    let posted = post(&[1, 2], &[bob, bob2]).await.expect("posted");
    assert_eq!(posted.delivered, [bob, bob2]);
}

pub(super) async fn repetitions_store_nothing(store: &dyn Store) {
    let (alice, bob) = (address(1, 1), address(2, 1));
    register(store, 1, 0).await;
    register(store, 2, 0).await;
    converse(store, 1, &[1, 2]).await;
    let first = store
        .post_message(message(1, alice, &[2], &[bob]), 5)
        .await
        .expect("posted");
    assert_eq!((first.stored_at, first.delivered), (5, vec![bob]));
    store.acknowledge(bob, 1).await.expect("acknowledged");
    let again = store
        .post_message(message(1, alice, &[2], &[bob]), 9)
        .await
        .expect("known");
    assert_eq!((again.stored_at, again.delivered), (5, vec![]));
    let mut elsewhere = message(1, alice, &[2], &[bob]);
    elsewhere.conversation_id = converse(store, 2, &[1, 2]).await;
    elsewhere.digest = [0; 32];
    assert_eq!(
        refusal(store.post_message(elsewhere, 9).await),
        Refusal::Conflict
    );
    assert_eq!(
        store.mailbox_range(bob).await.expect("read"),
        MailboxRange {
            first_seq: 2,
            last_seq: 1
        }
    );
}

pub(super) async fn seqs_are_contiguous<S: Store + 'static>(store: S) {
    let store = Arc::new(store);
    let bob = address(9, 1);
    register(store.as_ref(), 9, 0).await;
    for user in 1..=4 {
        register(store.as_ref(), user, 0).await;
    }
    converse(store.as_ref(), 1, &[1, 2, 3, 4, 9]).await;
    let posts: Vec<_> = (1..=4)
        .flat_map(|user| (0..25).map(move |id| (user, id)))
        .map(|(user, id)| {
            let store = Arc::clone(&store);
            let post = message(id, address(user, 1), &[9], &[bob]);
            // One in five names a device that does not exist, and leaves no gap.
            let wrong = message(100, address(user, 1), &[9], &[bob, address(9, 2)]);
            tokio::spawn(async move {
                if id % 5 == 0 {
                    refusal(store.post_message(wrong, 0).await);
                }
                store.post_message(post, 0).await
            })
        })
        .collect();
    for post in posts {
        post.await.expect("an end").expect("posted");
    }
    let page = store.mailbox(bob, 0, 200).await.expect("read");
    let seqs: Vec<_> = page.items.iter().map(|item| item.seq).collect();
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>());
}

pub(super) async fn mailboxes_are_cut_from_the_beginning(store: &dyn Store) {
    let (alice, bob) = (address(1, 1), address(2, 1));
    register(store, 1, 0).await;
    register(store, 2, 0).await;
    converse(store, 1, &[1, 2]).await;
    // A clock that was set back: the third is older than the second.
    for (id, now) in [(1, 10), (2, 30), (3, 20), (4, 40)] {
        store
            .post_message(message(id, alice, &[2], &[bob]), now)
            .await
            .expect("posted");
    }
    store.expire(0, 25).await.expect("swept");
    assert_eq!(
        store.mailbox_range(bob).await.expect("read"),
        MailboxRange {
            first_seq: 4,
            last_seq: 4
        }
    );
    assert!(matches!(
        refusal(store.acknowledge(bob, 5).await),
        Refusal::BadRequest(_)
    ));
    store.acknowledge(bob, 2).await.expect("harmless");
    store.acknowledge(bob, 4).await.expect("acknowledged");
    let page = store.mailbox(bob, 0, 10).await.expect("read");
    assert_eq!(
        (page.range, page.items),
        (
            MailboxRange {
                first_seq: 5,
                last_seq: 4
            },
            vec![]
        )
    );
}
