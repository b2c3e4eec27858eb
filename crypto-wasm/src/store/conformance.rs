//! The test suite that every [`Store`] must pass. A failed check panics and says which one it was.
//!
//! [`check_all`] needs only a [`Backend`], so it runs natively and in browsers alike.

use std::future::{Future, poll_fn};
use std::ops::Bound;
use std::pin::Pin;
use std::task::Poll;

use super::traits::{Collection, Direction, KeyRange, Query, Record, Revision, Store, StoreError};
use super::write_set::WriteSet;

type Outcome = Result<(), StoreError>;

/// How the suite gets at stores.
pub trait Backend {
    /// The implementation under test.
    type Store: Store;

    /// Opens a handle on the database with this name, which is created empty if it is not there. Two handles with
    /// one name see the same data.
    ///
    /// # Errors
    /// Whatever opening reports; the suite fails then.
    fn open(&self, name: &str) -> impl Future<Output = Result<Self::Store, StoreError>>;
}

/// Runs every check, each on a database of its own.
///
/// # Errors
/// Those of the store, where a check expects success.
pub async fn check_all(backend: &impl Backend) -> Outcome {
    check_empty_store(backend).await?;
    check_put_get_delete(backend).await?;
    check_commit_is_atomic(backend).await?;
    check_order_of_writes(backend).await?;
    check_conflict(backend).await?;
    check_snapshot_is_consistent(backend).await?;
    check_collections_are_apart(backend).await?;
    check_scan_order_and_limit(backend).await?;
    check_scan_ranges(backend).await?;
    check_delete_range(backend).await?;
    check_binary_keys(backend).await?;
    check_values(backend).await?;
    check_many_records(backend).await?;
    check_reopen(backend).await?;
    check_concurrent_commits(backend).await?;
    check_dropped_commit(backend).await
}

/// A fresh store is at revision 0 and holds nothing.
async fn check_empty_store(backend: &impl Backend) -> Outcome {
    let store = backend.open("empty-store").await?;
    for collection in Collection::ALL {
        let queries = [
            Query::get(collection, "key"),
            Query::scan(collection, KeyRange::all()),
        ];
        let mut snapshot = store.read(&queries).await?;
        assert_eq!(
            snapshot.revision(),
            Revision(0),
            "a fresh store has a revision"
        );
        assert!(
            snapshot.next_value()?.is_none(),
            "a fresh store holds a value"
        );
        assert!(
            snapshot.next_records()?.is_empty(),
            "a fresh store holds records"
        );
        assert!(snapshot.next_value().is_err(), "more answers than queries");
    }
    assert_eq!(store.read(&[]).await?.revision(), Revision(0));
    Ok(())
}

/// What was put is there, what was replaced or deleted is not; each commit raises the revision by one.
async fn check_put_get_delete(backend: &impl Backend) -> Outcome {
    let store = backend.open("put-get-delete").await?;
    let mut writes = WriteSet::new();
    writes
        .put(Collection::Meta, "a", &b"1"[..])
        .put(Collection::Meta, "b", &b"2"[..]);
    assert_eq!(store.commit(Revision(0), writes).await?, Revision(1));
    assert_eq!(
        get(&store, Collection::Meta, b"a").await?,
        Some(b"1".to_vec())
    );

    let mut writes = WriteSet::new();
    writes
        .put(Collection::Meta, "a", &b"3"[..])
        .delete(Collection::Meta, "b")
        .delete(Collection::Meta, "absent");
    assert_eq!(store.commit(Revision(1), writes).await?, Revision(2));
    assert_eq!(
        get(&store, Collection::Meta, b"a").await?,
        Some(b"3".to_vec())
    );
    assert_eq!(get(&store, Collection::Meta, b"b").await?, None);

    assert_eq!(
        store.commit(Revision(2), WriteSet::new()).await?,
        Revision(3),
        "an empty commit counts too"
    );
    assert_eq!(store.read(&[]).await?.revision(), Revision(3));
    Ok(())
}

/// A refused commit leaves no trace in any collection; an accepted one is whole.
async fn check_commit_is_atomic(backend: &impl Backend) -> Outcome {
    let store = backend.open("atomic").await?;
    let everywhere = |value: &[u8]| {
        let mut writes = WriteSet::new();
        for collection in Collection::ALL {
            writes.put(collection, "key", value);
        }
        writes
    };
    store.commit(Revision(0), everywhere(b"kept")).await?;
    assert_eq!(
        store.commit(Revision(0), everywhere(b"refused")).await,
        Err(StoreError::Conflict)
    );
    for collection in Collection::ALL {
        let value = get(&store, collection, b"key").await?;
        assert_eq!(
            value,
            Some(b"kept".to_vec()),
            "a refused commit wrote to {}",
            collection.name()
        );
    }
    assert_eq!(store.read(&[]).await?.revision(), Revision(1));
    Ok(())
}

/// Within a commit the last write to a key wins.
async fn check_order_of_writes(backend: &impl Backend) -> Outcome {
    let store = backend.open("order-of-writes").await?;
    let mut writes = WriteSet::new();
    writes
        .put(Collection::Outbox, "twice", &b"first"[..])
        .put(Collection::Outbox, "twice", &b"second"[..])
        .put(Collection::Outbox, "gone", &b"x"[..])
        .delete(Collection::Outbox, "gone")
        .delete(Collection::Outbox, "back")
        .put(Collection::Outbox, "back", &b"y"[..])
        .put(Collection::Outbox, "range/swept", &b"z"[..])
        .delete_prefix(Collection::Outbox, b"range/")
        .put(Collection::Outbox, "range/spared", &b"w"[..]);
    store.commit(Revision(0), writes).await?;
    let keys = keys(&store, Query::scan(Collection::Outbox, KeyRange::all())).await?;
    assert_eq!(keys, [&b"back"[..], b"range/spared", b"twice"]);
    assert_eq!(
        get(&store, Collection::Outbox, b"twice").await?,
        Some(b"second".to_vec())
    );
    Ok(())
}

/// A commit on anything but the newest revision is refused, also one from the future.
async fn check_conflict(backend: &impl Backend) -> Outcome {
    let first = backend.open("conflict").await?;
    let second = backend.open("conflict").await?;
    let write = |value: &[u8]| {
        let mut writes = WriteSet::new();
        writes.put(Collection::Sessions, "peer", value);
        writes
    };
    assert_eq!(
        first.commit(Revision(1), write(b"future")).await,
        Err(StoreError::Conflict)
    );
    first.commit(Revision(0), write(b"first")).await?;
    assert_eq!(
        second.commit(Revision(0), write(b"second")).await,
        Err(StoreError::Conflict)
    );
    assert_eq!(
        get(&second, Collection::Sessions, b"peer").await?,
        Some(b"first".to_vec())
    );
    assert_eq!(
        second.commit(Revision(1), write(b"second")).await?,
        Revision(2)
    );
    assert_eq!(
        get(&first, Collection::Sessions, b"peer").await?,
        Some(b"second".to_vec())
    );
    Ok(())
}

/// A snapshot never mixes two revisions, even while another handle commits.
async fn check_snapshot_is_consistent(backend: &impl Backend) -> Outcome {
    let writer = backend.open("snapshot").await?;
    let reader = backend.open("snapshot").await?;
    let write = async {
        for round in 0..20_u64 {
            let mut writes = WriteSet::new();
            for collection in [
                Collection::Messages,
                Collection::Outbox,
                Collection::Sessions,
            ] {
                writes.put(collection, "round", &(round + 1).to_be_bytes()[..]);
            }
            writer.commit(Revision(round), writes).await?;
        }
        Ok(())
    };
    let read = async {
        let queries = [
            Query::get(Collection::Messages, "round"),
            Query::last(Collection::Outbox, KeyRange::all(), 1),
            Query::scan(Collection::Sessions, KeyRange::all()),
        ];
        loop {
            let mut snapshot = reader.read(&queries).await?;
            let revision = snapshot.revision();
            let expected = (revision > Revision(0)).then(|| revision.0.to_be_bytes().to_vec());
            let messages = snapshot
                .next_value()?
                .map(|value| value.as_bytes().to_vec());
            assert_eq!(messages, expected, "a value of another revision");
            for _ in 0..2 {
                let records = snapshot.next_records()?;
                let values = records
                    .first()
                    .map(|record| record.value.as_bytes().to_vec());
                assert_eq!(values, expected, "records of another revision");
            }
            if revision == Revision(20) {
                return Ok(());
            }
        }
    };
    both(write, read).await
}

/// The same key in two collections is two records.
async fn check_collections_are_apart(backend: &impl Backend) -> Outcome {
    let store = backend.open("collections").await?;
    let mut writes = WriteSet::new();
    for collection in Collection::ALL {
        writes.put(collection, "key", collection.name().as_bytes());
    }
    store.commit(Revision(0), writes).await?;
    let mut writes = WriteSet::new();
    writes.delete_range(Collection::Users, KeyRange::all());
    store.commit(Revision(1), writes).await?;
    for collection in Collection::ALL {
        let expected =
            (collection != Collection::Users).then(|| collection.name().as_bytes().to_vec());
        assert_eq!(get(&store, collection, b"key").await?, expected);
    }
    Ok(())
}

/// Scans run in byte order, either way, and stop at their limit.
async fn check_scan_order_and_limit(backend: &impl Backend) -> Outcome {
    let store = backend.open("scan-order").await?;
    let mut writes = WriteSet::new();
    for key in [7_u8, 3, 9, 0, 5, 1, 8, 2, 6, 4] {
        writes.put(Collection::Messages, [key], vec![key; 3]);
    }
    store.commit(Revision(0), writes).await?;
    for limit in [
        None,
        Some(0),
        Some(1),
        Some(4),
        Some(10),
        Some(11),
        Some(u32::MAX),
    ] {
        let count = limit.map_or(10, |limit| limit.min(10));
        for direction in [Direction::Ascending, Direction::Descending] {
            let query = Query::Scan {
                collection: Collection::Messages,
                range: KeyRange::all(),
                direction,
                limit,
            };
            let records = scan(&store, query).await?;
            let expected: Vec<u8> = match direction {
                Direction::Ascending => (0..10).take(count as usize).collect(),
                Direction::Descending => (0..10).rev().take(count as usize).collect(),
            };
            let keys: Vec<u8> = records
                .iter()
                .flat_map(|record| record.key.clone())
                .collect();
            assert_eq!(keys, expected, "{direction:?}, limit {limit:?}");
            for record in &records {
                assert_eq!(
                    record.value.as_bytes(),
                    record.key.repeat(3),
                    "a value under another key"
                );
            }
        }
    }
    Ok(())
}

/// Bounds, prefixes, paging, and ranges without keys.
async fn check_scan_ranges(backend: &impl Backend) -> Outcome {
    let store = backend.open("scan-ranges").await?;
    let all = ["a", "a/", "a/1", "a/2", "a/3", "a0", "b"];
    let mut writes = WriteSet::new();
    for key in all {
        writes.put(Collection::Conversations, key, key.as_bytes());
    }
    store.commit(Revision(0), writes).await?;
    let included = |key: &str| Bound::Included(key.as_bytes().to_vec());
    let excluded = |key: &str| Bound::Excluded(key.as_bytes().to_vec());
    let cases: [(KeyRange, &[&str]); 12] = [
        (KeyRange::all(), &all),
        (KeyRange::prefix(b""), &all),
        (KeyRange::prefix(b"a/"), &["a/", "a/1", "a/2", "a/3"]),
        (KeyRange::prefix(b"a/").above(b"a/1"), &["a/2", "a/3"]),
        (KeyRange::prefix(b"a/").below(b"a/2"), &["a/", "a/1"]),
        (
            KeyRange::prefix(b"a/").below(b"b").above(b"a"),
            &["a/", "a/1", "a/2", "a/3"],
        ),
        (
            KeyRange::new(included("a/1"), included("a/3")),
            &["a/1", "a/2", "a/3"],
        ),
        (KeyRange::new(excluded("a/1"), excluded("a/3")), &["a/2"]),
        (KeyRange::new(included("a/2"), included("a/2")), &["a/2"]),
        (KeyRange::new(excluded("a/2"), excluded("a/2")), &[]),
        (KeyRange::new(included("b"), excluded("a")), &[]),
        (KeyRange::new(excluded("a0"), Bound::Unbounded), &["b"]),
    ];
    for (range, expected) in cases {
        let mut expected: Vec<Vec<u8>> =
            expected.iter().map(|key| key.as_bytes().to_vec()).collect();
        let ascending = Query::scan(Collection::Conversations, range.clone());
        assert_eq!(keys(&store, ascending).await?, expected, "{range:?}");
        expected.reverse();
        let descending = Query::last(Collection::Conversations, range.clone(), 100);
        assert_eq!(
            keys(&store, descending).await?,
            expected,
            "{range:?}, descending"
        );
    }
    Ok(())
}

/// A range deletion removes what lies in the range and nothing else.
async fn check_delete_range(backend: &impl Backend) -> Outcome {
    let store = backend.open("delete-range").await?;
    let mut writes = WriteSet::new();
    for key in ["a", "b", "b1", "b2", "c"] {
        writes.put(Collection::MessageIds, key, &b""[..]);
    }
    store.commit(Revision(0), writes).await?;
    let all = || Query::scan(Collection::MessageIds, KeyRange::all());

    let mut writes = WriteSet::new();
    writes.delete_range(
        Collection::MessageIds,
        KeyRange::new(Bound::Included(b"c".to_vec()), Bound::Excluded(vec![])),
    );
    writes.delete_prefix(Collection::MessageIds, b"b");
    store.commit(Revision(1), writes).await?;
    assert_eq!(keys(&store, all()).await?, [b"a", b"c"]);

    let mut writes = WriteSet::new();
    writes.delete_range(Collection::MessageIds, KeyRange::all());
    store.commit(Revision(2), writes).await?;
    assert!(keys(&store, all()).await?.is_empty());
    Ok(())
}

/// Keys are any bytes, also none, and are ordered as unsigned bytes.
async fn check_binary_keys(backend: &impl Backend) -> Outcome {
    let store = backend.open("binary-keys").await?;
    let ordered: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\0\0",
        b"\0\xff",
        b"\x01",
        b"\x7f",
        b"\x80",
        b"\xff",
        b"\xff\xff",
    ];
    let mut writes = WriteSet::new();
    for key in ordered.iter().rev() {
        writes.put(Collection::BaseKeys, *key, *key);
    }
    store.commit(Revision(0), writes).await?;
    assert_eq!(
        keys(&store, Query::scan(Collection::BaseKeys, KeyRange::all())).await?,
        ordered
    );
    for key in ordered {
        assert_eq!(
            get(&store, Collection::BaseKeys, key).await?,
            Some(key.to_vec()),
            "{key:?}"
        );
    }
    let zero = Query::scan(Collection::BaseKeys, KeyRange::prefix(b"\0"));
    assert_eq!(keys(&store, zero).await?, [&b"\0"[..], b"\0\0", b"\0\xff"]);
    let highest = Query::scan(Collection::BaseKeys, KeyRange::prefix(b"\xff"));
    assert_eq!(keys(&store, highest).await?, [&b"\xff"[..], b"\xff\xff"]);
    Ok(())
}

/// Values are any bytes: none, all of them, a mebibyte.
async fn check_values(backend: &impl Backend) -> Outcome {
    let store = backend.open("values").await?;
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let big: Vec<u8> = (0..1024 * 1024_u32)
        .map(|index| index.wrapping_mul(31).to_le_bytes()[1])
        .collect();
    let mut writes = WriteSet::new();
    writes
        .put(Collection::Inbox, "empty", Vec::new())
        .put(Collection::Inbox, "every byte", every_byte.clone())
        .put(Collection::Inbox, "big", big.clone());
    store.commit(Revision(0), writes).await?;
    assert_eq!(
        get(&store, Collection::Inbox, b"empty").await?,
        Some(Vec::new()),
        "empty is not absent"
    );
    assert_eq!(
        get(&store, Collection::Inbox, b"every byte").await?,
        Some(every_byte)
    );
    assert!(
        get(&store, Collection::Inbox, b"big").await? == Some(big),
        "a big value changed"
    );
    Ok(())
}

/// A thousand records in one commit, read back whole and by pages from the end.
async fn check_many_records(backend: &impl Backend) -> Outcome {
    let store = backend.open("many-records").await?;
    let mut writes = WriteSet::new();
    for index in 0..1000_u32 {
        writes.put(
            Collection::Messages,
            index.to_be_bytes(),
            &index.to_le_bytes()[..],
        );
    }
    store.commit(Revision(0), writes).await?;
    assert_eq!(
        scan(&store, Query::scan(Collection::Messages, KeyRange::all()))
            .await?
            .len(),
        1000
    );

    let mut range = KeyRange::all();
    let mut next = 1000_u32;
    loop {
        let page = scan(&store, Query::last(Collection::Messages, range.clone(), 64)).await?;
        let Some(last) = page.last() else { break };
        for record in &page {
            next -= 1;
            assert_eq!(record.key, next.to_be_bytes());
            assert_eq!(record.value.as_bytes(), next.to_le_bytes());
        }
        range = range.below(&last.key);
    }
    assert_eq!(next, 0, "paging missed records");
    Ok(())
}

/// A handle opened later sees every earlier commit, and its revision.
async fn check_reopen(backend: &impl Backend) -> Outcome {
    let store = backend.open("reopen").await?;
    let mut writes = WriteSet::new();
    writes.put(Collection::Users, "user", &b"kept"[..]);
    store.commit(Revision(0), writes).await?;
    let other = backend.open("reopen").await?;
    drop(store);
    assert_eq!(
        get(&other, Collection::Users, b"user").await?,
        Some(b"kept".to_vec())
    );
    assert_eq!(
        other.commit(Revision(1), WriteSet::new()).await?,
        Revision(2)
    );
    Ok(())
}

/// Two handles add to one counter at the same time: one wins each revision, and retries lose nothing.
async fn check_concurrent_commits(backend: &impl Backend) -> Outcome {
    const ROUNDS: u64 = 25;
    let first = backend.open("concurrent").await?;
    let second = backend.open("concurrent").await?;
    both(count_up(&first, ROUNDS), count_up(&second, ROUNDS)).await?;
    let total = get(&first, Collection::Meta, b"counter").await?;
    assert_eq!(
        total,
        Some((2 * ROUNDS).to_be_bytes().to_vec()),
        "a write was lost"
    );
    assert_eq!(
        first.read(&[]).await?.revision(),
        Revision(2 * ROUNDS),
        "a revision was won twice"
    );

    let one = first.commit(Revision(2 * ROUNDS), WriteSet::new());
    let other = second.commit(Revision(2 * ROUNDS), WriteSet::new());
    let mut outcomes = Vec::new();
    let (one, other) = join(one, other).await;
    outcomes.extend([one, other]);
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes
        .iter()
        .filter(|outcome| **outcome == Err(StoreError::Conflict))
        .count();
    assert_eq!((won, refused), (1, 1), "exactly one commit wins a revision");
    Ok(())
}

/// Adds one `rounds` times, repeating whatever loses a race.
async fn count_up(store: &impl Store, rounds: u64) -> Outcome {
    let mut done = 0;
    while done < rounds {
        let mut snapshot = store
            .read(&[Query::get(Collection::Meta, "counter")])
            .await?;
        let value = snapshot
            .next_value()?
            .and_then(|value| value.as_bytes().try_into().ok());
        let count = value.map_or(0, u64::from_be_bytes);
        let mut writes = WriteSet::new();
        writes.put(Collection::Meta, "counter", &(count + 1).to_be_bytes()[..]);
        match store.commit(snapshot.revision(), writes).await {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A commit whose future is dropped, however far it got, leaves all or nothing, and the store goes on working.
async fn check_dropped_commit(backend: &impl Backend) -> Outcome {
    let store = backend.open("dropped-commit").await?;
    let mut revision = store.commit(Revision(0), WriteSet::new()).await?;
    for polls in 0..4 {
        let tag = [polls];
        let mut writes = WriteSet::new();
        writes.put(Collection::Sessions, tag, &b"new"[..]).put(
            Collection::Outbox,
            tag,
            &b"new"[..],
        );
        let outcome = poll_at_most(polls, store.commit(revision, writes)).await;
        let mut snapshot = store
            .read(&[
                Query::get(Collection::Sessions, tag),
                Query::get(Collection::Outbox, tag),
            ])
            .await?;
        let written = snapshot.revision() == revision.next();
        assert!(
            written || snapshot.revision() == revision,
            "the revision jumped"
        );
        assert!(outcome.is_none() || written, "a finished commit was lost");
        // The first poll can only ask for the revision or the lock: nothing may stay of it.
        assert!(
            polls > 1 || outcome.is_some() || !written,
            "a commit dropped at the start was written"
        );
        for _ in 0..2 {
            assert_eq!(
                snapshot.next_value()?.is_some(),
                written,
                "half a commit after {polls} polls"
            );
        }
        revision = snapshot.revision();
    }
    store.commit(revision, WriteSet::new()).await?;
    Ok(())
}

async fn get(
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

async fn scan(store: &impl Store, query: Query) -> Result<Vec<Record>, StoreError> {
    store.read(&[query]).await?.next_records()
}

async fn keys(store: &impl Store, query: Query) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(scan(store, query)
        .await?
        .into_iter()
        .map(|record| record.key)
        .collect())
}

async fn both(one: impl Future<Output = Outcome>, other: impl Future<Output = Outcome>) -> Outcome {
    let (one, other) = join(one, other).await;
    one.and(other)
}

/// Drives two futures at the same time.
async fn join<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
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
    context: &mut std::task::Context<'_>,
) {
    if output.is_none()
        && let Poll::Ready(value) = future.poll(context)
    {
        *output = Some(value);
    }
}

/// Polls a future at most so many times, each time it asks for it, and drops it if it is not done then.
async fn poll_at_most<T>(polls: u8, future: impl Future<Output = T>) -> Option<T> {
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
