//! Commits, made of what members decided, in the epoch that their topic is in.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::archive::ArchiveKey;
use crate::forum::group::{Change, PolicyDraft, TopicGroup, describe_key_package};
use crate::forum::policy::Standing as Rank;
use crate::forum::wire::{Account, Authorization, History, LeaveRequest, Role, RoleEntry};
use crate::wire::{Address, TopicId, UserId, Wire as _};

use super::outbox_records::{
    AddIntent, BuiltCommit, Intent, LinksJob, PolicyChange, RoleChange, WelcomeRecord,
};
use super::records::{KeyBytes, TopicRecord};
use super::{epochs, group, members, revoked, topic};

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
    let cover = epochs::cover(txn, topic_id, record)?;
    let Some(mut change) = change_of(txn, topic_id, &held, intent)? else {
        return Ok(None);
    };
    change.authenticated_data.clone_from(&cover);
    epochs::made(txn, topic_id, record.epoch, cover)?;
    let made = held.commit(&change, now_ms / 1000, txn.rng)?;
    let next = ArchiveKey::copy_from(held.pending_archive_key()?.expose());
    let changes = held.apply_pending()?;
    let history = held.state().policy.history;
    let mut newcomers = false;
    let returning = matches!(intent, Intent::Readmit(_));
    for certificate in &changes.added {
        let known = members::devices(txn, topic_id, certificate.address.user_id)?;
        newcomers |= !known.has_account_of(certificate);
    }
    let of = record.group(topic_id);
    let now = group::keyed(changes.epoch, &next);
    let mut offered = LinksJob {
        links: Vec::new(),
        wraps: Vec::new(),
    };
    if returning || group::may_link(history, newcomers) {
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

/// The user's devices in the group, and the account that certified them.
fn present(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    user: UserId,
) -> Result<(Vec<Address>, Vec<Account>), ClientError> {
    let known = members::devices(txn, topic_id, user)?;
    let (mut addresses, mut accounts) = (Vec::new(), Vec::new());
    for present in known.present() {
        if present.address.user_id == user {
            addresses.push(present.address);
            let account = Account::of(present);
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
        Intent::Add(AddIntent { key_packages, .. }) | Intent::Readmit(key_packages) => {
            for bytes in key_packages {
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
        Intent::Revoked(_) => return revoked::change(txn, topic_id, group),
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
