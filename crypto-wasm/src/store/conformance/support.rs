//! Short forms of reads, and futures that run together or are dropped halfway.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Outcome;
use crate::store::{Collection, Query, Record, Store, StoreError};

pub(super) async fn get(
    store: &impl Store,
    collection: Collection,
    key: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let value = store
        .read(&[Query::get(collection, key)])
        .await?
        .next_value()?;
    Ok(value.map(|value| value.as_bytes().to_vec()))
}

pub(super) async fn scan(store: &impl Store, query: Query) -> Result<Vec<Record>, StoreError> {
    store.read(&[query]).await?.next_records()
}

pub(super) async fn keys(store: &impl Store, query: Query) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(scan(store, query)
        .await?
        .into_iter()
        .map(|record| record.key)
        .collect())
}

pub(super) async fn both(
    one: impl Future<Output = Outcome>,
    other: impl Future<Output = Outcome>,
) -> Outcome {
    let (one, other) = join(one, other).await;
    one.and(other)
}

/// Drives two futures at the same time.
pub(super) async fn join<A, B>(
    one: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    let mut one = Box::pin(one);
    let mut other = Box::pin(other);
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        poll_into(one.as_mut(), &mut first, context);
        poll_into(other.as_mut(), &mut second, context);
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            (one, other) => {
                (first, second) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

fn poll_into<T>(
    future: Pin<&mut impl Future<Output = T>>,
    output: &mut Option<T>,
    context: &mut Context<'_>,
) {
    if output.is_none()
        && let Poll::Ready(value) = future.poll(context)
    {
        *output = Some(value);
    }
}

/// Polls a future at most so many times, each time it asks for it, and drops it if it is not done then.
pub(super) async fn poll_at_most<T>(polls: u8, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Some(Box::pin(future));
    let mut left = polls;
    poll_fn(|context| {
        let Some(running) = future.as_mut().filter(|_| left > 0) else {
            future = None;
            return Poll::Ready(None);
        };
        left -= 1;
        match running.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => {
                future = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
