//! Whom the person writes with: people accepted and blocked, and conversations that somebody unknown began (protocol §5).

use rand_core::CryptoRng;

use super::conversations::announce;
use super::error::ClientError;
use super::records::{AccountRecord, ConversationRecord, MemberEntry, StandingRecord};
use super::txn::Txn;
use super::views::{Contact, Conversation, Event, Outcome};
use super::{Client, contacts, conversations, keys, trust};
use crate::codec;
use crate::store::Store;
use crate::wire::{ConversationId, UserId, Version1};

/// What the person has decided about somebody, by the number that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet.
    Unknown = 0,
    /// The person writes with them: they hear what was delivered, read and is being written.
    Accepted = 1,
    /// Nothing of theirs is shown.
    Blocked = 2,
}

codec!(
    enum Standing {
        Unknown = 0,
        Accepted = 1,
        Blocked = 2,
    }
);

pub(super) fn of(txn: &mut Txn<'_>, user: UserId) -> Result<Standing, ClientError> {
    let record: Option<StandingRecord> = txn.record_if_whole(keys::standing(user))?;
    Ok(record.map_or(Standing::Unknown, |record| record.standing))
}

/// Notes a decision, and that the account's other devices are to hear of it.
pub(super) fn set(txn: &mut Txn<'_>, user: UserId, standing: Standing) -> Result<(), ClientError> {
    if of(txn, user)? == standing {
        return Ok(());
    }
    keep(txn, user, standing)?;
    if let Some(record) = contacts::load(txn, user)? {
        let contact = contacts::view(txn, user, &record)?;
        txn.emit(Event::Contact(contact));
    }
    trust::note_mark(txn, user)
}

/// Notes a decision.
pub(super) fn keep(txn: &mut Txn<'_>, user: UserId, standing: Standing) -> Result<(), ClientError> {
    let version = Version1;
    txn.save(keys::standing(user), &StandingRecord { version, standing })
}

pub(super) fn is_blocked(txn: &mut Txn<'_>, user: UserId) -> Result<bool, ClientError> {
    Ok(of(txn, user)? == Standing::Blocked)
}

/// Refuses to write to one person who is blocked.
// CNT-22
pub(super) fn check(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    record: &ConversationRecord,
) -> Result<(), ClientError> {
    match peer(own, record) {
        Some(peer) if is_blocked(txn, peer.user_id)? => Err(ClientError::Blocked),
        _ => Ok(()),
    }
}

/// The other one of a direct conversation.
fn peer<'a>(own: &AccountRecord, record: &'a ConversationRecord) -> Option<&'a MemberEntry> {
    let mut members = record.members.iter().filter(|_| record.direct.0);
    members.find(|member| member.user_id != own.user_id)
}

/// Whoever writes in a conversation has accepted it, and the one with whom it is.
// CNT-21
pub(super) fn wrote(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    id: ConversationId,
    record: &ConversationRecord,
) -> Result<(), ClientError> {
    accept_request(txn, id)?;
    match peer(own, record) {
        Some(peer) => set(txn, peer.user_id, Standing::Accepted),
        None => Ok(()),
    }
}

/// The conversation is a request no longer, if it was one, and who began it is accepted.
fn accept_request(txn: &mut Txn<'_>, id: ConversationId) -> Result<(), ClientError> {
    let Some(by) = requested_by(txn, id)? else {
        return Ok(());
    };
    txn.delete(keys::request(id));
    set(txn, by, Standing::Accepted)
}

/// Who began a conversation that the person has not accepted.
pub(super) fn requested_by(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<Option<UserId>, ClientError> {
    let stored = txn.get(keys::request(id))?;
    // A damaged one is still a request, of nobody that is known.
    Ok(stored.map(|bytes| UserId::from_bytes(bytes.as_slice().try_into().unwrap_or_default())))
}

/// Somebody began a conversation with this user, or took them into one.
// CNT-21
pub(super) fn invited(
    txn: &mut Txn<'_>,
    id: ConversationId,
    by: UserId,
) -> Result<(), ClientError> {
    if of(txn, by)? != Standing::Accepted {
        txn.put(keys::request(id), by.as_bytes().to_vec().into());
    }
    Ok(())
}

pub(crate) fn accept(txn: &mut Txn<'_>, id: ConversationId) -> Result<Conversation, ClientError> {
    conversations::found(txn, id)?;
    accept_request(txn, id)?;
    announce(txn, id)
}

// CNT-22
pub(crate) fn block(
    txn: &mut Txn<'_>,
    user: UserId,
    blocked: bool,
) -> Result<Contact, ClientError> {
    let record = contacts::load(txn, user)?.ok_or(ClientError::NotFound("contact"))?;
    if blocked {
        set(txn, user, Standing::Blocked)?;
    } else if is_blocked(txn, user)? {
        set(txn, user, Standing::Unknown)?;
    }
    contacts::view(txn, user, &record)
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Accepts a conversation that somebody unknown began, and with it them.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn accept_conversation(
        &self,
        id: ConversationId,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(|txn| accept(txn, id)).await
    }

    /// Blocks somebody: what they write from now on is dropped, and they are not told. Or takes that back.
    ///
    /// # Errors
    /// `not-found` for somebody not known.
    pub async fn set_blocked(
        &self,
        user: UserId,
        blocked: bool,
    ) -> Result<Outcome<Contact>, ClientError> {
        self.step(|txn| block(txn, user, blocked)).await
    }
}
