//! The bounds of the outgoing queue.

use std::sync::Arc;

use axum::extract::ws;
use tokio::task::yield_now;

use crate::hub::protocol::outgoing::{EndedBy, Next, Outgoing, Refusal};

fn message(length: usize) -> ws::Message {
    ws::Message::binary(vec![0; length])
}

async fn take(queue: &Outgoing) -> usize {
    match queue.next().await {
        Next::Send(batch) => batch.len(),
        Next::Close(_) => panic!("closed"),
    }
}

#[tokio::test]
async fn is_bounded_by_count_and_bytes() {
    let queue = Outgoing::new(3, 100);
    for _ in 0..3 {
        assert_eq!(queue.try_push(message(1)), Ok(()));
    }
    assert_eq!(queue.try_push(message(0)), Err(Refusal::Full));
    assert_eq!(take(&queue).await, 3);
    assert_eq!(queue.try_push(message(60)), Ok(()));
    assert_eq!(queue.try_push(message(41)), Err(Refusal::Full));
    assert_eq!(queue.try_push(message(40)), Ok(()));
    assert_eq!(take(&queue).await, 2);
    assert_eq!(
        queue.try_push(message(1000)),
        Ok(()),
        "an empty queue takes a message of any size"
    );
    assert_eq!(queue.try_push(message(0)), Err(Refusal::Full));
}

#[tokio::test]
async fn waiting_senders_leave_half_of_it_free() {
    let queue = Arc::new(Outgoing::new(4, 1000));
    assert!(queue.push(message(1)).await);
    assert!(queue.push(message(1)).await);
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.push(message(1)).await })
        })
        .collect();
    yield_now().await;
    assert!(waiting.iter().all(|task| !task.is_finished()));
    assert_eq!(queue.try_push(message(1)), Ok(()));
    assert_eq!(take(&queue).await, 3);
    for task in waiting {
        assert!(task.await.unwrap());
    }
    assert_eq!(take(&queue).await, 2);
}

#[tokio::test]
async fn closing_wakes_everybody_and_counts_once() {
    let queue = Arc::new(Outgoing::new(2, 1000));
    assert_eq!(queue.try_push(message(1)), Ok(()));
    let sender = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.push(message(1)).await })
    };
    let watcher = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.closed().await })
    };
    yield_now().await;
    queue.close(EndedBy::Server, Some(message(7)), false);
    queue.close(EndedBy::Client, None, true);
    assert!(!sender.await.unwrap());
    watcher.await.unwrap();
    queue.closed().await;
    assert_eq!(queue.ended_by(), Some(EndedBy::Server));
    assert_eq!(queue.try_push(message(1)), Err(Refusal::Closed));
    assert_eq!(
        take(&queue).await,
        1,
        "what waited goes out before the last message"
    );
    assert!(matches!(queue.next().await, Next::Close(Some(last)) if last == message(7)));
}

#[tokio::test]
async fn discarding_leaves_only_the_last_message() {
    let queue = Outgoing::new(2, 1000);
    assert_eq!(queue.try_push(message(1)), Ok(()));
    queue.close(EndedBy::Server, None, true);
    assert!(matches!(queue.next().await, Next::Close(None)));
}

#[tokio::test]
async fn batches_are_bounded() {
    let queue = Outgoing::new(1000, 10 << 20);
    for _ in 0..100 {
        assert_eq!(queue.try_push(message(1)), Ok(()));
    }
    assert_eq!(take(&queue).await, 64);
    assert_eq!(take(&queue).await, 36);
    for _ in 0..3 {
        assert_eq!(queue.try_push(message(200 * 1024)), Ok(()));
    }
    assert_eq!(take(&queue).await, 2);
}
