//! Prekeys.

use std::collections::HashSet;
use std::sync::Arc;

use super::fixtures::{address, key, refusal, register};
use crate::domain::Refusal;
use crate::domain::prekeys::{PreKeyCounts, PreKeyUpload};
use crate::store::Store;

pub(super) async fn one_time_keys_are_given_once<S: Store + 'static>(store: S) {
    let store = Arc::new(store);
    register(store.as_ref(), 1, 10).await;
    register(store.as_ref(), 2, 0).await;
    let claims: Vec<_> = (0..16)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store
                    .claim_bundles(address(2, 1), vec![address(1, 1)])
                    .await
            })
        })
        .collect();
    let mut bundles = Vec::new();
    for claim in claims {
        let claimed = claim.await.expect("an end").expect("claimed");
        bundles.extend(claimed.bundles.into_iter().map(|bundle| bundle.bundle));
    }
    let different: HashSet<_> = bundles.iter().cloned().collect();
    // Ten with one-time keys of their own, six alike with the last resort.
    assert_eq!((bundles.len(), different.len()), (16, 11));
    let counts = store.prekey_counts(address(1, 1)).await.expect("read");
    assert_eq!(
        counts,
        PreKeyCounts {
            one_time_pre_keys: 0,
            kem_pre_keys: 0,
            key_packages: 0,
            uses_topics: false,
        }
    );
}

pub(super) async fn ids_keep_their_keys(store: &dyn Store) {
    register(store, 1, 1).await;
    let upload = |one_time| PreKeyUpload {
        one_time,
        ..PreKeyUpload::default()
    };
    store
        .add_prekeys(address(1, 1), upload(vec![key(1), key(2)]))
        .await
        .expect("added");
    store
        .claim_bundles(address(1, 1), vec![address(1, 1)])
        .await
        .expect("claimed");
    store
        .add_prekeys(address(1, 1), upload(vec![key(1)]))
        .await
        .expect("known");
    let counts = store.prekey_counts(address(1, 1)).await.expect("read");
    assert_eq!(counts.one_time_pre_keys, 1);
    let mut other = key(2);
    other.encoded.push(0);
    let refused = refusal(
        store
            .add_prekeys(address(1, 1), upload(vec![key(3), other]))
            .await,
    );
    assert_eq!(refused, Refusal::Conflict);
    assert_eq!(
        store.prekey_counts(address(1, 1)).await.expect("read"),
        counts
    );
    let many = (10..=209).map(key).collect();
    assert!(matches!(
        refusal(store.add_prekeys(address(1, 1), upload(many)).await),
        Refusal::TooLarge(_)
    ));
    let refused = refusal(store.add_prekeys(address(1, 9), upload(vec![key(3)])).await);
    assert_eq!(refused, Refusal::Unauthorized);
}
