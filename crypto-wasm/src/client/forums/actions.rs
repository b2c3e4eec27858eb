//! What members decide: who comes and goes, roles, policy, invitations. Each becomes a commit, made anew while others come first.

use crate::client::error::ClientError;
use crate::client::records::AccountRecord;
use crate::client::txn::Txn;
use crate::client::{account, contacts};
use crate::crypto::sign::Ed25519PrivateKey;
use crate::forum::archive::{ArchiveKey, LinkSecret};
use crate::forum::group::{
    Change, InvitationRequest, Invitee, PolicyDraft, TopicGroup, describe_key_package,
};
use crate::forum::link::{InvitationLink, LinkHistory, LinkSeed};
use crate::forum::policy::Standing as Rank;
use crate::forum::wire::{
    Account, Authorization, History, Inviters, LeaveRequest, PostContent, Role, RoleEntry,
    TopicState, Visibility,
};
use crate::wire::{Address, DeviceCertificate, Flag, TopicId, UserId, Version1, Wire as _};

use super::records::{
    AddIntent, BuiltCommit, CommitJob, Intent, Job, KeyBytes, LinksJob, PolicyChange, RemoveIntent,
    RoleChange, TopicRecord, WelcomeRecord,
};
use super::{group, info, outbox, topic};

/// What a member wants of a topic.
#[derive(Debug, Clone)]
pub enum TopicAction {
    /// Adds a user's devices, by KeyPackages that the relay gave.
    Add {
        /// Whom.
        user_id: UserId,
        /// Encoded KeyPackages.
        key_packages: Vec<Vec<u8>>,
    },
    /// Removes all devices of a user.
    Remove {
        /// Whom.
        user_id: UserId,
        /// Whether the account may not come back.
        ban: bool,
    },
    /// Lifts a ban.
    Unban {
        /// Whose.
        user_id: UserId,
    },
    /// Changes what owners decide; what is absent stays.
    Policy {
        /// Users and their new roles: 1 owner, 2 moderator, 3 member.
        roles: Vec<(UserId, u8)>,
        /// Who gets in.
        visibility: Option<Visibility>,
        /// How far back new members read, and with [`History::LastDays`] how many days.
        history: Option<(History, u16)>,
        /// Who may invite.
        inviters: Option<Inviters>,
    },
    /// Leaves.
    Leave,
    /// Another title and description.
    Info {
        /// The title.
        title: String,
        /// The description.
        description: String,
    },
}

/// Puts down what a member wants; the outbox brings it about. Returns the entry that tells how it ends.
pub(crate) fn act(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    action: &TopicAction,
    now_ms: u64,
) -> Result<u64, ClientError> {
    let record = topic::load_active(txn, topic_id)?;
    let state = record.topic_state()?;
    let own = account::load(txn)?;
    let rank = state.policy.standing(&topic::own_account(&own));
    let intent = match action {
        TopicAction::Info { title, description } => {
            return info::change(txn, topic_id, title, description, now_ms);
        }
        TopicAction::Leave => return leave(txn, topic_id, &state, &own),
        TopicAction::Add {
            user_id,
            key_packages,
        } => {
            permit(rank >= Rank::Moderator || *user_id == own.user_id)?;
            check_added(txn, *user_id, key_packages)?;
            Intent::Add(AddIntent {
                user_id: *user_id,
                key_packages: key_packages.clone(),
            })
        }
        TopicAction::Remove { user_id, ban } => {
            permit(rank >= Rank::Moderator)?;
            Intent::Remove(RemoveIntent {
                user_id: *user_id,
                ban: Flag(*ban),
            })
        }
        TopicAction::Unban { user_id } => {
            permit(rank == Rank::Owner)?;
            Intent::Unban(*user_id)
        }
        TopicAction::Policy { .. } => {
            permit(rank == Rank::Owner)?;
            Intent::Policy(policy_change(action))
        }
    };
    let job = CommitJob {
        intent,
        built: None,
    };
    outbox::push(txn, topic_id, Job::Commit(job))
}

const fn permit(permitted: bool) -> Result<(), ClientError> {
    if permitted {
        Ok(())
    } else {
        Err(ClientError::Forbidden)
    }
}

/// The KeyPackages are of devices of that user, under the account key that is pinned here: the relay does not choose whom a member adds.
// PST-13
fn check_added(
    txn: &mut Txn<'_>,
    user: UserId,
    key_packages: &[Vec<u8>],
) -> Result<(), ClientError> {
    let list = account::list_of(txn, user)?;
    if contacts::has_changed(txn, user)? {
        return Err(ClientError::KeyChanged);
    }
    if key_packages.is_empty() {
        return Err(ClientError::NotFound("key package"));
    }
    for bytes in key_packages {
        let certificate = describe_key_package(bytes)?.certificate;
        let listed = list.devices.iter().any(|device| {
            device.device_id == certificate.address.device_id
                && device.identity_key == certificate.identity_key
        });
        let is_theirs =
            certificate.address.user_id == user && certificate.account_key == list.account_key;
        if !(is_theirs && listed) {
            return Err(ClientError::DeviceNotListed);
        }
    }
    Ok(())
}

fn policy_change(action: &TopicAction) -> PolicyChange {
    let mut change = PolicyChange {
        visibility: None,
        history: None,
        history_days: None,
        inviters: None,
        roles: Vec::new(),
    };
    if let TopicAction::Policy {
        roles,
        visibility,
        history,
        inviters,
    } = action
    {
        change.visibility = *visibility;
        change.history = history.map(|(history, _)| history);
        change.history_days = history.map(|(_, days)| days);
        change.inviters = *inviters;
        let role = |(user_id, role): &(UserId, u8)| RoleChange {
            user_id: *user_id,
            role: *role,
        };
        change.roles = roles.iter().map(role).collect();
    }
    change
}

/// A last owner does not leave others behind without one.
fn leave(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    state: &TopicState,
    own: &AccountRecord,
) -> Result<u64, ClientError> {
    let record = topic::load_active(txn, topic_id)?;
    let me = topic::own_account(own);
    let owners = state.policy.roles.iter();
    let others = owners
        .filter(|entry| entry.role == Role::Owner && entry.account != me)
        .count();
    if state.policy.standing(&me) == Rank::Owner && others == 0 && record.members > 1 {
        return Err(ClientError::LastOwner);
    }
    let request = group::load(txn, topic_id)?.leave_request()?;
    outbox::push(txn, topic_id, Job::Leave(request.to_bytes()?.into()))
}

/// Requests to leave that the relay shows: this device commits the removal of who asked, if nobody comes first.
pub(crate) fn see_leaves(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    requests: &[Vec<u8>],
) -> Result<(), ClientError> {
    if requests.is_empty() {
        return Ok(());
    }
    topic::load_active(txn, topic_id)?;
    for (_, waiting) in outbox::waiting(txn)? {
        let waits =
            matches!(&waiting.job, Job::Commit(job) if matches!(job.intent, Intent::Leaves(_)));
        if waits && waiting.topic_id == topic_id {
            return Ok(());
        }
    }
    let job = CommitJob {
        intent: Intent::Leaves(requests.to_vec()),
        built: None,
    };
    outbox::push(txn, topic_id, Job::Commit(job))?;
    Ok(())
}

/// Makes the commit of an intent in the epoch that the topic is in; `None` if there is nothing left to do.
// PST-11
pub(super) fn build(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    intent: &Intent,
    now_ms: u64,
) -> Result<Option<BuiltCommit>, ClientError> {
    let present = topic::present_key(txn, topic_id, record)?;
    let mut held = group::load(txn, topic_id)?;
    let Some(change) = change_of(txn, topic_id, &held, intent)? else {
        return Ok(None);
    };
    let made = held.commit(&change, now_ms / 1000, txn.rng)?;
    let next = ArchiveKey::copy_from(held.pending_archive_key()?.expose());
    let changes = held.apply_pending()?;
    let history = held.state().policy.history;
    let mut newcomers = false;
    for certificate in &changes.added {
        newcomers |= !has_account(txn, topic_id, certificate)?;
    }
    let of = record.group(topic_id);
    let now = group::keyed(changes.epoch, &next);
    let mut offered = LinksJob {
        links: Vec::new(),
        wraps: Vec::new(),
    };
    if group::may_link(history, newcomers) {
        let before = group::keyed(made.epoch, &present);
        offered.links.push(group::link(txn, of, &now, &before)?);
    }
    let secret = record.secret.as_ref();
    if let Some(secret) =
        secret.filter(|_| changes.removed.is_empty() && history != History::SinceJoining)
    {
        offered.wraps.push(group::wrap(txn, of, &now, secret)?);
    }
    Ok(Some(BuiltCommit {
        epoch: made.epoch,
        commit: made.commit,
        group_info: made.group_info,
        links: offered.links,
        wraps: offered.wraps,
        welcome: made.welcome.map(|bytes| WelcomeRecord {
            bytes,
            addresses: made.welcomed,
        }),
        after: held.export()?,
        state: held.state().to_bytes()?,
        key: KeyBytes(next),
        added: changes.added,
        removed: changes.removed,
    }))
}

fn has_account(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    certificate: &DeviceCertificate,
) -> Result<bool, ClientError> {
    let known = topic::devices(txn, topic_id, certificate.address.user_id)?;
    let mut present = known.members.iter().filter(|stay| stay.to_epoch.is_none());
    Ok(present.any(|stay| Account::of(&stay.certificate) == Account::of(certificate)))
}

/// The user's devices in the group, and the account that certified them.
fn present(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    user: UserId,
) -> Result<(Vec<Address>, Vec<Account>), ClientError> {
    let known = topic::devices(txn, topic_id, user)?;
    let (mut addresses, mut accounts) = (Vec::new(), Vec::new());
    for stay in known.members.iter().filter(|stay| stay.to_epoch.is_none()) {
        if stay.certificate.address.user_id == user {
            addresses.push(stay.certificate.address);
            let account = Account::of(&stay.certificate);
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
    }
    Ok((addresses, accounts))
}

fn change_of(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    group: &TopicGroup,
    intent: &Intent,
) -> Result<Option<Change>, ClientError> {
    let mut change = Change::default();
    match intent {
        // An external commit is not made anew here: it needs what the relay tells of the group.
        Intent::Join => return Err(ClientError::Internal("a join that was not made")),
        Intent::Add(add) => {
            for bytes in &add.key_packages {
                let address = describe_key_package(bytes)?.certificate.address;
                if group.member(address).is_err() {
                    change.add.push(bytes.clone());
                }
            }
            if change.add.is_empty() {
                return Ok(None);
            }
        }
        Intent::Remove(remove) => {
            let (addresses, accounts) = present(txn, topic_id, remove.user_id)?;
            if addresses.is_empty() {
                return Ok(None);
            }
            change.remove = addresses;
            if remove.ban.0 {
                change.ban = accounts;
                demote(group, &mut change)?;
            }
        }
        Intent::Unban(user) => {
            let bans = group.state().admission.bans.iter();
            change.unban = bans.filter(|ban| ban.user_id == *user).copied().collect();
            if change.unban.is_empty() {
                return Ok(None);
            }
        }
        Intent::Policy(wanted) => {
            let draft = draft_of(txn, topic_id, group, wanted)?;
            if draft == PolicyDraft::of(&group.state().policy) {
                return Ok(None);
            }
            change.policy = Some(group.next_policy(&draft)?);
        }
        Intent::Leaves(requests) => {
            for bytes in requests {
                let Ok(request) = LeaveRequest::from_bytes(bytes) else {
                    continue;
                };
                let stays = group
                    .member(request.address)
                    .is_ok_and(|member| member.join_id == request.join_id);
                if stays && request.address != group.own()?.certificate.address {
                    change.remove.push(request.address);
                    change.authorizations.push(Authorization::Leave(request));
                }
            }
            if change.remove.is_empty() {
                return Ok(None);
            }
        }
    }
    Ok(Some(change))
}

/// Who is banned has no role any more, where an owner does the banning.
fn demote(group: &TopicGroup, change: &mut Change) -> Result<(), ClientError> {
    let policy = &group.state().policy;
    let own = Account::of(&group.own()?.certificate);
    let has_role = |account: &Account| policy.standing(account) > Rank::Member;
    if policy.standing(&own) == Rank::Owner && change.ban.iter().any(has_role) {
        let mut draft = PolicyDraft::of(policy);
        draft
            .roles
            .retain(|entry| !change.ban.contains(&entry.account));
        change.policy = Some(group.next_policy(&draft)?);
    }
    Ok(())
}

fn draft_of(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    group: &TopicGroup,
    wanted: &PolicyChange,
) -> Result<PolicyDraft, ClientError> {
    let mut draft = PolicyDraft::of(&group.state().policy);
    draft.visibility = wanted.visibility.unwrap_or(draft.visibility);
    draft.inviters = wanted.inviters.unwrap_or(draft.inviters);
    if let Some(history) = wanted.history {
        draft.history = history;
        draft.history_days = wanted.history_days.unwrap_or(0);
    }
    for RoleChange { user_id, role } in &wanted.roles {
        let (_, accounts) = present(txn, topic_id, *user_id)?;
        draft
            .roles
            .retain(|entry| entry.account.user_id != *user_id);
        let role = match role {
            1 => Role::Owner,
            2 => Role::Moderator,
            _ => continue,
        };
        let account = accounts.into_iter().next();
        let account = account.ok_or(ClientError::NotFound("member"))?;
        draft.roles.push(RoleEntry { account, role });
    }
    if !draft.roles.iter().any(|entry| entry.role == Role::Owner) {
        return Err(ClientError::LastOwner);
    }
    Ok(draft)
}

/// Makes an invitation link, as text. With history, it carries what opens it.
// PST-9
pub(crate) fn invite(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    uses: u32,
    with_history: bool,
    now_ms: u64,
) -> Result<String, ClientError> {
    let mut record = topic::load_active(txn, topic_id)?;
    let held = group::load(txn, topic_id)?;
    let mut invitation_id = [0; 16];
    txn.rng.fill_bytes(&mut invitation_id);
    let seed = LinkSeed::init(|bytes| txn.rng.fill_bytes(bytes));
    let key = Ed25519PrivateKey::from_seed(seed.expose()).public_key();
    let invitation = held.invite(&InvitationRequest {
        invitation_id,
        to: Invitee::Link(key),
        uses: uses.max(1),
    })?;
    let gives_history = with_history && held.state().policy.history != History::SinceJoining;
    let history = if gives_history {
        Some(history_secret(txn, topic_id, &mut record, now_ms)?)
    } else {
        None
    };
    let link = InvitationLink {
        version: Version1,
        topic_id,
        genesis_hash: held.state().genesis.hash()?,
        invitation: Some(invitation),
        seed,
        title: record.title,
        history,
    };
    Ok(link.to_text()?.to_string())
}

/// The secret that links with history carry; a new one is told to the members and wraps the present key.
// PST-8
fn history_secret(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    now_ms: u64,
) -> Result<LinkHistory, ClientError> {
    if let Some(known) = &record.secret {
        return Ok(group::copy(known));
    }
    let key = topic::present_key(txn, topic_id, record)?;
    let mut secret_id = [0; 16];
    txn.rng.fill_bytes(&mut secret_id);
    let history = LinkHistory {
        secret_id,
        secret: LinkSecret::init(|bytes| txn.rng.fill_bytes(bytes)),
    };
    let LinkHistory { secret, .. } = group::copy(&history);
    info::queue(
        txn,
        topic_id,
        &PostContent::LinkSecret { secret_id, secret },
        now_ms,
    )?;
    let now = group::keyed(record.epoch, &key);
    let job = LinksJob {
        links: Vec::new(),
        wraps: vec![group::wrap(txn, record.group(topic_id), &now, &history)?],
    };
    outbox::push(txn, topic_id, Job::Links(job))?;
    record.secret = Some(group::copy(&history));
    topic::save(txn, topic_id, record)?;
    Ok(history)
}
