//! Ranges, order, limits.

use std::ops::Bound;

use super::support::{keys, scan};
use super::{Backend, Outcome};
use crate::store::{Collection, Direction, KeyRange, Query, Revision, Store, WriteSet};

/// Scans run in byte order, either way, and stop at their limit.
pub(super) async fn check_scan_order_and_limit(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_scan_ranges(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_delete_range(backend: &impl Backend) -> Outcome {
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

/// A thousand records in one commit, read back whole and by pages from the end.
pub(super) async fn check_many_records(backend: &impl Backend) -> Outcome {
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
