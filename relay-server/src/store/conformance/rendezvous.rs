//! Where devices meet.

use std::sync::Arc;

use super::fixtures::refusal;
use crate::domain::rendezvous::{RendezvousId, RendezvousMessage, Side};
use crate::domain::{Bytes, Refusal, limits};
use crate::store::Store;

const ID: RendezvousId = RendezvousId([1; 16]);
const OTHER: RendezvousId = RendezvousId([2; 16]);

fn message(number: u64, content: u8) -> RendezvousMessage {
    RendezvousMessage::new(number, Bytes(vec![content])).expect("a message")
}

fn contents(messages: Vec<RendezvousMessage>) -> Vec<(u64, u8)> {
    let content = |message: RendezvousMessage| {
        let byte = message.content.as_slice().first().copied();
        (message.number, byte.expect("a byte"))
    };
    messages.into_iter().map(content).collect()
}

async fn send(
    store: &dyn Store,
    from: Side,
    number: u64,
    content: u8,
) -> Result<bool, crate::store::StoreError> {
    let message = message(number, content);
    store.send_to_rendezvous(ID, from, message, 1).await
}

async fn take(store: &dyn Store, by: Side, from: u64) -> Vec<(u64, u8)> {
    let taken = store.take_from_rendezvous(ID, by, from, 1).await;
    contents(taken.expect("taken"))
}

pub(super) async fn two_sides_write_and_take(store: &dyn Store) {
    let (old, new) = (Side::Old, Side::New);
    assert_eq!(refusal(send(store, old, 0, 1).await), Refusal::NotFound);
    store.open_rendezvous(ID, 0, 10).await.expect("opened");
    let again = store.open_rendezvous(ID, 0, 10).await;
    assert_eq!(refusal(again), Refusal::Conflict);
    assert_eq!(take(store, new, 0).await, []);
    // In order, once each; nobody takes what they wrote.
    assert!(send(store, old, 0, 1).await.expect("sent"));
    assert!(send(store, old, 0, 1).await.expect("the same"));
    assert_eq!(refusal(send(store, old, 0, 2).await), Refusal::Conflict);
    assert_eq!(refusal(send(store, old, 2, 3).await), Refusal::Conflict);
    assert!(send(store, new, 0, 9).await.expect("sent"));
    assert_eq!(take(store, new, 0).await, [(0, 1)]);
    assert_eq!(take(store, old, 0).await, [(0, 9)]);
    assert_eq!(
        take(store, new, 0).await,
        [(0, 1)],
        "until it is acknowledged"
    );
    // So many wait, and the next one until there is room.
    for number in 1..limits::RENDEZVOUS_WAITING {
        assert!(send(store, old, number, 5).await.expect("sent"));
    }
    let next = limits::RENDEZVOUS_WAITING;
    assert!(!send(store, old, next, 6).await.expect("waits"));
    assert_eq!(take(store, new, 2).await, [(2, 5), (3, 5)]);
    assert_eq!(take(store, new, 0).await, [(2, 5), (3, 5)]);
    assert!(send(store, old, next, 6).await.expect("sent"));
    // One that was taken may be repeated, whatever is in it: nobody looks at it again.
    assert!(send(store, old, 0, 1).await.expect("the same"));
    assert_eq!(take(store, new, next).await, [(next, 6)]);
    // Others have no part in it.
    let elsewhere = store.take_from_rendezvous(OTHER, new, 0, 1).await;
    assert_eq!(refusal(elsewhere), Refusal::NotFound);
    store.open_rendezvous(OTHER, 5, 20).await.expect("opened");
    let elsewhere = store.take_from_rendezvous(OTHER, new, 0, 6).await;
    assert_eq!(contents(elsewhere.expect("taken")), []);
    // It ends by its time, swept or not, and when somebody ends it.
    let late = store.take_from_rendezvous(ID, new, 0, 10).await;
    assert_eq!(refusal(late), Refusal::NotFound);
    let late = store.send_to_rendezvous(ID, old, message(5, 1), 10).await;
    assert_eq!(refusal(late), Refusal::NotFound);
    store.expire_rendezvous(10).await.expect("swept");
    let swept = store.take_from_rendezvous(ID, new, 0, 9).await;
    assert_eq!(refusal(swept), Refusal::NotFound);
    store
        .open_rendezvous(ID, 11, 30)
        .await
        .expect("opened anew");
    assert_eq!(
        contents(
            store
                .take_from_rendezvous(ID, new, 0, 11)
                .await
                .expect("taken")
        ),
        []
    );
    store.end_rendezvous(OTHER).await.expect("ended");
    store.end_rendezvous(OTHER).await.expect("ended before");
    let ended = store.take_from_rendezvous(OTHER, new, 0, 6).await;
    assert_eq!(refusal(ended), Refusal::NotFound);
}

pub(super) async fn devices_meet_across_nodes(nodes: &[Arc<dyn Store>; 2]) {
    let [first, second] = nodes;
    first.open_rendezvous(ID, 0, 10).await.expect("opened");
    let again = second.open_rendezvous(ID, 0, 10).await;
    assert_eq!(refusal(again), Refusal::Conflict);
    // The same message by both at once is one.
    let (one, two) = tokio::join!(
        send(first.as_ref(), Side::Old, 0, 1),
        send(second.as_ref(), Side::Old, 0, 1)
    );
    assert!(one.expect("sent") && two.expect("sent"));
    assert_eq!(take(second.as_ref(), Side::New, 0).await, [(0, 1)]);
    assert!(send(second.as_ref(), Side::New, 0, 2).await.expect("sent"));
    assert_eq!(take(first.as_ref(), Side::Old, 0).await, [(0, 2)]);
}
