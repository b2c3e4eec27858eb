//! The pairwise protocol between people: against a model, and against past attacks.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a failing test panics"
)]

mod common;
mod ratchet_model;
mod rules;
mod stored;
mod threats;
