//! What is written is what is read.

use super::support::{get, keys};
use super::{Backend, Outcome};
use crate::store::{Collection, KeyRange, Query, Revision, Store, StoreError, WriteSet};

/// A fresh store is at revision 0 and holds nothing.
pub(super) async fn check_empty_store(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_put_get_delete(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_commit_is_atomic(backend: &impl Backend) -> Outcome {
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
pub(super) async fn check_order_of_writes(backend: &impl Backend) -> Outcome {
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

/// The same key in two collections is two records.
pub(super) async fn check_collections_are_apart(backend: &impl Backend) -> Outcome {
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

/// Keys are any bytes, also none, and are ordered as unsigned bytes.
pub(super) async fn check_binary_keys(backend: &impl Backend) -> Outcome {
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
        writes.put(Collection::Sessions, *key, *key);
    }
    store.commit(Revision(0), writes).await?;
    assert_eq!(
        keys(&store, Query::scan(Collection::Sessions, KeyRange::all())).await?,
        ordered
    );
    for key in ordered {
        assert_eq!(
            get(&store, Collection::Sessions, key).await?,
            Some(key.to_vec()),
            "{key:?}"
        );
    }
    let zero = Query::scan(Collection::Sessions, KeyRange::prefix(b"\0"));
    assert_eq!(keys(&store, zero).await?, [&b"\0"[..], b"\0\0", b"\0\xff"]);
    let highest = Query::scan(Collection::Sessions, KeyRange::prefix(b"\xff"));
    assert_eq!(keys(&store, highest).await?, [&b"\xff"[..], b"\xff\xff"]);
    Ok(())
}

/// Values are any bytes: none, all of them, a mebibyte.
pub(super) async fn check_values(backend: &impl Backend) -> Outcome {
    let store = backend.open("values").await?;
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    let big: Vec<u8> = (0..1024 * 1024_u32)
        .map(|index| index.wrapping_mul(31).to_le_bytes()[1])
        .collect();
    let mut writes = WriteSet::new();
    writes
        .put(Collection::Outbox, "empty", Vec::new())
        .put(Collection::Outbox, "every byte", every_byte.clone())
        .put(Collection::Outbox, "big", big.clone());
    store.commit(Revision(0), writes).await?;
    assert_eq!(
        get(&store, Collection::Outbox, b"empty").await?,
        Some(Vec::new()),
        "empty is not absent"
    );
    assert_eq!(
        get(&store, Collection::Outbox, b"every byte").await?,
        Some(every_byte)
    );
    assert!(
        get(&store, Collection::Outbox, b"big").await? == Some(big),
        "a big value changed"
    );
    Ok(())
}

/// A handle opened later sees every earlier commit, and its revision.
pub(super) async fn check_reopen(backend: &impl Backend) -> Outcome {
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
