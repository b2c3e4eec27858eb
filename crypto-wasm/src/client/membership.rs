//! Who is in a conversation: signed memberships, applied one revision after the other (protocol §5).

use super::records::{ConversationRecord, HeldMembership, MemberEntry};
use crate::sorted;
use crate::wire::content::Membership;
use crate::wire::{Body, Flag, Member, UserId, Version1};

/// Members of a conversation at most, as many as the relay routes to.
pub(super) const MAX_MEMBERS: usize = 256;
/// Memberships that wait for a predecessor at most; the relay cannot make us keep more.
const MAX_HELD: usize = 64;

/// What a membership did to a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the conversation's membership now.
    Applied(Change),
    /// It waits for the revision before it.
    Held,
    /// Old, or it lost against one of the same number.
    Ignored,
    /// Its sender was not a member before it.
    Refused,
}

/// Who came and went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) added: Vec<UserId>,
    pub(super) removed: Vec<UserId>,
}

/// Whether a list of members could be one: somebody, nobody twice, not too many.
// CNT-8
pub(super) fn plausible(members: &[MemberEntry]) -> bool {
    let mut ids = Vec::new();
    !members.is_empty()
        && members.len() <= MAX_MEMBERS
        && members
            .iter()
            .all(|member| sorted::insert(&mut ids, member.user_id))
}

pub(super) fn contains(members: &[MemberEntry], user: UserId) -> bool {
    members.iter().any(|member| member.user_id == user)
}

pub(super) fn user_ids(members: &[MemberEntry]) -> Vec<UserId> {
    members.iter().map(|member| member.user_id).collect()
}

impl From<&HeldMembership> for Body {
    fn from(held: &HeldMembership) -> Self {
        let member = |entry: &MemberEntry| Member {
            user_id: entry.user_id,
            account_key: entry.account_key,
        };
        Self::Membership(Membership {
            revision: held.revision,
            members: held.members.iter().map(member).collect(),
            name: held.name.clone(),
        })
    }
}

/// Judges a membership by the one before it and applies, holds or refuses it.
// CNT-10, CNT-11, CNT-12, CNT-13
pub(super) fn apply(
    record: &mut ConversationRecord,
    incoming: HeldMembership,
    me: UserId,
) -> Verdict {
    let next = record.revision.checked_add(1);
    if Some(incoming.revision) == next {
        if !contains(&record.members, incoming.sender.user_id) {
            return Verdict::Refused;
        }
        record.previous_members = record.members.clone();
        return Verdict::Applied(replace(record, incoming));
    }
    if incoming.revision == record.revision {
        if incoming.message_id >= record.revision_message {
            return Verdict::Ignored;
        }
        if !contains(&record.previous_members, incoming.sender.user_id) {
            return Verdict::Refused;
        }
        return Verdict::Applied(replace(record, incoming));
    }
    if incoming.revision < record.revision {
        return Verdict::Ignored;
    }
    if !contains(&record.members, me)
        && contains(&incoming.members, me)
        && contains(&incoming.members, incoming.sender.user_id)
        && contains(&record.members, incoming.sender.user_id)
    {
        // Brought back, by somebody who was a member when we went: what happened between was never sent to us.
        record.previous_members.clear();
        record.held.clear();
        return Verdict::Applied(replace(record, incoming));
    }
    if record.held.len() >= MAX_HELD {
        return Verdict::Ignored;
    }
    record.held.push(incoming);
    Verdict::Held
}

/// Takes out the held membership that comes next, if it has arrived. The smaller message id goes first.
// CNT-11
pub(super) fn next_held(record: &mut ConversationRecord) -> Option<HeldMembership> {
    let known = record.revision;
    record.held.retain(|held| held.revision > known);
    let next = record
        .held
        .iter()
        .enumerate()
        .filter(|(_, held)| Some(held.revision) == known.checked_add(1));
    let (at, _) = next.min_by_key(|(_, held)| held.message_id)?;
    Some(record.held.swap_remove(at))
}

fn replace(record: &mut ConversationRecord, incoming: HeldMembership) -> Change {
    let change = Change {
        added: difference(&incoming.members, &record.members),
        removed: difference(&record.members, &incoming.members),
    };
    record.revision = incoming.revision;
    record.revision_message = incoming.message_id;
    record.members = incoming.members;
    record.name = incoming.name;
    change
}

fn difference(of: &[MemberEntry], without: &[MemberEntry]) -> Vec<UserId> {
    of.iter()
        .map(|member| member.user_id)
        .filter(|user| !contains(without, *user))
        .collect()
}

/// The record of a conversation whose first membership is made or received now.
pub(super) fn first(direct: bool, created_at: u64, incoming: HeldMembership) -> ConversationRecord {
    ConversationRecord {
        version: Version1,
        direct: Flag(direct),
        created_at,
        revision: incoming.revision,
        revision_message: incoming.message_id,
        members: incoming.members,
        name: incoming.name,
        previous_members: Vec::new(),
        held: Vec::new(),
        last_order: 0,
        active_at: created_at,
        unread: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sign::Ed25519PublicKey;
    use crate::wire::{Address, MessageId};

    fn user(n: u8) -> UserId {
        UserId::from_bytes([n; 16])
    }

    fn members(list: &[u8]) -> Vec<MemberEntry> {
        list.iter()
            .map(|n| MemberEntry {
                user_id: user(*n),
                account_key: Ed25519PublicKey::from_bytes([*n; 32]),
            })
            .collect()
    }

    fn membership(sender: u8, id: u8, revision: u64, list: &[u8]) -> HeldMembership {
        HeldMembership {
            sender: Address {
                user_id: user(sender),
                device_id: 1,
            },
            message_id: MessageId::from_bytes([id; 16]),
            sent_at: 0,
            revision,
            members: members(list),
            name: String::new(),
        }
    }

    fn start(list: &[u8]) -> ConversationRecord {
        first(false, 0, membership(1, 1, 0, list))
    }

    // CNT-11
    #[test]
    fn only_the_next_revision_is_applied_and_later_ones_wait() {
        let mut record = start(&[1, 2]);
        assert_eq!(
            apply(&mut record, membership(1, 4, 2, &[1, 2, 3, 4]), user(2)),
            Verdict::Held
        );
        assert_eq!(record.members, members(&[1, 2]));
        let applied = apply(&mut record, membership(2, 3, 1, &[1, 2, 3]), user(2));
        assert_eq!(
            applied,
            Verdict::Applied(Change {
                added: vec![user(3)],
                removed: vec![]
            })
        );
        let held = next_held(&mut record).unwrap();
        assert!(matches!(
            apply(&mut record, held, user(2)),
            Verdict::Applied(_)
        ));
        assert_eq!(record.members, members(&[1, 2, 3, 4]));
        assert!(next_held(&mut record).is_none());
    }

    // CNT-10
    #[test]
    fn t29_only_a_member_of_the_membership_before_may_change_it() {
        let mut record = start(&[1, 2]);
        assert_eq!(
            apply(&mut record, membership(9, 3, 1, &[1, 2, 9]), user(2)),
            Verdict::Refused
        );
        assert_eq!(record.members, members(&[1, 2]));
        assert_eq!(
            apply(&mut record, membership(9, 0, 0, &[9]), user(2)),
            Verdict::Refused
        );
        assert_eq!(record.members, members(&[1, 2]));
    }

    // CNT-12
    #[test]
    fn of_two_with_the_same_number_the_smaller_message_id_wins_whichever_came_first() {
        let (a, b) = (
            membership(1, 5, 1, &[1, 2, 3]),
            membership(2, 7, 1, &[1, 2, 4]),
        );
        let mut one = start(&[1, 2]);
        apply(&mut one, a.clone(), user(1));
        assert_eq!(apply(&mut one, b.clone(), user(1)), Verdict::Ignored);
        let mut other = start(&[1, 2]);
        apply(&mut other, b, user(2));
        let change = apply(&mut other, a, user(2));
        assert_eq!(
            change,
            Verdict::Applied(Change {
                added: vec![user(3)],
                removed: vec![user(4)]
            })
        );
        assert_eq!(one.members, other.members);
    }

    // CNT-13
    #[test]
    fn a_removed_member_cannot_change_anything_and_may_be_brought_back() {
        let mut record = start(&[1, 2, 3]);
        assert!(matches!(
            apply(&mut record, membership(1, 2, 1, &[1, 2]), user(3)),
            Verdict::Applied(_)
        ));
        assert_eq!(
            apply(&mut record, membership(3, 3, 2, &[1, 2, 3]), user(3)),
            Verdict::Refused
        );
        assert!(matches!(
            apply(&mut record, membership(2, 4, 7, &[1, 2, 3]), user(3)),
            Verdict::Applied(_)
        ));
        assert_eq!(record.revision, 7);
    }

    // CNT-8
    #[test]
    fn what_could_not_be_a_membership_is_not_plausible() {
        assert!(plausible(&members(&[1, 2])));
        assert!(!plausible(&[]));
        assert!(!plausible(&members(&[1, 2, 1])));
        assert!(!plausible(&vec![
            MemberEntry {
                user_id: user(1),
                account_key: Ed25519PublicKey::from_bytes([0; 32])
            };
            MAX_MEMBERS + 1
        ]));
    }
}
