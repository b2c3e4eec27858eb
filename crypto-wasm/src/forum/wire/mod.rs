//! The structures of topics (§7), not verified.

#[cfg(feature = "topics")]
pub mod content;
pub mod post;
pub mod topic;

#[cfg(feature = "topics")]
pub use content::{PostBody, PostContent};
pub use post::{Link, MAX_POST, MAX_TEXT, Post, PostHeader, Wrap};
pub use topic::{
    Account, Admission, Authorization, Genesis, History, Invitation, InvitationUse, Inviters,
    JoinId, LeaveRequest, Policy, Role, RoleEntry, TopicState, Visibility,
};
