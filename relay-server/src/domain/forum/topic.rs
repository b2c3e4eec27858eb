//! Topics as the relay lists and keeps them.

use crypto_wasm::crypto::label;
use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::forum::policy::Standing;
use crypto_wasm::forum::wire::{self, Account, LeaveRequest, Policy, TopicState};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{DeviceCertificate, Wire as _};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::domain::authorization::{Action, authorize};
use crate::domain::credentials::malformed;
use crate::domain::{
    Address, Bytes, ForumId, Refusal, SecretId, TopicId, UnixMillis, UserId, limits,
};

/// A category of topics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forum {
    /// The id.
    pub id: ForumId,
    /// The name.
    pub name: String,
    /// When the relay stored it.
    pub created_at: UnixMillis,
}

/// A forum to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewForum {
    /// The id.
    pub id: ForumId,
    /// The name.
    pub name: String,
}

/// Checks a name or title.
///
/// # Errors
/// [`Refusal::BadRequest`] if it is empty, longer than 200 characters, or has control characters or surrounding white space.
pub fn title(text: String, field: &'static str) -> Result<String, Refusal> {
    let good = !text.is_empty()
        && text.trim() == text
        && text.chars().count() <= limits::TITLE_CHARACTERS
        && !text.chars().any(char::is_control);
    if good {
        Ok(text)
    } else {
        Err(Refusal::bad_request(format!(
            "{field}: not 1 to 200 characters"
        )))
    }
}

/// Who gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Who has an invitation.
    Invite,
    /// Who is added.
    Closed,
    /// Any user.
    Open,
}

impl Visibility {
    /// The number of protocol §7.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Invite => 1,
            Self::Closed => 2,
            Self::Open => 3,
        }
    }

    /// Of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Invite),
            2 => Some(Self::Closed),
            3 => Some(Self::Open),
            _ => None,
        }
    }
}

/// How far back a new member reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum History {
    /// To the beginning.
    Everything,
    /// To the own joining.
    SinceJoining,
    /// Some days.
    LastDays,
}

impl History {
    /// The number of protocol §7.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Everything => 1,
            Self::SinceJoining => 2,
            Self::LastDays => 3,
        }
    }

    /// Of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Everything),
            2 => Some(Self::SinceJoining),
            3 => Some(Self::LastDays),
            _ => None,
        }
    }
}

/// What the relay reads of a topic's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Which of the topic's groups.
    pub generation: u32,
    /// The policy's revision.
    pub revision: u32,
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back a new member reads.
    pub history: History,
    /// With [`History::LastDays`], else 0.
    pub history_days: u16,
}

impl Settings {
    /// Those of a topic's state.
    #[must_use]
    pub const fn of(state: &TopicState) -> Self {
        let policy = &state.policy;
        Self {
            generation: policy.generation,
            revision: policy.revision,
            visibility: match policy.visibility {
                wire::Visibility::Invite => Visibility::Invite,
                wire::Visibility::Closed => Visibility::Closed,
                wire::Visibility::Open => Visibility::Open,
            },
            history: match policy.history {
                wire::History::Everything => History::Everything,
                wire::History::SinceJoining => History::SinceJoining,
                wire::History::LastDays => History::LastDays,
            },
            history_days: policy.history_days,
        }
    }
}

/// A topic as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// The id.
    pub id: TopicId,
    /// In which forum.
    pub forum_id: ForumId,
    /// Which of the topic's groups.
    pub generation: u32,
    /// The group's epoch.
    pub epoch: u64,
    /// Who gets in.
    pub visibility: Visibility,
    /// How far back a new member reads.
    pub history: History,
    /// In days, with [`History::LastDays`].
    pub history_days: u16,
    /// Who founded it.
    pub founder_id: UserId,
    /// Of an open topic.
    pub public_title: Option<String>,
    /// Accounts in it.
    pub members: u64,
    /// When the relay stored it.
    pub created_at: UnixMillis,
    /// The seq of the newest post, or 0.
    pub last_seq: u64,
    /// When that was stored.
    pub last_post_at: Option<UnixMillis>,
    /// Whether the caller's device is in it.
    pub is_member: bool,
}

/// A topic to create, checked but for what the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// The id.
    pub id: TopicId,
    /// In which forum.
    pub forum_id: ForumId,
    /// The device that founds it.
    pub founder: Address,
    /// Its encoded certificate.
    pub certificate: Vec<u8>,
    /// What the policy says.
    pub settings: Settings,
    /// Of an open topic.
    pub public_title: Option<String>,
    /// The encoded policy of revision 0.
    pub policy: Vec<u8>,
    /// The encoded group info.
    pub group_info: Vec<u8>,
    /// The public group, for storage.
    pub snapshot: Vec<u8>,
    /// Of the whole request.
    pub digest: [u8; 32],
}

/// The hash of a request's parts, each with its length.
#[must_use]
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// A device that is served as a member. `Row` is the store's name for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<Row> {
    /// The device.
    pub device: Row,
    /// The epoch since which it has its leaf.
    pub since_epoch: u64,
    /// The topic's epoch.
    pub epoch: u64,
    /// Its settings.
    pub settings: Settings,
    /// Whether the last commit removed somebody.
    pub last_removed: bool,
}

/// How a device stands to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The topic's epoch.
    pub epoch: u64,
    /// Its settings.
    pub settings: Settings,
    /// Whether the device is served as a member.
    pub is_member: bool,
    /// Whether it has a leaf, perhaps about to be removed.
    pub has_leaf: bool,
    /// Whether it was given what it needs to join a while ago.
    pub is_admitted: bool,
    /// Of the call that brought the topic's group.
    pub digest: [u8; 32],
}

impl Access {
    /// Whether the device may learn that the topic exists, and try to commit.
    #[must_use]
    pub fn may_commit(&self) -> bool {
        let action = Action::Commit {
            is_open: self.settings.visibility == Visibility::Open,
            has_leaf: self.has_leaf,
            is_admitted: self.is_admitted,
        };
        authorize(action).is_ok()
    }
}

/// The chain of policies, oldest first.
pub type Policies = Vec<Bytes>;

/// What a joiner needs besides the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinMaterial {
    /// Of the epoch that the material is of.
    pub epoch: u64,
    /// In which forum the topic is.
    pub forum_id: Option<ForumId>,
    /// The seq of the newest post, or 0.
    pub last_seq: u64,
    /// Of an open topic.
    pub public_title: Option<String>,
    /// The encoded group info.
    pub group_info: Bytes,
    /// The chain of policies.
    pub policies: Policies,
    /// The newest wrap of each link secret.
    pub wraps: Vec<Bytes>,
}

/// The stored form of a topic's public group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGroup {
    /// The newest snapshot.
    pub snapshot: Vec<u8>,
    /// The commits since, in order.
    pub log: Vec<StoredCommit>,
}

/// A commit to apply again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommit {
    /// The encoded commit.
    pub commit: Vec<u8>,
    /// When the relay took it.
    pub stored_at: UnixMillis,
}

/// What members ask the relay about their group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupDocument {
    /// Which of the topic's groups.
    pub generation: u32,
    /// Its epoch.
    pub epoch: u64,
    /// Requests to leave that no commit has met.
    pub leaves: Vec<PendingLeave>,
    /// The seq of the newest post, or 0.
    pub last_seq: u64,
    /// Which wraps there are.
    pub wraps: Vec<WrapEpoch>,
}

/// A request to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingLeave {
    /// The encoded `LeaveRequest`.
    pub request: Bytes,
}

/// The newest epoch that is wrapped under a link secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WrapEpoch {
    /// The link secret's id.
    pub secret_id: SecretId,
    /// The epoch.
    pub epoch: u64,
}

/// Checks a request to leave, made by a device with this identity key.
///
/// # Errors
/// [`Refusal::BadRequest`] if it does not decode or is of another topic, group or device, [`Refusal::BadSignature`].
pub fn leave_request(
    encoded: &Bytes,
    topic: TopicId,
    generation: u32,
    device: Address,
    identity_key: &[u8; 32],
) -> Result<(), Refusal> {
    let request = LeaveRequest::from_bytes(encoded.as_slice()).map_err(|_| malformed("request"))?;
    let fits = request.topic_id.as_bytes() == topic.as_bytes()
        && request.generation == generation
        && request.address.user_id.as_bytes() == device.user_id.as_bytes()
        && request.address.device_id == device.device_id.get();
    if !fits {
        return Err(Refusal::bad_request(
            "request: of another topic, group or device",
        ));
    }
    let signed = request.signed_bytes().map_err(|_| malformed("request"))?;
    Ed25519PublicKey::from_bytes(*identity_key)
        .verify(label::TOPIC_LEAVE, &signed, &request.signature)
        .map_err(|_| Refusal::BadSignature("request: does not verify"))
}

/// Whether the account that a certificate is of is at least a moderator by an encoded policy.
///
/// # Errors
/// [`Refusal::BadRequest`] if one of them does not decode.
pub fn is_moderator(policy: &[u8], certificate: &[u8]) -> Result<bool, Refusal> {
    let policy = Policy::from_bytes(policy).map_err(|_| malformed("policy"))?;
    let certificate =
        DeviceCertificate::from_bytes(certificate).map_err(|_| malformed("certificate"))?;
    Ok(policy.standing(&Account::of(&certificate)) >= Standing::Moderator)
}
