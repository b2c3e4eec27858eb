//! Topics on this device: what is kept of them, what is sent, what arrives. As with conversations, each operation is one step, and the caller
//! does the network.

mod actions;
mod api;
mod authors;
mod build;
mod commits;
mod compose;
mod create;
mod effects;
mod epoch_records;
mod epochs;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod group;
mod history;
mod info;
mod invitations;
mod join;
mod key_packages;
mod keys;
mod late;
mod lines;
mod members;
mod opening;
mod outbox;
mod outbox_records;
mod pages;
mod posts;
mod receive;
mod records;
mod revoked;
mod succession;
mod topic;
mod unopened;
mod views;

pub use super::ids::{ForumId, PostId, TopicId};
pub use crate::forum::wire::{History, Inviters, Visibility};
pub use actions::TopicAction;
pub use commits::TopicCommit;
pub use compose::NewPost;
pub use create::TopicOptions;
pub use epochs::DroppedPost;
pub use history::LinkBatch;
pub use invitations::Invited;
pub use join::{TopicOffer, WelcomeOffer};
pub use key_packages::KeyPackages;
pub use pages::PostFilter;
pub use receive::{PostBatch, PostsTaken, TopicPost};
pub use revoked::Revoked;
pub use topic::TopicCursor;
pub use views::{
    ForumCall, ForumStep, LinkPreview, Post, PostPage, PostReaction, Topic, TopicMember, TopicRole,
    TopicStanding,
};

/// The steps by themselves.
pub(crate) mod steps {
    pub(crate) use super::actions::{act, see_leaves};
    pub(crate) use super::commits::take as take_commits;
    pub(crate) use super::compose::{retry, send};
    pub(crate) use super::create::create;
    pub(crate) use super::history::take as take_links;
    pub(crate) use super::invitations::invite;
    pub(crate) use super::join::{begin as begin_join, preview, welcome};
    pub(crate) use super::key_packages::{top_up, uploaded};
    pub(crate) use super::members::members;
    pub(crate) use super::outbox::{accepted, next_step, pending, refused};
    pub(crate) use super::pages::page;
    pub(crate) use super::receive::{backward, forward};
    pub(crate) use super::revoked::look as look_for_revoked;
    pub(crate) use super::succession::{heirs, readmit, succeed};
    pub(crate) use super::topic::{cursor, gone, list, mark_read, one};
    pub(crate) use super::unopened::wanted;
}
