//! Revisions, several handles at once, commits that are abandoned.

use super::support::{both, get, join, poll_at_most};
use super::{Backend, Outcome};
use crate::store::{Collection, KeyRange, Query, Revision, Store, StoreError, WriteSet};

/// A commit on anything but the newest revision is refused, also one from the future.
pub(super) async fn check_conflict(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_snapshot_is_consistent(backend: &impl Backend) -> Outcome {
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

/// Two handles add to one counter at the same time: one wins each revision, and retries lose nothing.
pub(super) async fn check_concurrent_commits(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_dropped_commit(backend: &impl Backend) -> Outcome {
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
