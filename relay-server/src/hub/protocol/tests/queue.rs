//! The bounds of the outgoing queue.

use std::sync::Arc;

use axum::extract::ws;
use futures_util::FutureExt;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::hub::protocol::HubOptions;
use crate::hub::protocol::detached::Detached;
use crate::hub::protocol::message::ProtocolError;
use crate::hub::protocol::outgoing::{EndedBy, Next, Outgoing, Refusal};

fn message(length: usize) -> ws::Message {
    ws::Message::binary(vec![0; length])
}

fn options(max_queued_messages: usize, max_queued_bytes: usize) -> HubOptions {
    HubOptions {
        max_queued_messages,
        max_queued_bytes,
        max_unacknowledged_bytes: 100,
        ..HubOptions::default()
    }
}

fn queue(max_messages: usize, max_bytes: usize) -> Outgoing {
    Outgoing::new(&options(max_messages, max_bytes), None)
}

async fn take(queue: &Outgoing) -> usize {
    match queue.next().await {
        Next::Send(batch) => batch.len(),
        Next::Acknowledge(_) | Next::Close(_) => panic!("nothing to take"),
    }
}

#[tokio::test]
async fn is_bounded_by_count_and_bytes() {
    let queue = queue(3, 100);
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
    let queue = Arc::new(queue(4, 1000));
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
    let queue = Arc::new(queue(2, 1000));
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
    let queue = queue(2, 1000);
    assert_eq!(queue.try_push(message(1)), Ok(()));
    queue.close(EndedBy::Server, None, true);
    assert!(matches!(queue.next().await, Next::Close(None)));
}

#[tokio::test]
async fn batches_are_bounded() {
    let queue = queue(1000, 10 << 20);
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

/// The flat cost of a connection without a socket.
const CONNECTION: usize = 16 * 1024;

fn stateful(detached: usize) -> (Outgoing, Arc<Detached>) {
    let detached = Arc::new(Detached::new(detached));
    let queue = Outgoing::new(&options(1000, 1000), Some(Arc::clone(&detached)));
    (queue, detached)
}

#[tokio::test]
async fn sends_no_more_than_may_be_unacknowledged() {
    let (queue, _) = stateful(0);
    for _ in 0..4 {
        assert_eq!(queue.try_push(message(40)), Ok(()));
    }
    assert_eq!(take(&queue).await, 3, "one message beyond the bound");
    assert!(queue.next().now_or_never().is_none());
    assert!(
        queue.push(message(1)).now_or_never().is_none(),
        "who can wait waits for acknowledgements"
    );
    assert_eq!(
        queue.acknowledged(4),
        Err(ProtocolError::Acknowledgement),
        "not sent"
    );
    assert_eq!(queue.acknowledged(2), Ok(()));
    assert_eq!(take(&queue).await, 1);
    assert_eq!(queue.resume(), (3, vec![message(40), message(40)]));
    assert!(queue.push(message(1)).await);
    queue.close(EndedBy::Server, None, false);
    assert_eq!(take(&queue).await, 1);
}

#[tokio::test(start_paused = true)]
async fn acknowledges_once_when_due() {
    let (queue, _) = stateful(0);
    let start = Instant::now();
    let second = std::time::Duration::from_secs(1);
    for id in 1..=3 {
        queue.acknowledge_at(start + second * id, id.into());
    }
    assert!(matches!(queue.next().await, Next::Acknowledge(3)));
    assert_eq!(start.elapsed(), second);
    assert!(queue.next().now_or_never().is_none());
}

#[tokio::test]
async fn without_a_socket_memory_is_shared() {
    let (queue, detached) = stateful(CONNECTION + 100);
    assert_eq!(queue.try_push(message(30)), Ok(()));
    assert_eq!(take(&queue).await, 1);
    assert_eq!(queue.try_push(message(30)), Ok(()));
    assert!(queue.detach());
    assert_eq!(detached.used(), CONNECTION + 60);
    assert_eq!(queue.try_push(message(41)), Err(Refusal::Full));
    assert_eq!(queue.try_push(message(40)), Ok(()));
    assert_eq!(detached.used(), CONNECTION + 100);
    let (other, _) = stateful(0);
    assert!(!other.detach(), "there is no room");
    assert_eq!(queue.resume(), (1, vec![message(30)]));
    assert_eq!(detached.used(), 0);
    assert_eq!(take(&queue).await, 2);
    assert!(queue.detach());
    queue.close(EndedBy::Client, None, true);
    assert_eq!(detached.used(), 0);
    assert!(!queue.detach(), "it is closed");
    assert!(!self::queue(10, 10).detach(), "not stateful");
}
