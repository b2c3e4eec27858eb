//! Topics: membership, rules and policy at the level of the group.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failing test panics"
)]

mod commits;
mod external;
mod joining;
mod lifecycle;
mod roles;
mod stored;
mod storm;
mod succession;
mod support;
