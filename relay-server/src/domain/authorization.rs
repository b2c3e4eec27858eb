//! Who may do what: the one place where it is decided. A backend finds out how the caller stands to what it asks for, in the same
//! transaction in which it does it; here is what follows from that. That the caller is a device that is logged in and not revoked was
//! found out before, and what is a device's own (keys, mailbox, Welcomes) it reaches by being that device, not by naming it;
//! likewise lists hold what is the caller's, and what is looked up among it is not found elsewhere.

use super::refusal::Refusal;

/// What a caller asks for, and how it stands to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// To read or change a conversation, or to send in it.
    UseConversation {
        /// Whether the caller's user is a participant.
        is_participant: bool,
    },
    /// To create a forum.
    CreateForum {
        /// Whether the caller's user is an administrator.
        is_administrator: bool,
    },
    /// To learn that there is a topic.
    SeeTopic {
        /// Whether anybody may join.
        is_open: bool,
        /// Whether a device of the caller's user is in it.
        has_leaf: bool,
    },
    /// To be given what joining needs.
    Join {
        /// Whether anybody may join.
        is_open: bool,
        /// Whether the caller's device has a leaf, perhaps about to be removed.
        has_leaf: bool,
        /// Whether it brought an invitation that is valid now.
        is_invited: bool,
    },
    /// To commit to a topic.
    Commit {
        /// Whether anybody may join.
        is_open: bool,
        /// Whether the caller's device has a leaf, perhaps about to be removed.
        has_leaf: bool,
        /// Whether it was given what joining needs a while ago.
        is_admitted: bool,
    },
    /// To read or post in a topic, or to follow it.
    UseTopic {
        /// Whether the caller's device is served as a member.
        is_member: bool,
    },
    /// To delete a post of a topic that the caller is a member of.
    DeletePost {
        /// Whether the caller's user wrote it.
        is_author: bool,
        /// Whether the caller's account is a moderator or an owner.
        is_moderator: bool,
    },
}

/// Whether a caller may.
///
/// # Errors
/// [`Refusal::NotFound`] where the caller is not to know that there is such a thing, [`Refusal::Forbidden`] where it knows already.
pub const fn authorize(action: Action) -> Result<(), Refusal> {
    let (may, otherwise) = match action {
        Action::UseConversation { is_participant } => (is_participant, Refusal::NotFound),
        Action::CreateForum { is_administrator } => (is_administrator, Refusal::Forbidden),
        Action::SeeTopic { is_open, has_leaf } => (is_open || has_leaf, Refusal::NotFound),
        Action::Join {
            is_open,
            has_leaf,
            is_invited,
        } => (is_open || has_leaf || is_invited, Refusal::NotFound),
        Action::Commit {
            is_open,
            has_leaf,
            is_admitted,
        } => (is_open || has_leaf || is_admitted, Refusal::NotFound),
        Action::UseTopic { is_member } => (is_member, Refusal::NotFound),
        Action::DeletePost {
            is_author,
            is_moderator,
        } => (is_author || is_moderator, Refusal::Forbidden),
    };
    if may { Ok(()) } else { Err(otherwise) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T24: each action by each standing.
    #[test]
    fn t24_only_who_stands_so_may() {
        let both = [false, true];
        for first in both {
            let (participant, administrator) = (first, first);
            let found = |may: bool| if may { Ok(()) } else { Err(Refusal::NotFound) };
            let allowed = |may: bool| if may { Ok(()) } else { Err(Refusal::Forbidden) };
            let use_it = Action::UseConversation {
                is_participant: participant,
            };
            assert_eq!(authorize(use_it), found(first));
            let create = Action::CreateForum {
                is_administrator: administrator,
            };
            assert_eq!(authorize(create), allowed(first));
            assert_eq!(
                authorize(Action::UseTopic { is_member: first }),
                found(first)
            );
            for second in both {
                let see = Action::SeeTopic {
                    is_open: first,
                    has_leaf: second,
                };
                assert_eq!(authorize(see), found(first || second));
                let delete = Action::DeletePost {
                    is_author: first,
                    is_moderator: second,
                };
                assert_eq!(authorize(delete), allowed(first || second));
                for third in both {
                    let join = Action::Join {
                        is_open: first,
                        has_leaf: second,
                        is_invited: third,
                    };
                    let commit = Action::Commit {
                        is_open: first,
                        has_leaf: second,
                        is_admitted: third,
                    };
                    assert_eq!(authorize(join), found(first || second || third));
                    assert_eq!(authorize(commit), found(first || second || third));
                }
            }
        }
    }
}
