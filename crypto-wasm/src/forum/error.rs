//! Why a topic's operation was refused.

use mls_rs::error::{IntoAnyError, MlsError};

use crate::ProtocolError;

/// Which rule of a topic a commit breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RuleError {
    /// The committer's role does not permit it.
    #[error("the committer may not do that")]
    Forbidden,
    /// The account may not come in.
    #[error("the account is banned")]
    Banned,
    /// No invitation, or one that is not valid now.
    #[error("the invitation is not valid")]
    Invitation,
    /// The group context would become something else than the next state.
    #[error("the commit changes the topic's state wrongly")]
    State,
    /// Proposals of a kind, number or combination that no commit may have.
    #[error("the commit has proposals that are not allowed")]
    Proposals,
    /// A leaf without its certificate or join id.
    #[error("a leaf is not that of a certified device")]
    Leaf,
}

impl RuleError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Banned => "banned",
            Self::Invitation => "invitation-refused",
            Self::Forbidden => "forbidden",
            Self::State | Self::Proposals | Self::Leaf => "commit-refused",
        }
    }
}

impl IntoAnyError for RuleError {
    fn into_dyn_error(self) -> Result<Box<dyn std::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

/// Why a topic's operation was refused. What was stored of the topic is still good.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// A structure or signature is wrong.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A commit breaks a rule of topics.
    #[error(transparent)]
    Rule(RuleError),
    /// A commit was made in another epoch.
    #[error("the commit is of another epoch")]
    Epoch,
    /// The group is not that of the topic that was meant.
    #[error("the group is of another topic than the one that was meant")]
    TopicMismatch,
    /// The policies do not lead from the genesis to the one that holds.
    #[error("the policies do not form a chain from the topic's beginning")]
    PolicyChain,
    /// An older epoch, generation or revision than one known.
    #[error("the topic was rolled back")]
    Rollback,
    /// The device or account has no leaf in the group.
    #[error("not a member of the topic")]
    NotAMember,
    /// There is no pending commit, or there is one.
    #[error("there is no pending commit, or there is one already")]
    Pending,
    /// A commit is good by all that is public of it, and its secret part is not: the relay had to take it, and no member can apply it.
    #[error("the commit's secret part is wrong, so that nobody can apply it")]
    Broken,
    /// MLS refused it. Boxed, as it is larger than all others together: every result has room for its error.
    #[error("MLS refused it")]
    Mls(#[source] Box<MlsError>),
}

impl TopicError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Protocol(error) => error.code(),
            Self::Rule(error) => error.code(),
            Self::Epoch => "epoch-conflict",
            Self::TopicMismatch => "topic-mismatch",
            Self::PolicyChain => "policy-chain",
            Self::Rollback => "topic-rollback",
            Self::NotAMember => "not-a-member",
            Self::Pending => "pending-commit",
            Self::Broken => "commit-broken",
            Self::Mls(_) => "commit-refused",
        }
    }
}

impl TopicError {
    /// Of a commit. MLS looks at what is secret in it last: after the signature over the group's context, the membership tag, the rules and
    /// the tree.
    // TOP-24
    #[cfg(feature = "topics")]
    pub(super) fn of_commit(error: MlsError) -> Self {
        match error {
            MlsError::CryptoProviderError(_)
            | MlsError::PubKeyMismatch
            | MlsError::UpdateErrorNoSecretKey
            | MlsError::LcaNotFoundInDirectPath
            | MlsError::InvalidConfirmationTag => Self::Broken,
            other => other.into(),
        }
    }
}

impl From<RuleError> for TopicError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

impl From<MlsError> for TopicError {
    fn from(error: MlsError) -> Self {
        match &error {
            // TOP-21
            MlsError::InvalidEpoch => Self::Epoch,
            MlsError::MlsRulesError(inner) | MlsError::IdentityProviderError(inner) => {
                match inner.inner_dyn_error().downcast_ref::<RuleError>() {
                    Some(rule) => Self::Rule(*rule),
                    None => Self::Mls(Box::new(error)),
                }
            }
            _ => Self::Mls(Box::new(error)),
        }
    }
}
