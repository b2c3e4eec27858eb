//! Authentic contents applied to conversations (protocol §5).

use super::effects::{self, Deed};
use super::error::ClientError;
use super::membership::{self, Change, Verdict, contains};
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, HeldMembership, LineState, MemberEntry,
    MessageRecord,
};
use super::standing::{self, Standing};
use super::txn::Txn;
use super::views::{Event, Failure};
use super::{contacts, conversations, healing, keys, messages, receipts, timers};
use crate::crypto::sign::Ed25519PublicKey;
use crate::sorted;
use crate::wire::content::{Membership, Text, Timer};
use crate::wire::{Address, Body, Content, ConversationId, Flag, MessageId, UserId, Version1};

/// Pieces that a batch collects: sorted, each once.
#[derive(Default)]
pub(crate) struct Batch {
    pub(super) touched: Vec<ConversationId>,
    pub(super) wanted: Vec<UserId>,
    /// What somebody else wrote, and is here now.
    pub(super) arrived: Vec<((ConversationId, UserId), MessageId)>,
}

impl Batch {
    /// Adds what came after.
    pub(super) fn add(&mut self, later: Self) {
        for conversation in later.touched {
            self.touch(conversation);
        }
        for user in later.wanted {
            self.want(user);
        }
        for message in later.arrived {
            sorted::insert(&mut self.arrived, message);
        }
    }

    /// The conversation has changed.
    pub(super) fn touch(&mut self, conversation: ConversationId) {
        sorted::insert(&mut self.touched, conversation);
    }

    /// The relay is to be asked about the user.
    pub(super) fn want(&mut self, user: UserId) {
        sorted::insert(&mut self.wanted, user);
    }
}

pub(super) fn error_event(code: &str, message: &str) -> Event {
    Event::Error(Failure {
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

/// A decrypted content: sender and ids are those of the session and the envelope.
// SES-10, SES-12, SES-13, CNT-16, CNT-18, CNT-19, LNK-11
pub(super) fn apply(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    (sender, identity_key): (Address, Ed25519PublicKey),
    content: Content,
    batch: &mut Batch,
    now_ms: u64,
) -> Result<(), ClientError> {
    let place = messages::find(txn, sender.user_id, content.message_id)?;
    if let Some((conversation, order)) = place
        && !messages::is_undecryptable(txn, conversation, order)?
    {
        return Ok(());
    }
    if standing::is_blocked(txn, sender.user_id)?
        && !is_known_membership(txn, content.conversation_id, &content.body)?
    {
        let id = content.message_id;
        messages::remember(txn, sender.user_id, id, content.conversation_id, 0);
        return Ok(());
    }
    // What could not be read at first, and is none that shows, leaves no line behind.
    if let Some((conversation, order)) = place.filter(|(_, order)| *order > 0)
        && !shows(&content.body)
    {
        messages::remove(txn, conversation, order, content.message_id)?;
    }
    let line = Line {
        own,
        sender,
        id: content.message_id,
        sent_at: content.sent_at_ms,
        now_ms,
        place,
    };
    let deed = Deed {
        author: sender.user_id,
        id: content.message_id,
        sent_at: content.sent_at_ms,
    };
    match content.body {
        said @ (Body::Text(_) | Body::Attachment(_)) => {
            let body = match said {
                Body::Attachment(attachment) => BodyRecord::File { attachment },
                Body::Text(Text { text, reply_to }) => BodyRecord::Text { text, reply_to },
                _ => return Ok(()),
            };
            let id = content.conversation_id;
            match shared(txn, own, sender.user_id, id)? {
                Some(mut record) => {
                    line.write(txn, id, &mut record, body)?;
                    conversations::save(txn, id, &record)?;
                    batch.touch(id);
                    if sender.user_id == own.user_id {
                        standing::wrote(txn, own, id, &record)?;
                    } else {
                        batch.arrive(id, sender.user_id, content.message_id);
                    }
                }
                _ => txn.emit(error_event(
                    ClientError::NotAMember.code(),
                    "a message from somebody who is not in the conversation",
                )),
            }
        }
        Body::Membership(membership) => {
            change(txn, content.conversation_id, membership, &line, batch)?
        }
        body if effects::target(&body).is_some() => {
            let id = content.conversation_id;
            messages::remember(txn, sender.user_id, content.message_id, id, 0);
            if !effects::is_plausible(&body) {
                txn.emit(error_event("decode", "a change that cannot be meant"));
                return Ok(());
            }
            match shared(txn, own, sender.user_id, id)? {
                Some(record) => {
                    effects::apply(txn, id, &record.members, body, deed, now_ms)?;
                }
                _ => txn.emit(error_event(
                    ClientError::NotAMember.code(),
                    "a change from somebody who is not in the conversation",
                )),
            }
        }
        Body::Timer(Timer { seconds }) => {
            let id = content.conversation_id;
            if let Some(mut record) = shared(txn, own, sender.user_id, id)?
                && timers::note(txn, id, deed, seconds)?
            {
                line.write(txn, id, &mut record, BodyRecord::Timer { seconds })?;
                conversations::save(txn, id, &record)?;
                batch.touch(id);
            } else {
                messages::remember(txn, sender.user_id, content.message_id, id, 0);
            }
        }
        body @ (Body::DeliveryReceipt(_) | Body::ReadReceipt(_)) => {
            let id = content.conversation_id;
            messages::remember(txn, sender.user_id, content.message_id, id, 0);
            let record = conversations::load(txn, id)?
                .filter(|record| contains(&record.members, sender.user_id));
            if let Some(record) = record {
                let said = (sender.user_id, content.sent_at_ms);
                receipts::apply(txn, own, said, id, record, body, now_ms)?;
            }
        }
        Body::RetryRequest(request) => {
            let ids = (content.conversation_id, request.message_id);
            messages::remember(txn, sender.user_id, content.message_id, ids.0, 0);
            healing::answer(txn, own, (sender, identity_key), ids, now_ms)?;
        }
        Body::Resend(resend) => {
            let conversation = content.conversation_id;
            messages::remember(txn, sender.user_id, content.message_id, conversation, 0);
            if let Some(original) = healing::resent(txn, sender, conversation, resend)? {
                apply(txn, own, (sender, identity_key), original, batch, now_ms)?;
            }
        }
        // What devices of one account tell each other, for `devices`; and content types of later versions of this client: authentic and known
        // to have arrived, but not shown.
        body => {
            let id = content.message_id;
            messages::remember(txn, sender.user_id, id, content.conversation_id, 0);
            if let Body::DeviceSync(sync) = body
                && sender.user_id == own.user_id
            {
                txn.put(keys::synced(id), sync.into());
                txn.emit(Event::Devices);
            }
        }
    }
    Ok(())
}

/// A conversation that both somebody and this user are members of.
// CNT-16
fn shared(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    user: UserId,
    id: ConversationId,
) -> Result<Option<ConversationRecord>, ClientError> {
    let record = conversations::load(txn, id)?;
    Ok(record
        .filter(|record| contains(&record.members, user) && contains(&record.members, own.user_id)))
}

/// Whether a content is a line.
const fn shows(body: &Body) -> bool {
    matches!(
        body,
        Body::Text(_) | Body::Attachment(_) | Body::Membership(_) | Body::Timer(_)
    )
}

/// Who is in a conversation that is there is judged by everybody alike, whomever this user has blocked.
// CNT-22
fn is_known_membership(
    txn: &mut Txn<'_>,
    id: ConversationId,
    body: &Body,
) -> Result<bool, ClientError> {
    Ok(matches!(body, Body::Membership(_)) && conversations::load(txn, id)?.is_some())
}

/// What a line that arrived is made of.
struct Line<'a> {
    own: &'a AccountRecord,
    sender: Address,
    id: MessageId,
    sent_at: u64,
    now_ms: u64,
    /// Where an undecryptable line stands that this one heals.
    place: Option<(ConversationId, u64)>,
}

impl Line<'_> {
    fn write(
        &self,
        txn: &mut Txn<'_>,
        conversation: ConversationId,
        record: &mut ConversationRecord,
        body: BodyRecord,
    ) -> Result<(), ClientError> {
        let author = (self.sender.user_id, self.id);
        let body = effects::on_arrival(txn, conversation, author, body, self.now_ms)?;
        let outgoing = self.sender.user_id == self.own.user_id;
        let line = MessageRecord {
            version: Version1,
            id: self.id,
            sender: self.sender,
            outgoing: Flag(outgoing),
            sent_at: self.sent_at,
            state: if outgoing {
                LineState::Sent
            } else {
                LineState::Received
            },
            failure: None,
            body,
        };
        match self.place {
            Some((at, order)) if at == conversation && order > 0 => {
                let message = messages::put(txn, conversation, order, line)?;
                txn.emit(Event::MessageUpdated(message));
            }
            _ => {
                conversations::append(txn, conversation, record, line, self.now_ms)?;
                if outgoing {
                    timers::start(txn, conversation, record.last_order, self.now_ms)?;
                }
            }
        }
        Ok(())
    }
}

/// A membership that arrived (protocol §5): judged by the one before it, and with it the ones that waited for it.
// CNT-8, CNT-13, CNT-14
fn change(
    txn: &mut Txn<'_>,
    id: ConversationId,
    membership: Membership,
    line: &Line<'_>,
    batch: &mut Batch,
) -> Result<(), ClientError> {
    let members = membership.members.iter().map(|member| MemberEntry {
        user_id: member.user_id,
        account_key: member.account_key,
    });
    let incoming = HeldMembership {
        sender: line.sender,
        message_id: line.id,
        sent_at: line.sent_at,
        revision: membership.revision,
        members: members.collect(),
        name: membership.name,
    };
    let me = line.own.user_id;
    if !membership::plausible(&incoming.members) {
        txn.emit(error_event("decode", "a membership that cannot be one"));
        return Ok(());
    }
    let Some(mut record) = conversations::load(txn, id)? else {
        if !contains(&incoming.members, me) || !contains(&incoming.members, line.sender.user_id) {
            txn.emit(error_event(
                ClientError::NotAMember.code(),
                "a membership that does not concern this user",
            ));
            return Ok(());
        }
        let direct =
            incoming.revision == 0 && incoming.members.len() == 2 && incoming.name.is_empty();
        if line.sender.user_id == me {
            // Another device of this user has begun it.
            for member in incoming.members.iter().filter(|_| incoming.revision == 0) {
                if member.user_id != me {
                    standing::set(txn, member.user_id, Standing::Accepted)?;
                }
            }
        } else {
            standing::invited(txn, id, line.sender.user_id)?;
        }
        let mut record = membership::first(direct, line.now_ms, incoming.clone());
        let everybody = Change {
            added: incoming
                .members
                .iter()
                .map(|member| member.user_id)
                .collect(),
            removed: Vec::new(),
        };
        return applied(txn, id, &mut record, everybody, line, batch);
    };
    messages::remember(txn, line.sender.user_id, line.id, id, 0);
    match membership::apply(&mut record, incoming, me) {
        Verdict::Applied(change) => applied(txn, id, &mut record, change, line, batch)?,
        Verdict::Held => conversations::save(txn, id, &record)?,
        Verdict::Ignored => {}
        Verdict::Refused => {
            txn.emit(error_event(
                ClientError::NotAMember.code(),
                "a membership from somebody who was not a member",
            ));
        }
    }
    while let Some(held) = membership::next_held(&mut record) {
        let line = Line {
            sender: held.sender,
            id: held.message_id,
            sent_at: held.sent_at,
            place: None,
            ..*line
        };
        if let Verdict::Applied(change) = membership::apply(&mut record, held, me) {
            applied(txn, id, &mut record, change, &line, batch)?;
        }
    }
    Ok(())
}

/// A membership is in force: its line, and the people whom it names.
// CNT-14
fn applied(
    txn: &mut Txn<'_>,
    id: ConversationId,
    record: &mut ConversationRecord,
    change: Change,
    line: &Line<'_>,
    batch: &mut Batch,
) -> Result<(), ClientError> {
    // A conversation of two without a name that is given somebody or a name is a group from then on.
    record.direct.0 &= record.members.len() == 2 && record.name.is_empty() && record.revision == 0;
    txn.load(contacts::places(&record.members))?;
    for member in record
        .members
        .iter()
        .filter(|member| member.user_id != line.own.user_id)
    {
        if contacts::meet(txn, member.user_id, member.account_key)? {
            batch.want(member.user_id);
        }
    }
    let body = conversations::membership_body(change, record.revision, &record.name);
    line.write(txn, id, record, body)?;
    conversations::save(txn, id, record)?;
    batch.touch(id);
    Ok(())
}
