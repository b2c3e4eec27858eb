//! Forums and their topics: what the relay keeps of an MLS group, its history and its members (protocol §7).

mod commit;
mod group;
mod key_packages;
mod post;
mod succession;
mod topic;
mod wire;

pub use commit::{
    AcceptedCommit, AddedDevice, Commit, CommitItem, CommitPage, Committed, NewWelcome, Welcome,
};
pub use group::{Founding, Group};
pub use key_packages::{EncodedKeyPackages, verify_key_packages};
pub use post::{Deletion, DroppedPost, NewPost, PostItem, PostPage, PostRange, Posted};
pub use succession::{NextGroup, Succession};
pub use topic::{
    Access, Forum, GroupDocument, JoinMaterial, Member, NewForum, NewTopic, PendingLeave, Settings,
    StoredCommit, StoredGroup, Topic, Visibility, WrapEpoch, is_moderator, leave_request, title,
};
pub use topic::{History, Policies};
pub use wire::{Link, LinkList, LinkPlace, LinkRange, Wrap, are_in_time};
