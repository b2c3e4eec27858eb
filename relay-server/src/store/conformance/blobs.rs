//! Blobs: whose they are, how they come, how they go.

use super::fixtures::{address, refusal, register, user_id};
use crate::domain::blob::{BlobId, BlobPart, NewBlob};
use crate::domain::{Address, Refusal};
use crate::store::Store;

const ROOM: u64 = 1_000;

pub(super) const fn blob(number: u8, length: u64) -> NewBlob {
    NewBlob {
        id: BlobId::from_bytes([number; 16]),
        length,
        quota: ROOM,
        expires_at: 100,
    }
}

pub(super) const fn part(start: u64, length: u64) -> BlobPart {
    BlobPart {
        start,
        length,
        name: u32::MAX,
    }
}

async fn two_users(store: &dyn Store) -> (Address, Address) {
    register(store, 1, 0).await;
    register(store, 2, 0).await;
    (address(1, 1), address(2, 1))
}

pub(super) async fn blobs_come_in_parts(store: &dyn Store) {
    let (alice, _) = two_users(store).await;
    let new = blob(1, 10);
    let made = store.create_blob(alice, new, 1).await.expect("made");
    assert_eq!(
        (made.owner, made.length, made.received),
        (user_id(1), 10, 0)
    );
    let add = async |part| store.add_blob_part(alice, new.id, part, 500, 2).await;
    let half = add(part(0, 4)).await.expect("added");
    assert!(!half.is_complete());
    assert_eq!((half.received, half.expires_at), (4, 100));
    // Made again, it is as far as it was.
    assert_eq!(
        store.create_blob(alice, new, 3).await.expect("the same"),
        half
    );
    // Neither the same part again nor one that leaves a hole, nor more than there is to be.
    for wrong in [part(0, 4), part(5, 1), part(3, 1)] {
        assert_eq!(refusal(add(wrong).await), Refusal::Conflict);
    }
    for long in [part(4, 7), part(4, u64::MAX)] {
        assert!(matches!(refusal(add(long).await), Refusal::TooLarge(_)));
    }
    assert_eq!(store.blob(new.id, 3).await.expect("read"), Some(half));
    let whole = add(part(4, 6)).await.expect("added");
    assert!(whole.is_complete());
    assert_eq!(whole.expires_at, 500);
    assert_eq!(store.blob(new.id, 499).await.expect("read"), Some(whole));
    let parts = store.blob_parts(new.id).await.expect("read");
    assert_eq!(parts, [part(0, 4), part(4, 6)]);
}

pub(super) async fn blobs_have_an_owner_and_an_end(store: &dyn Store) {
    let (alice, bob) = two_users(store).await;
    let new = blob(1, 10);
    store.create_blob(alice, new, 1).await.expect("made");
    for (caller, other) in [(bob, new), (alice, blob(1, 11))] {
        let refused = refusal(store.create_blob(caller, other, 1).await);
        assert_eq!(refused, Refusal::Conflict);
    }
    let refused = refusal(store.add_blob_part(bob, new.id, part(0, 4), 500, 2).await);
    assert_eq!(refused, Refusal::NotFound);
    assert_eq!(
        refusal(store.end_blob(user_id(2), new.id, 2).await),
        Refusal::NotFound
    );
    // Of a device that there is not.
    let nobody = address(1, 9);
    assert_eq!(
        refusal(store.create_blob(nobody, blob(9, 1), 1).await),
        Refusal::Unauthorized
    );
    assert_eq!(
        refusal(
            store
                .add_blob_part(nobody, new.id, part(0, 4), 500, 2)
                .await
        ),
        Refusal::Unauthorized
    );
    // At its time it is gone, and whoever drops it finds it.
    assert_eq!(store.expired_blobs(99, 9).await.expect("read"), []);
    assert_eq!(store.blob(new.id, 100).await.expect("read"), None);
    let late = refusal(
        store
            .add_blob_part(alice, new.id, part(0, 4), 500, 100)
            .await,
    );
    assert_eq!(late, Refusal::NotFound);
    assert_eq!(store.expired_blobs(100, 9).await.expect("read"), [new.id]);
    // So is one that was ended.
    let ended = blob(2, 10);
    store.create_blob(alice, ended, 1).await.expect("made");
    let whole = store
        .add_blob_part(alice, ended.id, part(0, 10), 500, 2)
        .await;
    whole.expect("added");
    store
        .end_blob(user_id(1), ended.id, 3)
        .await
        .expect("ended");
    assert_eq!(store.blob(ended.id, 3).await.expect("read"), None);
    assert_eq!(
        refusal(store.end_blob(user_id(1), ended.id, 3).await),
        Refusal::NotFound
    );
    assert_eq!(store.expired_blobs(4, 9).await.expect("read"), [ended.id]);
    assert_eq!(
        refusal(store.create_blob(alice, ended, 4).await),
        Refusal::Conflict
    );
    store
        .forget_blobs(vec![ended.id, new.id])
        .await
        .expect("forgotten");
    assert_eq!(
        store.expired_blobs(u64::MAX >> 1, 9).await.expect("read"),
        []
    );
    assert_eq!(store.blob_parts(ended.id).await.expect("read"), []);
    store.create_blob(alice, ended, 5).await.expect("made anew");
}

pub(super) async fn users_have_room_for_so_much(store: &dyn Store) {
    let (alice, bob) = two_users(store).await;
    store
        .create_blob(alice, blob(1, 600), 1)
        .await
        .expect("made");
    let refused = refusal(store.create_blob(alice, blob(2, 401), 1).await);
    assert!(matches!(refused, Refusal::TooLarge(_)));
    store
        .create_blob(bob, blob(3, ROOM), 1)
        .await
        .expect("made");
    store
        .create_blob(alice, blob(2, 400), 1)
        .await
        .expect("made");
    let refused = refusal(store.create_blob(alice, blob(4, 1), 1).await);
    assert!(matches!(refused, Refusal::TooLarge(_)));
    // What goes makes room.
    let first = blob(1, 600).id;
    store.end_blob(user_id(1), first, 2).await.expect("ended");
    store
        .create_blob(alice, blob(4, 600), 2)
        .await
        .expect("made");
}
