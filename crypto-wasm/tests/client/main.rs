//! The client over a store in memory and a relay in memory that can be told to misbehave. Attacks are named by the ids of
//! the threat model.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failing test panics"
)]

mod arguments;
mod atomicity;
mod bundles;
mod conversations;
mod devices;
mod effects;
mod envelopes;
mod files;
mod forums;
mod groups;
mod healing;
mod keys;
mod linking;
mod mailbox;
mod outbox;
mod prekeys;
mod quarantine;
mod receipts;
mod recovery;
mod registration;
mod secrets;
mod silent;
mod standing;
mod steps;
mod support;
mod tabs;
mod timers;
mod typing;
