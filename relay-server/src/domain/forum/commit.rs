//! Commits and what travels with them.

use serde::Serialize;
use utoipa::ToSchema;

use super::topic::{Policies, Settings};
use super::wire::{Link, Wrap};
use crate::domain::{Address, Bytes, ForumId, Refusal, TopicId, limits};

/// A commit as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// In which topic.
    pub topic_id: TopicId,
    /// By which device.
    pub committer: Address,
    /// The epoch in which it was made.
    pub epoch: u64,
    /// The encoded commit.
    pub commit: Vec<u8>,
    /// The encoded group info of the epoch that it begins.
    pub group_info: Vec<u8>,
    /// Links for the archive.
    pub links: Vec<Link>,
    /// Wraps under link secrets.
    pub wraps: Vec<Wrap>,
    /// For those whom it adds.
    pub welcome: Option<NewWelcome>,
}

/// A Welcome as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWelcome {
    /// The encoded Welcome.
    pub welcome: Vec<u8>,
    /// For whom.
    pub addresses: Vec<Address>,
}

impl Commit {
    /// Checks sizes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn check_size(&self) -> Result<(), Refusal> {
        let welcome = self
            .welcome
            .as_ref()
            .map_or(0, |welcome| welcome.welcome.len());
        if self.commit.len().max(welcome) > limits::COMMIT_BYTES {
            return Err(Refusal::TooLarge("a commit or Welcome is at most 1 MiB"));
        }
        if self.group_info.len() > limits::GROUP_INFO_BYTES {
            return Err(Refusal::TooLarge("a group info is at most 256 KiB"));
        }
        Ok(())
    }
}

/// A device that a commit brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedDevice {
    /// The device.
    pub address: Address,
    /// Its encoded certificate.
    pub certificate: Vec<u8>,
}

/// A commit that applies to the public group, to store if the topic is still in its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedCommit {
    /// As it arrived.
    pub commit: Commit,
    /// Whether the committer came in, or replaced its own leaf, by it.
    pub is_external: bool,
    /// Who came in.
    pub added: Vec<AddedDevice>,
    /// Who went.
    pub removed: Vec<Address>,
    /// What the policy says now.
    pub settings: Settings,
    /// The encoded policy, if it is a new one.
    pub policy: Option<Vec<u8>>,
    /// The tree after it, if there is a Welcome.
    pub tree: Option<Vec<u8>>,
    /// The public group after it, if it is time to store one.
    pub snapshot: Option<Vec<u8>>,
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The epoch that it began.
    pub epoch: u64,
    /// Whether it was new.
    pub is_new: bool,
}

/// A commit of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitItem {
    /// The epoch in which it was made.
    pub epoch: u64,
    /// The encoded commit.
    pub commit: Bytes,
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitPage {
    /// In order.
    pub items: Vec<CommitItem>,
    /// The epoch where the next page begins.
    pub next: Option<u64>,
}

/// A Welcome that waits for a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// In which topic.
    pub topic_id: TopicId,
    /// In which forum that is.
    pub forum_id: ForumId,
    /// The seq of the newest post, or 0.
    pub last_seq: u64,
    /// The epoch that the device joins in.
    pub epoch: u64,
    /// The encoded Welcome.
    pub welcome: Bytes,
    /// The encoded tree of that epoch.
    pub tree: Bytes,
    /// The chain of policies up to that epoch.
    #[schema(value_type = Vec<Bytes>)]
    pub policies: Policies,
}
