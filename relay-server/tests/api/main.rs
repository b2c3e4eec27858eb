//! The relay from outside: a real server on a port of its own, driven through HTTP and WebSockets.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

mod administration;
mod authorization;
mod blobs;
mod conversations;
mod devices;
mod durability;
mod forums;
mod host;
mod hub;
mod keys;
mod killing;
mod links;
mod login;
mod mailbox;
mod malformed;
mod matrix;
mod messages;
mod nodes;
mod observing;
mod openapi;
mod operation;
mod pressure;
mod privacy;
mod space;
mod store;
mod support;
mod typing;
mod users;
mod web;
