//! The public side of a topic's MLS group: the only place that knows how the relay follows one.

use std::sync::OnceLock;

use crypto_wasm::crypto::label;
use crypto_wasm::forum::wire::{Account, Invitation};
use crypto_wasm::forum::{PublicGroup, TopicError};
use crypto_wasm::wire::codec::Signed as _;
use crypto_wasm::wire::{DeviceCertificate, Wire as _};

use super::commit::{AcceptedCommit, AddedDevice, Commit};
use super::topic::{NewTopic, Settings, StoredGroup, Visibility, digest};
use super::wire;
use crate::domain::credentials::malformed;
use crate::domain::{Address, Bytes, ForumId, Refusal, TopicId, UnixMillis};

/// Commits after which a snapshot is stored, however small they are.
const SNAPSHOT_COMMITS: usize = 64;
/// A snapshot is stored when the log since the last one exceeds this part of its size.
const SNAPSHOT_SHARE: usize = 4;

/// A topic's public group in one epoch.
pub struct Group {
    public: PublicGroup,
    tree: OnceLock<Bytes>,
    log: Log,
}

/// What was stored since the last snapshot.
#[derive(Clone, Copy)]
struct Log {
    snapshot_bytes: usize,
    commits: usize,
    bytes: usize,
}

impl Log {
    const fn since(snapshot: &[u8]) -> Self {
        Self {
            snapshot_bytes: snapshot.len(),
            commits: 0,
            bytes: 0,
        }
    }

    const fn and(self, commit: &[u8]) -> Self {
        Self {
            snapshot_bytes: self.snapshot_bytes,
            commits: self.commits + 1,
            bytes: self.bytes + commit.len(),
        }
    }

    const fn is_long(self) -> bool {
        self.commits >= SNAPSHOT_COMMITS || self.bytes > self.snapshot_bytes / SNAPSHOT_SHARE
    }
}

/// A topic's beginning as it arrives.
pub struct Founding {
    /// The topic.
    pub id: TopicId,
    /// In which forum.
    pub forum_id: ForumId,
    /// Who founds it.
    pub founder: Address,
    /// The encoded group info of epoch 0.
    pub group_info: Bytes,
    /// The encoded tree.
    pub tree: Bytes,
    /// The encoded policy.
    pub policy: Bytes,
    /// Of an open topic.
    pub public_title: Option<String>,
}

impl Founding {
    /// Checks that this is the beginning of the topic, by its founder.
    ///
    /// # Errors
    /// [`Refusal::CommitRefused`] if the group is not one; [`Refusal::BadRequest`] if it is not that of the call.
    pub fn check(self, now: UnixMillis) -> Result<NewTopic, Refusal> {
        let group =
            PublicGroup::create(self.group_info.as_slice(), self.tree.as_slice(), now / 1000)
                .map_err(|error| refused(&error))?;
        let state = group.state();
        let settings = Settings::of(state);
        let policy = state.policy.to_bytes().map_err(|_| malformed("policy"))?;
        let genesis = &state.genesis;
        let fits = genesis.topic_id.as_bytes() == self.id.as_bytes()
            && wire::address(&genesis.founder.address) == Some(self.founder)
            && policy == self.policy.as_slice();
        if !fits {
            return Err(Refusal::bad_request(
                "groupInfo: of another topic, founder or policy",
            ));
        }
        if self.public_title.is_some() && settings.visibility != Visibility::Open {
            return Err(Refusal::bad_request(
                "publicTitle: only open topics have one",
            ));
        }
        let certificate = genesis.founder.to_bytes();
        Ok(NewTopic {
            digest: digest(&[
                self.forum_id.as_bytes(),
                self.group_info.as_slice(),
                self.tree.as_slice(),
                &policy,
                self.public_title.as_deref().unwrap_or_default().as_bytes(),
            ]),
            certificate: certificate.map_err(|_| malformed("groupInfo"))?,
            snapshot: group.snapshot().map_err(|error| refused(&error))?,
            id: self.id,
            forum_id: self.forum_id,
            founder: self.founder,
            settings,
            public_title: self.public_title,
            policy,
            group_info: self.group_info.0,
        })
    }
}

impl Group {
    /// A group of which this snapshot is to be stored.
    pub(super) const fn of(public: PublicGroup, snapshot: &[u8]) -> Self {
        Self {
            public,
            tree: OnceLock::new(),
            log: Log::since(snapshot),
        }
    }

    pub(super) const fn public(&self) -> &PublicGroup {
        &self.public
    }

    /// Restores a stored group; `None` if what is stored is none.
    #[must_use]
    pub fn restore(stored: &StoredGroup) -> Option<Self> {
        let mut public = PublicGroup::from_snapshot(&stored.snapshot).ok()?;
        let mut log = Log::since(&stored.snapshot);
        for entry in &stored.log {
            public.apply(&entry.commit, entry.stored_at / 1000).ok()?;
            log = log.and(&entry.commit);
        }
        Some(Self {
            public,
            tree: OnceLock::new(),
            log,
        })
    }

    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.public.epoch()
    }

    /// The encoded tree.
    ///
    /// # Errors
    /// None in practice.
    pub fn tree(&self) -> Result<Bytes, Refusal> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree.clone());
        }
        let tree = Bytes(self.public.tree().map_err(|error| refused(&error))?);
        Ok(self.tree.get_or_init(|| tree).clone())
    }

    /// Applies a commit. This group stays as it is; the one after it comes with what to store.
    ///
    /// # Errors
    /// [`Refusal::CommitRefused`] if it does not apply, is another device's or breaks a rule; [`Refusal::BadRequest`] if what comes
    /// with it does not fit.
    pub fn commit(
        &self,
        commit: Commit,
        now: UnixMillis,
    ) -> Result<(Self, AcceptedCommit), Refusal> {
        let mut public = self.public.clone();
        let applied = public
            .apply(&commit.commit, now / 1000)
            .map_err(|error| refused(&error))?;
        if wire::address(&applied.committer) != Some(commit.committer) {
            return Err(Refusal::CommitRefused {
                reason: "not-a-member",
            });
        }
        public
            .check_group_info(&commit.group_info, applied.committer)
            .map_err(|error| refused(&error))?;
        let added = applied
            .added
            .iter()
            .map(added_device)
            .collect::<Option<Vec<_>>>()
            .ok_or(Refusal::CommitRefused { reason: "bad-leaf" })?;
        let removed = applied
            .removed
            .iter()
            .map(wire::address)
            .collect::<Option<_>>()
            .ok_or(Refusal::CommitRefused { reason: "bad-leaf" })?;
        let settings = Settings::of(&applied.state);
        check_welcome(&commit, applied.is_external, &added)?;
        check_archive(&commit, settings.generation, applied.epoch)?;
        let log = self.log.and(&commit.commit);
        let snapshot = log
            .is_long()
            .then(|| public.snapshot())
            .transpose()
            .map_err(|error| refused(&error))?;
        let next = Self {
            public,
            tree: OnceLock::new(),
            log: snapshot.as_deref().map_or(log, Log::since),
        };
        let policy = (applied.state.policy != self.public.state().policy)
            .then(|| applied.state.policy.to_bytes())
            .transpose()
            .map_err(|_| malformed("commit"))?;
        let tree = commit.welcome.as_ref().map(|_| next.tree()).transpose()?;
        let accepted = AcceptedCommit {
            commit,
            is_external: applied.is_external,
            added,
            removed,
            settings,
            policy,
            tree: tree.map(|tree| tree.0),
            snapshot,
        };
        Ok((next, accepted))
    }
}

fn added_device(certificate: &DeviceCertificate) -> Option<AddedDevice> {
    Some(AddedDevice {
        address: wire::address(&certificate.address)?,
        certificate: certificate.to_bytes().ok()?,
    })
}

/// A member who adds devices brings the Welcome for exactly these.
fn check_welcome(commit: &Commit, is_external: bool, added: &[AddedDevice]) -> Result<(), Refusal> {
    let mut expected: Vec<_> = added
        .iter()
        .filter(|_| !is_external)
        .map(|device| device.address)
        .collect();
    let welcome = commit.welcome.as_ref();
    let mut named = welcome.map_or_else(Vec::new, |welcome| welcome.addresses.clone());
    expected.sort_unstable();
    named.sort_unstable();
    if named == expected && welcome.is_some() != named.is_empty() {
        Ok(())
    } else {
        Err(Refusal::bad_request(
            "welcome: not for exactly the devices that the commit adds",
        ))
    }
}

/// Links lead back from no later epoch than the one that begins, wraps are of that one.
fn check_archive(commit: &Commit, generation: u32, epoch: u64) -> Result<(), Refusal> {
    if wire::are_in_time(&commit.links, &commit.wraps, generation, epoch) {
        Ok(())
    } else {
        Err(Refusal::bad_request(
            "links, wraps: of another group or a later epoch",
        ))
    }
}

impl Group {
    /// Whether an invitation is good now for a device with this certificate.
    #[must_use]
    pub fn admits(&self, invitation: &Bytes, certificate: &[u8]) -> bool {
        let (Ok(invitation), Ok(joiner)) = (
            Invitation::from_bytes(invitation.as_slice()),
            DeviceCertificate::from_bytes(certificate),
        ) else {
            return false;
        };
        let state = self.public.state();
        let current = invitation.topic_id == state.genesis.topic_id
            && invitation.generation == state.policy.generation
            && state.genesis.hash().ok() == Some(invitation.genesis_hash)
            && invitation.not_after_epoch >= self.epoch()
            && invitation.invite_generation == state.admission.invite_generation
            && state.policy.visibility == crypto_wasm::forum::wire::Visibility::Invite;
        let for_joiner = match (invitation.invitee_account_key, invitation.link_public_key) {
            (Some(invitee), None) => invitee == joiner.account_key,
            (None, Some(_)) => true,
            _ => false,
        };
        current && for_joiner && self.is_by_an_inviter(&invitation)
    }

    fn is_by_an_inviter(&self, invitation: &Invitation) -> bool {
        let members = self.public.members().unwrap_or_default();
        let inviter = members
            .iter()
            .find(|member| member.address == invitation.inviter);
        let Some(inviter) = inviter else {
            return false;
        };
        let permitted = self.public.state().policy.may_invite(&Account::of(inviter));
        permitted
            && invitation.signed_bytes().is_ok_and(|signed| {
                inviter
                    .identity_key
                    .verify(label::INVITATION, &signed, &invitation.signature)
                    .is_ok()
            })
    }
}

pub(super) fn refused(error: &TopicError) -> Refusal {
    Refusal::CommitRefused {
        reason: error.code(),
    }
}
