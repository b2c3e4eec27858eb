//! What this user does in conversations: make one, change who is in it, say something.

use rand_core::CryptoRng;

use super::conversations::{all, announce, append, found, membership_body, save, view};
use super::error::ClientError;
use super::ids::new_id;
use super::membership::{self, Change, MAX_MEMBERS, Verdict, contains, user_ids};
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, HeldMembership, MemberEntry, MessageRecord,
    OutboxAction,
};
use super::seal::seal;
use super::standing::Standing;
use super::txn::Txn;
use super::views::{Conversation, Message, Outcome};
use super::{Client, account, contacts, keys, messages, outbox, standing};
use crate::ProtocolError;
use crate::store::Store;
use crate::wire::content::Text;
use crate::wire::{Body, Content, ConversationId, MessageId, UserId};

/// A group's name has at most this many bytes of UTF-8.
const MAX_NAME: usize = 200;
/// A text has at most this many bytes of UTF-8, so that its envelope fits the relay's 64 KiB.
pub(super) const MAX_TEXT: usize = 48 * 1024;

/// Refuses to send while the account key of somebody concerned has changed and was not accepted.
// KEY-8
pub(super) fn check_keys(txn: &mut Txn<'_>, members: &[MemberEntry]) -> Result<(), ClientError> {
    txn.load(contacts::places(members))?;
    for member in members {
        if contacts::has_changed(txn, member.user_id)? {
            return Err(ClientError::KeyChanged);
        }
    }
    Ok(())
}

/// Somebody to be made a member: known, with a key that did not change.
fn entry(txn: &mut Txn<'_>, user_id: UserId) -> Result<MemberEntry, ClientError> {
    let record = contacts::load(txn, user_id)?
        .filter(|record| !record.gone.0)
        .ok_or(ClientError::NotFound("contact"))?;
    if record.candidate.is_some() {
        return Err(ClientError::KeyChanged);
    }
    Ok(MemberEntry {
        user_id,
        account_key: record.account_key,
    })
}

/// The same for several.
fn entries(txn: &mut Txn<'_>, users: &[UserId]) -> Result<Vec<MemberEntry>, ClientError> {
    txn.load(users.iter().copied().map(keys::user).collect())?;
    users.iter().map(|user| entry(txn, *user)).collect()
}

fn check_name(name: &str) -> Result<&str, ClientError> {
    let name = name.trim();
    if name.len() > MAX_NAME {
        Err(ClientError::InvalidArgument("name"))
    } else {
        Ok(name)
    }
}

/// An own membership, not applied yet.
fn draw(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    revision: u64,
    members: Vec<MemberEntry>,
    name: &str,
    now_ms: u64,
) -> HeldMembership {
    HeldMembership {
        sender: own.address(),
        message_id: new_id(now_ms, txn.rng),
        sent_at: now_ms,
        revision,
        members,
        name: name.to_owned(),
    }
}

// CNT-8, CNT-9
pub(crate) fn create(
    txn: &mut Txn<'_>,
    with: &[UserId],
    name: &str,
    now_ms: u64,
) -> Result<Conversation, ClientError> {
    let name = check_name(name)?;
    let own = account::load(txn)?;
    let mut others = Vec::with_capacity(with.len());
    for user in with {
        if *user != own.user_id && !others.contains(user) {
            others.push(*user);
        }
        if others.len() >= MAX_MEMBERS {
            return Err(ClientError::InvalidArgument("members"));
        }
    }
    let Some(first) = others.first() else {
        return Err(ClientError::InvalidArgument("members"));
    };
    txn.load(others.iter().copied().map(keys::standing).collect())?;
    for user in &others {
        if standing::is_blocked(txn, *user)? {
            return Err(ClientError::Blocked);
        }
    }
    let direct = name.is_empty() && others.len() == 1;
    if direct && let Some((id, record)) = find_direct(txn, own.user_id, *first)? {
        return view(txn, id, &record);
    }
    let mut members = vec![MemberEntry {
        user_id: own.user_id,
        account_key: own.account_key,
    }];
    members.extend(entries(txn, &others)?);
    for user in &others {
        standing::set(txn, *user, Standing::Accepted)?;
    }
    let first = draw(txn, &own, 0, members, name, now_ms);
    let id: ConversationId = new_id(now_ms, txn.rng);
    txn.is_new(keys::timer(id));
    txn.is_new(keys::request(id));
    let mut record = membership::first(direct, now_ms, first.clone());
    let everybody = user_ids(&first.members);
    let action = OutboxAction::CreateConversation {
        participants: everybody.clone(),
    };
    outbox::push(txn, id, action)?;
    let change = Change {
        added: everybody.clone(),
        removed: Vec::new(),
    };
    let line = membership_body(change, 0, name);
    let body = Body::from(&first);
    write(txn, &own, id, &mut record, first.message_id, line, now_ms)?;
    post(
        txn,
        &own,
        id,
        record.last_order,
        everybody,
        (first.message_id, body),
        now_ms,
    )?;
    announce(txn, id)
}

pub(crate) fn update(
    txn: &mut Txn<'_>,
    id: ConversationId,
    add: &[UserId],
    remove: &[UserId],
    name: Option<&str>,
    now_ms: u64,
) -> Result<Conversation, ClientError> {
    let name = name.map(check_name).transpose()?;
    let own = account::load(txn)?;
    let mut record = found(txn, id)?;
    if record.direct.0 {
        return Err(ClientError::InvalidArgument(
            "a direct conversation does not change",
        ));
    }
    if !contains(&record.members, own.user_id) {
        return Err(ClientError::NotAMember);
    }
    let before = record.members.clone();
    let mut members = before.clone();
    let new: Vec<UserId> = add
        .iter()
        .copied()
        .filter(|user| !contains(&members, *user))
        .collect();
    for member in entries(txn, &new)? {
        if !contains(&members, member.user_id) {
            members.push(member);
        }
    }
    members.retain(|member| !remove.contains(&member.user_id));
    let name = name.unwrap_or(&record.name).to_owned();
    let unchanged = members.len() == before.len()
        && before
            .iter()
            .all(|member| contains(&members, member.user_id));
    if unchanged && name == record.name {
        return view(txn, id, &record);
    }
    if members.is_empty() || members.len() > MAX_MEMBERS {
        return Err(ClientError::InvalidArgument("members"));
    }
    check_keys(txn, &members)?;
    // Those who learn of a member here are to pin the key that this client goes by, not the one of long ago.
    for member in &mut members {
        if let Some(known) = contacts::load(txn, member.user_id)? {
            member.account_key = known.account_key;
        }
    }
    let revision = record.revision.checked_add(1);
    let revision = revision.ok_or(ProtocolError::Exhausted)?;
    let next = draw(txn, &own, revision, members, &name, now_ms);
    let (message_id, body) = (next.message_id, Body::from(&next));
    let Verdict::Applied(change) = membership::apply(&mut record, next, own.user_id) else {
        return Err(ClientError::Internal("an own membership does not apply"));
    };
    send_change(
        txn,
        &own,
        id,
        record,
        (message_id, body),
        change,
        before,
        now_ms,
    )?;
    announce(txn, id)
}

/// Appends the line of a membership of one's own and puts what belongs to it into the outbox, in this order: route to those
/// who come, tell everybody before and after, stop routing to those who go.
#[expect(clippy::too_many_arguments, reason = "one step's pieces, used once")]
fn send_change(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    id: ConversationId,
    mut record: ConversationRecord,
    (message_id, body): (MessageId, Body),
    change: Change,
    before: Vec<MemberEntry>,
    now_ms: u64,
) -> Result<(), ClientError> {
    let mut recipients = user_ids(&before);
    recipients.extend(&change.added);
    let removed = change.removed.clone();
    if !change.added.is_empty() {
        let users = change.added.clone();
        outbox::push(txn, id, OutboxAction::AddParticipants { users })?;
    }
    let line = membership_body(change, record.revision, &record.name);
    write(txn, own, id, &mut record, message_id, line, now_ms)?;
    txn.load(removed.iter().copied().map(keys::user).collect())?;
    for user in &removed {
        // Somebody who goes because of a changed key need not be told under it.
        if contacts::has_changed(txn, *user)? {
            recipients.retain(|recipient| recipient != user);
        }
    }
    post(
        txn,
        own,
        id,
        record.last_order,
        recipients,
        (message_id, body),
        now_ms,
    )?;
    for user in removed {
        outbox::push(txn, id, OutboxAction::RemoveParticipant { user })?;
    }
    Ok(())
}

pub(crate) fn send(
    txn: &mut Txn<'_>,
    id: ConversationId,
    text: &str,
    reply_to: Option<MessageId>,
    now_ms: u64,
) -> Result<Message, ClientError> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return Err(ClientError::InvalidArgument("text"));
    }
    let text = text.to_owned();
    let line = BodyRecord::Text {
        text: text.clone(),
        reply_to,
    };
    let body = Body::Text(Text { text, reply_to });
    say(txn, id, line, body, now_ms)
}

/// This user's account, and a conversation in which they may do something now.
pub(super) fn place_to_act(
    txn: &mut Txn<'_>,
    id: ConversationId,
) -> Result<(AccountRecord, ConversationRecord), ClientError> {
    let own = account::load(txn)?;
    let record = found(txn, id)?;
    if !contains(&record.members, own.user_id) {
        return Err(ClientError::NotAMember);
    }
    check_keys(txn, &record.members)?;
    Ok((own, record))
}

/// Adds a line of one's own and puts what it says into the outbox.
pub(super) fn say(
    txn: &mut Txn<'_>,
    id: ConversationId,
    line: BodyRecord,
    body: Body,
    now_ms: u64,
) -> Result<Message, ClientError> {
    let (own, mut record) = place_to_act(txn, id)?;
    standing::check(txn, &own, &record)?;
    standing::wrote(txn, &own, id, &record)?;
    let message_id = new_id(now_ms, txn.rng);
    let line = write(txn, &own, id, &mut record, message_id, line, now_ms)?;
    let recipients = user_ids(&record.members);
    post(
        txn,
        &own,
        id,
        record.last_order,
        recipients,
        (message_id, body),
        now_ms,
    )?;
    announce(txn, id)?;
    Ok(line)
}

/// Adds a line of one's own to a conversation.
pub(super) fn write(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    id: ConversationId,
    record: &mut ConversationRecord,
    message_id: MessageId,
    body: BodyRecord,
    now_ms: u64,
) -> Result<Message, ClientError> {
    txn.is_new(keys::message_changes(id, message_id));
    txn.is_new(keys::receipts(id, message_id));
    let line = MessageRecord::outgoing(own, message_id, now_ms, body);
    let line = append(txn, id, record, line, now_ms)?;
    save(txn, id, record)?;
    Ok(line)
}

/// Puts a message into the outbox that is no line.
pub(super) fn tell(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    conversation: ConversationId,
    recipients: Vec<UserId>,
    (id, body): (MessageId, Body),
    sent_at: u64,
) -> Result<(), ClientError> {
    messages::remember(txn, own.user_id, id, conversation, 0);
    post(txn, own, conversation, 0, recipients, (id, body), sent_at)
}

/// Puts a message into the outbox; `order` is its line's, or 0.
pub(super) fn post(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    conversation_id: ConversationId,
    order: u64,
    recipients: Vec<UserId>,
    (message_id, body): (MessageId, Body),
    now_ms: u64,
) -> Result<(), ClientError> {
    let content = Content {
        conversation_id,
        message_id,
        sent_at_ms: now_ms,
        body,
    };
    // Looked up before anything is encrypted.
    outbox::next_number(txn)?;
    let mut message = outbox::message(order, recipients, &content)?;
    // What needs the network is done later, by the outbox.
    seal(txn, own, &mut message, now_ms)?;
    outbox::push(txn, conversation_id, OutboxAction::Message(message))
}

fn find_direct(
    txn: &mut Txn<'_>,
    me: UserId,
    other: UserId,
) -> Result<Option<(ConversationId, ConversationRecord)>, ClientError> {
    let both = |record: &ConversationRecord| {
        record.direct.0 && contains(&record.members, me) && contains(&record.members, other)
    };
    Ok(all(txn)?.into_iter().find(|(_, record)| both(record)))
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Makes a conversation. Two people without a name have one direct conversation, which is given back if it is there.
    ///
    /// # Errors
    /// `invalid-argument` for no or too many members or a long name; `not-found` for a member who is not a contact; `key-changed`.
    pub async fn create_conversation(
        &self,
        with: &[UserId],
        name: &str,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(|txn| create(txn, with, name, now_ms)).await
    }

    /// Makes the next membership: people added, people removed, the name. Removing oneself is leaving.
    ///
    /// # Errors
    /// `not-found` for no such conversation or a person who is not a contact; `not-a-member` after having left; `invalid-argument` for a direct
    /// conversation, a long name or too many members; `key-changed`.
    pub async fn update_conversation(
        &self,
        id: ConversationId,
        add: &[UserId],
        remove: &[UserId],
        name: Option<&str>,
        now_ms: u64,
    ) -> Result<Outcome<Conversation>, ClientError> {
        self.step(|txn| update(txn, id, add, remove, name, now_ms))
            .await
    }

    /// Sends a text. When this returns, the line, the outbox entry and (where every session is there) the ratchet steps are on disk.
    ///
    /// # Errors
    /// `invalid-argument` for an empty or long text; `not-found`; `not-a-member`; `key-changed`.
    pub async fn send_text(
        &self,
        id: ConversationId,
        text: &str,
        reply_to: Option<MessageId>,
        now_ms: u64,
    ) -> Result<Outcome<Message>, ClientError> {
        self.step(|txn| send(txn, id, text, reply_to, now_ms)).await
    }
}
