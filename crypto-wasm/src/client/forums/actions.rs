//! What members decide: who comes and goes, roles, policy, invitations. Each becomes a commit, made anew while others come first.

use crate::client::error::ClientError;
use crate::client::records::AccountRecord;
use crate::client::txn::Txn;
use crate::client::{account, contacts};
use crate::forum::group::describe_key_package;
use crate::forum::policy::Standing as Rank;
use crate::forum::wire::{History, Inviters, Role, TopicState, Visibility};
use crate::wire::{Flag, TopicId, UserId, Wire as _};

use super::outbox_records::{
    AddIntent, CommitJob, Intent, Job, PolicyChange, RemoveIntent, RoleChange,
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
    let mut commits = outbox::commits(txn, topic_id)?.into_iter();
    if commits.any(|(_, job)| matches!(job.intent, Intent::Leaves(_))) {
        return Ok(());
    }
    let job = CommitJob {
        intent: Intent::Leaves(requests.to_vec()),
        built: None,
    };
    outbox::push(txn, topic_id, Job::Commit(job))?;
    Ok(())
}
