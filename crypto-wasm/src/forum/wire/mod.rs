//! The structures of topics (§7), not verified.

pub mod topic;

pub use topic::{
    Account, Admission, Authorization, Genesis, History, Invitation, InvitationUse, Inviters,
    JoinId, LeaveRequest, Policy, Role, RoleEntry, TopicState, Visibility,
};
