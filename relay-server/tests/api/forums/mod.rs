//! Forums and topics, with real groups.

mod archive;
pub(crate) mod authorization;
mod commits;
mod durability;
mod joining;
mod key_packages;
mod live;
mod posts;
mod succession;
mod topics;
