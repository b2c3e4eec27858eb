//! Topics: MLS groups (RFC 9420) with roles, a signed policy and invitations (§7).
//!
//! A topic's members and its relay judge every commit by the same [`rules`], a pure function of the group's public state. What
//! depends on what a client alone knows, such as a pinned account key, is no part of them: honest members never disagree.
//!
//! Everything here is synchronous and takes time and randomness as arguments.

#[cfg(feature = "topics")]
pub mod archive;
mod changes;
#[cfg(feature = "topics")]
pub mod cover;
pub mod credential;
mod error;
#[cfg(feature = "topics")]
pub mod group;
pub mod key_package;
#[cfg(feature = "topics")]
pub mod link;
pub mod policy;
#[cfg(feature = "topics")]
pub mod post;
pub mod provider;
pub mod public_group;
pub mod rules;
pub mod state;
pub mod wire;

pub use error::{RuleError, TopicError};
#[cfg(feature = "topics")]
pub use group::TopicGroup;
pub use public_group::PublicGroup;
