//! Which commits a topic's members and its relay accept (§7): a pure function of the group's public state and the proposals.

mod external;
mod member;
mod transition;

use mls_rs::group::proposal::{AddProposal, ExternalInit, ReInitProposal, RemoveProposal};
use mls_rs::group::{GroupContext, Roster};
use mls_rs::identity::SigningIdentity;
use mls_rs::mls_rules::{
    CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle,
};
use mls_rs::{ExtensionList, MlsRules};
use mls_rs_core::group::Member;

use super::policy::Standing;
use super::wire::{Account, Authorization, JoinId, TopicState};
use super::{RuleError, credential, state};
use crate::wire::{Address, DeviceCertificate};

pub(super) use transition::check_state;

/// The rules of topics, for mls-rs.
#[derive(Debug, Clone, Copy, Default)]
pub struct TopicRules;

impl MlsRules for TopicRules {
    type Error = RuleError;

    fn filter_proposals(
        &self,
        _: CommitDirection,
        source: CommitSource,
        roster: &Roster<'_>,
        context: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, RuleError> {
        judge(&source, roster, context, &proposals)?;
        Ok(proposals)
    }

    fn commit_options(
        &self,
        _: &Roster<'_>,
        _: &GroupContext,
        _: &ProposalBundle,
    ) -> Result<CommitOptions, RuleError> {
        Ok(CommitOptions::new()
            .with_ratchet_tree_extension(false)
            .with_allow_external_commit(true))
    }

    fn encryption_options(
        &self,
        _: &Roster<'_>,
        _: &GroupContext,
    ) -> Result<EncryptionOptions, RuleError> {
        Ok(EncryptionOptions::default())
    }
}

/// Judges a commit.
///
/// # Errors
/// The rule that it breaks.
pub fn judge(
    source: &CommitSource,
    roster: &Roster<'_>,
    context: &GroupContext,
    proposals: &ProposalBundle,
) -> Result<(), RuleError> {
    let group = Group {
        roster,
        context,
        state: state::topic_state(context.extensions())?,
    };
    // TOP-6
    if proposals.by_type::<ReInitProposal>().next().is_some() {
        return Err(RuleError::Proposals);
    }
    match source {
        CommitSource::ExistingMember(member) => member::judge(&group, member, proposals),
        CommitSource::NewMember(identity) => external::judge(&group, identity, proposals),
    }
}

/// The public state in which a commit was made.
struct Group<'a> {
    roster: &'a Roster<'a>,
    context: &'a GroupContext,
    state: TopicState,
}

/// A leaf as the rules see it.
struct Leaf {
    index: u32,
    certificate: DeviceCertificate,
    join_id: JoinId,
}

impl Leaf {
    fn of(member: &Member) -> Result<Self, RuleError> {
        Ok(Self {
            index: member.index(),
            certificate: credential::certificate(member.signing_identity())?,
            join_id: state::join_id(member.extensions())?,
        })
    }

    const fn account(&self) -> Account {
        Account::of(&self.certificate)
    }
}

impl Group<'_> {
    fn standing(&self, account: &Account) -> Standing {
        self.state.policy.standing(account)
    }

    fn leaf(&self, index: u32) -> Result<Leaf, RuleError> {
        let member = self.roster.member_with_index(index);
        Leaf::of(&member.map_err(|_| RuleError::Proposals)?)
    }

    /// The certificates of all leaves.
    fn certificates(&self) -> impl Iterator<Item = DeviceCertificate> {
        let identities = self.roster.member_identities_iter();
        identities.filter_map(|identity| credential::certificate(identity).ok())
    }

    fn device(&self, address: Address) -> Option<DeviceCertificate> {
        self.certificates()
            .find(|certificate| certificate.address == address)
    }

    fn has_account(&self, account: &Account) -> bool {
        self.certificates()
            .any(|certificate| Account::of(&certificate) == *account)
    }
}

/// The authorizations that a commit carries.
fn authorizations(proposals: &ProposalBundle) -> Result<Vec<Authorization>, RuleError> {
    let custom = proposals.custom_proposals().iter();
    custom
        .map(|info| state::authorization(&info.proposal))
        .collect()
}

/// The leaves that a commit removes.
fn removed<'a>(proposals: &'a ProposalBundle) -> impl Iterator<Item = u32> + 'a {
    let removals = proposals.by_type::<RemoveProposal>();
    removals.map(|info| info.proposal.to_remove())
}

/// The identities that a commit adds, with their leaves' extensions.
fn added(proposals: &ProposalBundle) -> impl Iterator<Item = &AddProposal> {
    proposals
        .by_type::<AddProposal>()
        .map(|info| &info.proposal)
}

/// The group context extensions that a commit puts; MLS refuses a second proposal of them.
fn new_extensions(proposals: &ProposalBundle) -> Option<&ExtensionList> {
    let mut extensions = proposals.by_type::<ExtensionList>();
    extensions.next().map(|info| &info.proposal)
}

fn has_external_init(proposals: &ProposalBundle) -> bool {
    proposals.by_type::<ExternalInit>().next().is_some()
}

/// A joining device: certified, and of an account that may come in.
// TOP-7
fn admissible(
    identity: &SigningIdentity,
    bans: &[Account],
) -> Result<DeviceCertificate, RuleError> {
    let certificate = credential::certificate(identity)?;
    if bans.contains(&Account::of(&certificate)) {
        Err(RuleError::Banned)
    } else {
        Ok(certificate)
    }
}
