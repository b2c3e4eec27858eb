//! Policies: roles, their chain from the genesis, and succession (§7).

use super::TopicError;
use super::wire::{Account, Genesis, History, Inviters, Policy, Role, Visibility};
use crate::ProtocolError;
use crate::crypto::hash::hash_with_label;
use crate::crypto::label;
use crate::identity::{Expectations, VerifiedCertificate};
use crate::sorted;
use crate::wire::codec::Signed as _;
use crate::wire::{DeviceCertificate, Wire as _};

/// What a member may do. The greater, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Posts, and invites if the policy says so.
    Member,
    /// Adds, removes and bans plain members.
    Moderator,
    /// May do everything.
    Owner,
}

impl Genesis {
    /// `HashWithLabel("topic genesis", genesis)`.
    ///
    /// # Errors
    /// None in practice.
    pub fn hash(&self) -> Result<[u8; 32], ProtocolError> {
        Ok(hash_with_label(label::TOPIC_GENESIS, &self.to_bytes()?))
    }

    /// The founder's account.
    #[must_use]
    pub const fn account(&self) -> Account {
        Account::of(&self.founder)
    }

    /// Verifies the founder's certificate.
    ///
    /// # Errors
    /// [`ProtocolError::BadSignature`].
    pub fn verify(&self) -> Result<(), ProtocolError> {
        VerifiedCertificate::verify(self.founder.clone(), &Expectations::default()).map(|_| ())
    }
}

impl Policy {
    /// `HashWithLabel("topic policy", policy)`.
    ///
    /// # Errors
    /// None in practice.
    pub fn hash(&self) -> Result<[u8; 32], ProtocolError> {
        Ok(hash_with_label(label::TOPIC_POLICY, &self.to_bytes()?))
    }

    /// What an account may do.
    #[must_use]
    pub fn standing(&self, account: &Account) -> Standing {
        let entry = self.roles.iter().find(|entry| entry.account == *account);
        match entry.map(|entry| entry.role) {
            Some(Role::Owner) => Standing::Owner,
            Some(Role::Moderator) => Standing::Moderator,
            None => Standing::Member,
        }
    }

    /// Whether an account may remove the devices of another without giving a reason: everybody those of their own account, moderators those of
    /// plain members, owners any.
    // TOP-9
    #[must_use]
    pub fn may_remove(&self, remover: &Account, removed: &Account) -> bool {
        let (standing, other) = (self.standing(remover), self.standing(removed));
        remover == removed
            || standing == Standing::Owner
            || (standing == Standing::Moderator && other == Standing::Member)
    }

    /// Whether an account may invite.
    #[must_use]
    pub fn may_invite(&self, account: &Account) -> bool {
        self.visibility != Visibility::Closed
            && (self.inviters == Inviters::Members || self.standing(account) >= Standing::Moderator)
    }

    /// Checks that this is the first policy of a genesis: revision 0, by the founding device, whose account is the sole owner.
    ///
    /// # Errors
    /// [`TopicError::PolicyChain`] if not, or the policy is not consistent in itself; [`ProtocolError::BadSignature`].
    // TOP-3
    pub fn begins(&self, genesis: &Genesis) -> Result<(), TopicError> {
        let [owner] = self.roles.as_slice() else {
            return Err(TopicError::PolicyChain);
        };
        let begins = self.topic_id == genesis.topic_id
            && self.generation == 0
            && self.revision == 0
            && self.previous_hash == genesis.hash()?
            && self.signer == genesis.founder
            && owner.role == Role::Owner
            && owner.account == genesis.account();
        if begins {
            self.check()
        } else {
            Err(TopicError::PolicyChain)
        }
    }

    /// Checks that this directly follows `previous`: the next revision, by a device of an account that is an owner there, of the same group
    /// or of the topic's next.
    ///
    /// # Errors
    /// As [`begins`](Self::begins).
    // TOP-4
    pub fn follows(&self, previous: &Self) -> Result<(), TopicError> {
        let follows = self.topic_id == previous.topic_id
            && matches!(
                self.generation.checked_sub(previous.generation),
                Some(0 | 1)
            )
            && previous.revision.checked_add(1) == Some(self.revision)
            && self.previous_hash == previous.hash()?
            && previous.standing(&Account::of(&self.signer)) == Standing::Owner;
        if follows {
            self.check()
        } else {
            Err(TopicError::PolicyChain)
        }
    }

    /// Consistency and signature.
    // TOP-2
    fn check(&self) -> Result<(), TopicError> {
        let consistent = self.roles.iter().any(|entry| entry.role == Role::Owner)
            && sorted::all_distinct(self.roles.iter().map(|entry| entry.account))
            && (self.history == History::LastDays) == (self.history_days > 0);
        if !consistent {
            return Err(TopicError::PolicyChain);
        }
        verified(&self.signer)?.verify(
            label::TOPIC_POLICY,
            &self.signed_bytes()?,
            &self.signature,
        )?;
        Ok(())
    }
}

/// The key of a certificate that verifies.
pub(super) fn verified(
    certificate: &DeviceCertificate,
) -> Result<crate::crypto::sign::VerifyingKey, ProtocolError> {
    VerifiedCertificate::verify_with_key(certificate.clone(), &Expectations::default())
        .map(|(_, key)| key)
}

/// Verifies a whole chain of policies, oldest first, and returns the last.
///
/// # Errors
/// [`TopicError::PolicyChain`] if it is empty or does not lead from the genesis to its end; [`ProtocolError::BadSignature`].
pub fn verify_chain<'a>(
    genesis: &Genesis,
    policies: &'a [Policy],
) -> Result<&'a Policy, TopicError> {
    let (first, rest) = policies.split_first().ok_or(TopicError::PolicyChain)?;
    genesis.verify()?;
    first.begins(genesis)?;
    let mut last = first;
    for policy in rest {
        policy.follows(last)?;
        last = policy;
    }
    Ok(last)
}
