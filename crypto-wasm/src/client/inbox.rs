//! What arrives: from envelope to line, in the relay's order, the cursor moving in the same commit as everything else.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::error::ClientError;
use super::membership::{self, Change, Verdict, contains};
use super::records::{
    AccountRecord, BodyRecord, ConversationRecord, HeldMembership, LineState, MemberEntry,
    MessageRecord,
};
use super::seal::load_session;
use super::txn::Txn;
use super::views::{Event, Failure, Outcome};
use super::{Client, account, contacts, conversations, keys, messages};
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::Expectations;
use crate::store::{Collection, Store};
use crate::wire::content::Membership;
use crate::wire::{
    Address, Body, Content, ConversationId, EnvelopeKind, Flag, MessageId, PreKeyMessage, UserId,
    Version1, Wire,
};

/// One message for this device, as the relay hands it over. Nothing in it is believed but what the session confirms.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Its id, by the relay's word.
    pub message_id: MessageId,
    /// Its conversation, by the relay's word.
    pub conversation_id: ConversationId,
    /// Its sender, by the relay's word.
    pub sender: Address,
    /// How to read `content`.
    pub kind: EnvelopeKind,
    /// An encoded PreKeyMessage or RatchetMessage.
    pub content: Vec<u8>,
}

/// An envelope and its place in the mailbox.
#[derive(Clone, Debug)]
pub struct MailboxItem {
    /// 1, 2, 3, … for each device.
    pub seq: u64,
    /// What is there; `None` where the relay's answer was not even an envelope.
    pub envelope: Option<Envelope>,
}

/// How far receiving came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Everything up to this seq is stored and may be acknowledged.
    pub cursor: u64,
    /// Users whose newest document is wanted. If items are left, the first of them waits for it.
    pub users: Vec<UserId>,
}

/// What became of an item.
enum Taken {
    /// It is dealt with, for good or ill.
    Done,
    /// The newest document of a user is needed first.
    Needs(UserId),
}

/// Pieces that a batch collects.
#[derive(Default)]
struct Batch {
    touched: BTreeSet<ConversationId>,
    wanted: BTreeSet<UserId>,
}

/// The highest mailbox seq that is stored here.
pub(super) async fn cursor<S: Store>(txn: &mut Txn<'_, S>) -> Result<u64, ClientError> {
    match txn.get(Collection::Meta, keys::CURSOR).await? {
        Some(bytes) => Ok(u64::from_be_bytes(
            bytes
                .as_slice()
                .try_into()
                .map_err(|_| ClientError::Corrupt("cursor"))?,
        )),
        None => Ok(0),
    }
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Takes a batch of mailbox items in order: decrypts, applies and stores them, and moves the cursor, in one commit. Items up to the cursor
    /// are skipped. Stops before an item that needs a user's document, unless that was asked for within the last minute.
    ///
    /// # Errors
    /// `not-registered`; storage errors. What a peer or the relay did wrong is no error here but shows as a line or an event.
    pub async fn receive(
        &self,
        items: &[MailboxItem],
        now_ms: u64,
    ) -> Result<Outcome<Received>, ClientError> {
        self.step(async |txn| {
            let own = account::load(txn).await?;
            let before = cursor(txn).await?;
            self.prefetch(txn, items).await?;
            let mut at = before;
            let mut batch = Batch::default();
            for item in items.iter().filter(|item| item.seq > before) {
                if at + 1 < item.seq && at > 0 {
                    txn.emit(error_event(
                        "mailbox-gap",
                        "messages expired at the relay before this device fetched them",
                    ));
                }
                let taken = match &item.envelope {
                    Some(envelope) => self.take(txn, &own, envelope, &mut batch, now_ms).await?,
                    None => {
                        txn.emit(error_event(
                            "relay",
                            "the relay handed over something that is not an envelope",
                        ));
                        Taken::Done
                    }
                };
                if let Taken::Needs(user) = taken {
                    batch.wanted.insert(user);
                    break;
                }
                at = item.seq;
            }
            if at != before {
                txn.put(
                    Collection::Meta,
                    keys::CURSOR,
                    at.to_be_bytes().to_vec().into(),
                );
            }
            for conversation in batch.touched {
                conversations::announce(txn, conversation).await?;
            }
            Ok(Received {
                cursor: at,
                users: batch.wanted.into_iter().collect(),
            })
        })
        .await
    }

    /// Everything that the batch will look at, in one read.
    async fn prefetch(
        &self,
        txn: &mut Txn<'_, S>,
        items: &[MailboxItem],
    ) -> Result<(), ClientError> {
        let wanted = items
            .iter()
            .filter_map(|item| item.envelope.as_ref())
            .flat_map(|envelope| {
                [
                    (Collection::Sessions, keys::session(&envelope.sender)),
                    (Collection::Users, keys::user(envelope.sender.user_id)),
                    (
                        Collection::Conversations,
                        keys::conversation(envelope.conversation_id),
                    ),
                    (
                        Collection::MessageIds,
                        keys::message_id(envelope.sender.user_id, envelope.message_id),
                    ),
                ]
            });
        txn.load(&wanted.collect::<Vec<_>>()).await
    }

    async fn take(
        &self,
        txn: &mut Txn<'_, S>,
        own: &AccountRecord,
        envelope: &Envelope,
        batch: &mut Batch,
        now_ms: u64,
    ) -> Result<Taken, ClientError> {
        let sender = envelope.sender;
        if sender.user_id == own.user_id && sender.device_id == own.device_id {
            return refuse(
                txn,
                own,
                envelope,
                batch,
                &ClientError::SenderMismatch,
                now_ms,
            )
            .await;
        }
        let Some((account_key, identity_key)) = listed(txn, own, &sender).await? else {
            if self.asked.borrow().user_lately(sender.user_id, now_ms) {
                return refuse(
                    txn,
                    own,
                    envelope,
                    batch,
                    &ClientError::DeviceNotListed,
                    now_ms,
                )
                .await;
            }
            return Ok(Taken::Needs(sender.user_id));
        };
        match self.open(txn, envelope, account_key, identity_key).await {
            Ok(plaintext) => match Content::from_padded(
                &plaintext,
                envelope.conversation_id,
                envelope.message_id,
            ) {
                Ok(content) => apply(txn, own, sender, content, batch, now_ms).await?,
                Err(error) => {
                    return refuse(txn, own, envelope, batch, &error.into(), now_ms).await;
                }
            },
            Err(ClientError::Store(error)) => return Err(error.into()),
            Err(error) => return refuse(txn, own, envelope, batch, &error, now_ms).await,
        }
        Ok(Taken::Done)
    }

    /// Decrypts. Writes the sessions' and, where a first message used up prekeys, the device's next state; on failure nothing.
    async fn open(
        &self,
        txn: &mut Txn<'_, S>,
        envelope: &Envelope,
        account_key: Ed25519PublicKey,
        identity_key: Ed25519PublicKey,
    ) -> Result<Vec<u8>, ClientError> {
        let mut record = load_session(txn, &envelope.sender).await?;
        let expected = Expectations::exactly(account_key, envelope.sender);
        let plaintext = match envelope.kind {
            EnvelopeKind::Ratchet => {
                record.decrypt_ratchet(&envelope.content, &expected, &mut *self.rng())?
            }
            EnvelopeKind::PreKey => {
                let fields = PreKeyMessage::from_bytes(&envelope.content)?.fields;
                if fields.sender.account_key == account_key
                    && fields.sender.identity_key != identity_key
                {
                    return Err(ClientError::DeviceNotListed);
                }
                let mut device = account::device(txn).await?;
                let plaintext = record.decrypt_prekey(
                    &mut device,
                    &envelope.content,
                    &expected,
                    &mut *self.rng(),
                )?;
                account::save_device(txn, &device)?;
                plaintext
            }
        };
        txn.put(
            Collection::Sessions,
            &keys::session(&envelope.sender),
            record.export()?,
        );
        Ok(plaintext)
    }
}

fn error_event(code: &str, message: &str) -> Event {
    Event::Error(Failure {
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

/// The account key that is pinned for a device's user and the identity key by which their newest list names it.
async fn listed<S: Store>(
    txn: &mut Txn<'_, S>,
    own: &AccountRecord,
    address: &Address,
) -> Result<Option<(Ed25519PublicKey, Ed25519PublicKey)>, ClientError> {
    let (account_key, list) = if address.user_id == own.user_id {
        (own.account_key, Some(account::device_list(own)?))
    } else {
        match contacts::load(txn, address.user_id).await? {
            Some(record) => (record.account_key, record.list()?),
            None => return Ok(None),
        }
    };
    let device = list.and_then(|list| {
        list.devices
            .into_iter()
            .find(|device| device.device_id == address.device_id)
    });
    Ok(device.map(|device| (account_key, device.identity_key)))
}

/// Shows a message that could not be opened as a line, where it could belong to a conversation; else as an event. Something that this device
/// has already, or a line that says so already, stays as it is.
async fn refuse<S: Store>(
    txn: &mut Txn<'_, S>,
    own: &AccountRecord,
    envelope: &Envelope,
    batch: &mut Batch,
    error: &ClientError,
    now_ms: u64,
) -> Result<Taken, ClientError> {
    let (sender, id) = (envelope.sender, envelope.conversation_id);
    if messages::find(txn, sender.user_id, envelope.message_id)
        .await?
        .is_some()
    {
        return Ok(Taken::Done);
    }
    match conversations::load(txn, id).await? {
        Some(mut record)
            if contains(&record.members, sender.user_id) && sender.user_id != own.user_id =>
        {
            let line = MessageRecord {
                version: Version1,
                id: envelope.message_id,
                sender,
                outgoing: Flag(false),
                sent_at: now_ms,
                state: LineState::Received,
                failure: None,
                body: BodyRecord::Undecryptable {
                    reason: error.code().to_owned(),
                },
            };
            conversations::append(txn, id, &mut record, line, now_ms)?;
            conversations::save(txn, id, &record)?;
            batch.touched.insert(id);
        }
        _ => txn.emit(error_event(error.code(), &error.to_string())),
    }
    Ok(Taken::Done)
}

/// A decrypted content: sender and ids are those of the session and the envelope.
async fn apply<S: Store>(
    txn: &mut Txn<'_, S>,
    own: &AccountRecord,
    sender: Address,
    content: Content,
    batch: &mut Batch,
    now_ms: u64,
) -> Result<(), ClientError> {
    let place = messages::find(txn, sender.user_id, content.message_id).await?;
    if let Some((conversation, order)) = place
        && !messages::is_undecryptable(txn, conversation, order).await?
    {
        return Ok(());
    }
    let line = Line {
        own,
        sender,
        id: content.message_id,
        sent_at: content.sent_at_ms,
        now_ms,
        place,
    };
    match content.body {
        Body::Text(text) => {
            let body = BodyRecord::Text {
                text: text.text,
                reply_to: text.reply_to,
            };
            let id = content.conversation_id;
            match conversations::load(txn, id).await? {
                Some(mut record)
                    if contains(&record.members, sender.user_id)
                        && contains(&record.members, own.user_id) =>
                {
                    line.write(txn, id, &mut record, body)?;
                    conversations::save(txn, id, &record)?;
                    batch.touched.insert(id);
                }
                _ => txn.emit(error_event(
                    ClientError::NotAMember.code(),
                    "a text from somebody who is not in the conversation",
                )),
            }
        }
        Body::Membership(membership) => {
            change(txn, content.conversation_id, membership, &line, batch).await?
        }
        // Content types of later versions of this client: authentic and known to have arrived, but not shown.
        _ => messages::remember(
            txn,
            sender.user_id,
            content.message_id,
            content.conversation_id,
            0,
        ),
    }
    Ok(())
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
    fn write<S: Store>(
        &self,
        txn: &mut Txn<'_, S>,
        conversation: ConversationId,
        record: &mut ConversationRecord,
        body: BodyRecord,
    ) -> Result<(), ClientError> {
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
            }
        }
        Ok(())
    }
}

/// A membership that arrived (protocol §5): judged by the one before it, and with it the ones that waited for it.
async fn change<S: Store>(
    txn: &mut Txn<'_, S>,
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
    let Some(mut record) = conversations::load(txn, id).await? else {
        if !contains(&incoming.members, me) || !contains(&incoming.members, line.sender.user_id) {
            txn.emit(error_event(
                ClientError::NotAMember.code(),
                "a membership that does not concern this user",
            ));
            return Ok(());
        }
        let direct =
            incoming.revision == 0 && incoming.members.len() == 2 && incoming.name.is_empty();
        let mut record = membership::first(direct, line.now_ms, incoming.clone());
        let everybody = Change {
            added: incoming
                .members
                .iter()
                .map(|member| member.user_id)
                .collect(),
            removed: Vec::new(),
        };
        return applied(txn, id, &mut record, everybody, line, batch).await;
    };
    messages::remember(txn, line.sender.user_id, line.id, id, 0);
    match membership::apply(&mut record, incoming, me) {
        Verdict::Applied(change) => applied(txn, id, &mut record, change, line, batch).await?,
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
            applied(txn, id, &mut record, change, &line, batch).await?;
        }
    }
    Ok(())
}

/// A membership is in force: its line, and the people whom it names.
async fn applied<S: Store>(
    txn: &mut Txn<'_, S>,
    id: ConversationId,
    record: &mut ConversationRecord,
    change: Change,
    line: &Line<'_>,
    batch: &mut Batch,
) -> Result<(), ClientError> {
    for member in record
        .members
        .iter()
        .filter(|member| member.user_id != line.own.user_id)
    {
        if contacts::meet(txn, member.user_id, member.account_key).await? {
            batch.wanted.insert(member.user_id);
        }
    }
    let body = conversations::membership_body(change, record.revision, &record.name);
    line.write(txn, id, record, body)?;
    conversations::save(txn, id, record)?;
    batch.touched.insert(id);
    Ok(())
}
