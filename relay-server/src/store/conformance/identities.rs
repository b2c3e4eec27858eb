//! Users, devices and logins.

use super::fixtures::{
    address, converse, link, list, message, refusal, register, registration, revocation, user_id,
};
use crate::domain::login::{Challenge, HostAccount, Login, TokenHash};
use crate::domain::{Refusal, Username};
use crate::store::Store;

pub(super) async fn users_are_unique_and_idempotent(store: &dyn Store) {
    let new = registration(1, "Alice", 2);
    let document = store.register(new.clone(), 0).await.expect("registered");
    assert_eq!(document.username.as_str(), "alice");
    assert_eq!(store.register(new, 5).await.expect("the same"), document);
    assert_eq!(
        refusal(store.register(registration(1, "other", 2), 0).await),
        Refusal::Conflict
    );
    assert_eq!(
        refusal(store.register(registration(2, "ALICE", 2), 0).await),
        Refusal::UsernameTaken
    );
    assert_eq!(
        store.user(user_id(1)).await.expect("read"),
        Some(document.clone())
    );
    let name = Username::parse("alice").expect("a name");
    assert_eq!(store.user_named(name).await.expect("read"), Some(document));
    assert_eq!(store.user(user_id(2)).await.expect("read"), None);
}

pub(super) async fn host_accounts_are_bound_once(store: &dyn Store) {
    let account = |issuer: &str, subject: &str| HostAccount {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    };
    let of = |number, name: &str, account: &HostAccount| {
        let mut new = registration(number, name, 0);
        new.host = Some(account.clone());
        new
    };
    let (first, second) = (account("site", "1"), account("site", "2"));
    let elsewhere = account("other site", "1");
    assert_eq!(store.host_user(first.clone()).await.expect("read"), None);
    let new = of(1, "alice", &first);
    store.register(new.clone(), 0).await.expect("registered");
    store.register(new, 1).await.expect("the same");
    let found = store.host_user(first.clone()).await.expect("read");
    assert_eq!(found, Some(user_id(1)));
    assert_eq!(store.host_user(elsewhere).await.expect("read"), None);
    // Neither a second user of one account, nor another account of one user.
    for refused in [of(2, "bob", &first), of(1, "alice", &second)] {
        assert_eq!(refusal(store.register(refused, 2).await), Refusal::Conflict);
    }
    assert_eq!(store.user(user_id(2)).await.expect("read"), None);
    assert_eq!(store.host_user(second.clone()).await.expect("read"), None);
    // What is refused binds nothing.
    let taken = refusal(store.register(of(3, "alice", &second), 3).await);
    assert_eq!(taken, Refusal::UsernameTaken);
    store
        .register(of(3, "carol", &second), 4)
        .await
        .expect("registered");
    // Nor does an account come to a user who registered without one.
    store
        .register(registration(4, "dave", 0), 5)
        .await
        .expect("registered");
    let third = account("site", "3");
    let late = refusal(store.register(of(4, "dave", &third), 6).await);
    assert_eq!(late, Refusal::Conflict);
}

pub(super) async fn lists_move_forward(store: &dyn Store) {
    let (first, second, third) = (address(1, 1), address(1, 2), address(1, 3));
    let mut user = register(store, 1, 0).await;
    let stored = user.list.encoded.clone();
    let fork = list(user.id, 2, [9; 32], &[first, second]);
    let conflict = refusal(
        store
            .link_device(first, link(fork, second).expect("a link"), 0)
            .await,
    );
    assert_eq!(
        conflict,
        Refusal::SequenceConflict {
            device_list: stored.into()
        }
    );
    let ahead = list(user.id, 3, user.list.hash, &[first, second]);
    let conflict = refusal(
        store
            .link_device(first, link(ahead, second).expect("a link"), 0)
            .await,
    );
    assert!(matches!(conflict, Refusal::SequenceConflict { .. }));
    let two_more = link(user.next(&[first, second, third]), second).expect("a link");
    assert!(matches!(
        refusal(store.link_device(first, two_more, 0).await),
        Refusal::BadRequest(_)
    ));

    let good = link(user.next(&[first, second]), second).expect("a link");
    let document = store
        .link_device(first, good.clone(), 0)
        .await
        .expect("linked");
    assert_eq!(document.certificates.len(), 2);
    assert_eq!(
        store.link_device(first, good, 9).await.expect("the same"),
        document
    );
    user.list = user.next(&[first, second]);
    // A caller that is no device of anybody's.
    let next = link(user.next(&[first, second, third]), third).expect("a link");
    assert_eq!(
        refusal(store.link_device(address(1, 7), next, 0).await),
        Refusal::Unauthorized
    );
}

pub(super) async fn revoked_devices_lose_everything(store: &dyn Store) {
    let (first, second) = (address(1, 1), address(1, 2));
    let mut alice = register(store, 1, 0).await;
    alice.link(store, first, &[first, second]).await;
    register(store, 2, 0).await;
    converse(store, 1, &[2, 1]).await;
    store
        .post_message(message(1, address(2, 1), &[1], &[first, second]), 0)
        .await
        .expect("posted");
    let token = TokenHash([7; 32]);
    store
        .add_token(
            token.clone(),
            Login {
                device: second,
                expires_at: 100,
            },
        )
        .await
        .expect("logged in");

    let removal = revocation(alice.next(&[first]), second);
    let document = store
        .revoke_device(first, removal.clone(), 0)
        .await
        .expect("revoked");
    assert_eq!(document.certificates.len(), 1);
    assert_eq!(
        store
            .revoke_device(first, removal.clone(), 0)
            .await
            .expect("the same"),
        document
    );
    assert_eq!(
        refusal(store.revoke_device(second, removal, 0).await),
        Refusal::Unauthorized
    );
    assert_eq!(store.login(token.clone()).await.expect("read"), None);
    assert_eq!(store.identity_key(second).await.expect("read"), None);
    let again = Login {
        device: second,
        expires_at: 100,
    };
    assert_eq!(
        refusal(store.add_token(token, again).await),
        Refusal::Unauthorized
    );
    assert_eq!(
        refusal(store.mailbox(second, 0, 10).await),
        Refusal::Unauthorized
    );
    let claimed = store
        .claim_bundles(address(2, 1), vec![second, first])
        .await
        .expect("claimed");
    assert_eq!((claimed.missing, claimed.bundles.len()), (vec![second], 1));
    assert_eq!(
        store.mailbox(first, 0, 10).await.expect("read").items.len(),
        1
    );
    // The id is never taken again.
    alice.list = alice.next(&[first]);
    let back = link(alice.next(&[first, second]), second).expect("a link");
    assert_eq!(
        refusal(store.link_device(first, back, 0).await),
        Refusal::Conflict
    );
}

pub(super) async fn challenges_and_tokens(store: &dyn Store) {
    register(store, 1, 0).await;
    let challenge = |number: u8, expires_at| Challenge {
        challenge: [number; 32],
        device: address(1, 1),
        expires_at,
    };
    store.add_challenge(challenge(1, 10)).await.expect("kept");
    store.add_challenge(challenge(2, 20)).await.expect("kept");
    let taken = store.take_challenge([1; 32]).await.expect("taken");
    assert!(taken == Some(challenge(1, 10)));
    assert!(
        store
            .take_challenge([1; 32])
            .await
            .expect("taken")
            .is_none()
    );
    assert!(
        store
            .take_challenge([3; 32])
            .await
            .expect("taken")
            .is_none()
    );
    let login = Login {
        device: address(1, 1),
        expires_at: 20,
    };
    store
        .add_token(TokenHash([1; 32]), login)
        .await
        .expect("logged in");
    store.expire(19, 0).await.expect("swept");
    assert_eq!(
        store.login(TokenHash([1; 32])).await.expect("read"),
        Some(login)
    );
    store.expire(20, 0).await.expect("swept");
    assert_eq!(store.login(TokenHash([1; 32])).await.expect("read"), None);
    assert!(
        store
            .take_challenge([2; 32])
            .await
            .expect("taken")
            .is_none()
    );
}
