//! What every backend must do, as one suite. It panics at the first difference.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test suite, exported so that every backend can run it"
)]

mod blobs;
mod fixtures;
mod forums;
mod identities;
mod messages;
mod nodes;
mod prekeys;
mod rendezvous;
mod upgrades;

use std::sync::Arc;

pub use upgrades::{fill, go_on};

use super::Store;
use crate::domain::message::NewMessage;

/// Runs the suite; `open` makes an empty store each time.
///
/// # Panics
/// If the store does not conform.
pub async fn run<S: Store + 'static>(mut open: impl AsyncFnMut() -> S) {
    identities::users_are_unique_and_idempotent(&open().await).await;
    identities::host_accounts_are_bound_once(&open().await).await;
    identities::lists_move_forward(&open().await).await;
    identities::revoked_devices_lose_everything(&open().await).await;
    identities::challenges_and_tokens(&open().await).await;
    rendezvous::two_sides_write_and_take(&open().await).await;
    prekeys::one_time_keys_are_given_once(open().await).await;
    prekeys::ids_keep_their_keys(&open().await).await;
    messages::participants_are_routed_to(&open().await).await;
    messages::mismatches_store_nothing(&open().await).await;
    messages::repetitions_store_nothing(&open().await).await;
    messages::seqs_are_contiguous(open().await).await;
    messages::mailboxes_are_cut_from_the_beginning(&open().await).await;
    blobs::blobs_come_in_parts(&open().await).await;
    blobs::blobs_have_an_owner_and_an_end(&open().await).await;
    blobs::users_have_room_for_so_much(&open().await).await;
    forums::forums_are_made_by_administrators(&open().await).await;
    forums::commits_are_one_for_each_epoch(open().await).await;
    forums::membership_begins_and_ends_with_commits(&open().await).await;
    forums::next_groups_begin_with_their_founder(&open().await).await;
    forums::posts_are_contiguous(open().await).await;
    forums::revoked_devices_leave_topics_and_key_packages(&open().await).await;
}

/// Runs what backends do besides whose database several nodes may share; `open` makes two stores on one empty database each time.
///
/// # Panics
/// If the store does not conform.
pub async fn run_on_two_nodes(mut open: impl AsyncFnMut() -> [Arc<dyn Store>; 2]) {
    nodes::no_key_is_given_twice(&open().await).await;
    nodes::whoever_registers_or_logs_in_does_so_once(&open().await).await;
    nodes::readers_miss_no_message(&open().await).await;
    nodes::topics_go_one_way(&open().await).await;
    rendezvous::devices_meet_across_nodes(&open().await).await;
}

/// A message of user 1's to user 2, whom it makes, that has not been posted.
///
/// # Panics
/// If the store is not empty.
pub async fn a_message(store: &dyn Store) -> NewMessage {
    fixtures::register(store, 1, 0).await;
    fixtures::register(store, 2, 0).await;
    fixtures::converse(store, 1, &[1, 2]).await;
    let (from, to) = (fixtures::address(1, 1), fixtures::address(2, 1));
    fixtures::message(1, from, &[2], &[to])
}
