//! What a database of an older schema must still hold once it is upgraded.

use super::blobs::{blob, part};
use super::fixtures::{
    address, conversation_id, converse, device, key, message, message_id, prekeys,
};
use super::forums::{TOPIC, commit, post, topic};
use crate::domain::forum::PostRange;
use crate::domain::login::{Login, TokenHash};
use crate::domain::prekeys::{KeyPackageUpload, PreKeyUpload};
use crate::domain::{Bytes, Username};
use crate::store::Store;

const TOKEN: [u8; 32] = [7; 32];

/// Puts something of everything into an empty store: three users, a login, prekeys, a conversation with two messages of which one has been
/// acknowledged, KeyPackages, a topic with a member who was added and a post, and a blob of which something is there.
///
/// # Panics
/// If the store does not take it.
pub async fn fill(store: &dyn Store) {
    topic(store).await;
    let (first, second) = (address(1, 1), address(2, 1));
    let login = Login {
        device: first,
        expires_at: 1_000,
    };
    store
        .add_token(TokenHash(TOKEN), login)
        .await
        .expect("kept");
    store.add_prekeys(second, prekeys(3)).await.expect("added");
    store
        .claim_bundles(first, vec![second])
        .await
        .expect("claimed");
    converse(store, 1, &[1, 2]).await;
    for id in [1, 2] {
        let message = message(id, first, &[2], &[second]);
        store.post_message(message, 10).await.expect("posted");
    }
    store.acknowledge(second, 1).await.expect("acknowledged");
    let packages = KeyPackageUpload {
        last_resort: Some(b"last".to_vec()),
        one_time: vec![b"one".to_vec()],
    };
    let upload = PreKeyUpload {
        key_packages: packages,
        ..PreKeyUpload::default()
    };
    store.add_prekeys(second, upload).await.expect("added");
    store
        .commit(commit(first, 0, &[second], &[]), 20)
        .await
        .expect("committed");
    store.post(post(1, first, 1), 30).await.expect("posted");
    let file = blob(1, 7);
    store.create_blob(first, file, 40).await.expect("made");
    let added = store
        .add_blob_part(first, file.id, part(0, 5), 900, 41)
        .await;
    added.expect("added");
}

/// That the store holds what [`fill`] put in and goes on from there; `with_forums` unless its schema had none, and `with_blobs`. It changes the store.
///
/// # Panics
/// If something is missing or other.
pub async fn go_on(store: &dyn Store, with_forums: bool, with_blobs: bool) {
    let (first, second) = (address(1, 1), address(2, 1));
    let user = store.user(first.user_id).await.expect("read");
    let user = user.expect("a user");
    assert_eq!(user.username, Username::parse("user1").expect("a name"));
    assert_eq!(user.certificates, [Bytes(device(first).certificate)]);
    let login = store.login(TokenHash(TOKEN)).await.expect("read");
    assert_eq!(login.map(|login| login.device), Some(first));
    conversation(store).await;
    let bundles = store.claim_bundles(first, vec![second]).await;
    let bundle = bundles.expect("claimed").bundles.pop().expect("one").bundle;
    let next = key(2).encoded;
    assert!(bundle.0.windows(next.len()).any(|part| part == next));
    if with_forums {
        forum(store).await;
    }
    if with_blobs {
        let id = blob(1, 7).id;
        let parts = store.blob_parts(id).await.expect("read");
        assert_eq!(parts, [part(0, 5)]);
        let whole = store.add_blob_part(first, id, part(5, 2), 900, 50).await;
        assert!(whole.expect("added").is_complete());
    }
}

async fn conversation(store: &dyn Store) {
    let (first, second) = (address(1, 1), address(2, 1));
    let conversations = store.conversations(second.user_id, None, 9).await;
    let ids: Vec<_> = conversations
        .expect("read")
        .iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(ids, [conversation_id(1)]);
    let again = message(2, first, &[2], &[second]);
    let again = store.post_message(again, 99).await.expect("the same");
    assert_eq!(again.stored_at, 10);
    let next = message(3, first, &[2], &[second]);
    store.post_message(next, 99).await.expect("posted");
    let page = store.mailbox(second, 0, 9).await.expect("read");
    assert_eq!((page.range.first_seq, page.range.last_seq), (2, 3));
    let read: Vec<_> = page
        .items
        .iter()
        .map(|item| {
            (
                item.seq,
                item.envelope.message_id,
                item.envelope.content.0.clone(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [(2, message_id(2), vec![2]), (3, message_id(3), vec![3])]
    );
}

async fn forum(store: &dyn Store) {
    let (first, second) = (address(1, 1), address(2, 1));
    let seen = store.topic(second, TOPIC).await.expect("read");
    assert_eq!((seen.members, seen.is_member), (2, true));
    for expected in ["one", "last"] {
        let claimed = store.claim_key_packages(first, vec![second]).await;
        let claimed = claimed.expect("claimed").items.pop().expect("one");
        assert_eq!(claimed.key_package, Bytes(expected.as_bytes().to_vec()));
    }
    let welcomes = store.welcomes(second, 0, 9).await.expect("read");
    assert_eq!(welcomes.len(), 1);
    store.post(post(2, second, 1), 40).await.expect("posted");
    store
        .commit(commit(second, 1, &[], &[]), 50)
        .await
        .expect("committed");
    let page = store.posts(second, TOPIC, PostRange::After(0), 9).await;
    let read: Vec<_> = page
        .expect("read")
        .items
        .into_iter()
        .map(|post| (post.seq, post.post))
        .collect();
    assert_eq!(read, [(1, Some(Bytes(vec![1]))), (2, Some(Bytes(vec![2])))]);
}
