//! What arrives: from envelope to line, in the relay's order, the cursor moving in the same commit as everything else.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::apply::{Batch, apply, error_event};
use super::error::ClientError;
use super::membership::contains;
use super::records::{AccountRecord, BodyRecord, LineState, MessageRecord};
use super::seal::{load_session, save_session};
use super::txn::Txn;
use super::views::Outcome;
use super::{
    Client, account, contacts, conversations, healing, keys, messages, receipts, standing,
};
use crate::ProtocolError;
use crate::crypto::sign::Ed25519PublicKey;
use crate::identity::Expectations;
use crate::session::SessionRecord;
use crate::store::{Collection, Store};
use crate::wire::{
    Address, Content, ConversationId, EnvelopeKind, Flag, MessageId, PreKeyMessage, UserId,
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

/// The highest mailbox seq that is stored here.
pub(super) fn cursor(txn: &mut Txn<'_>) -> Result<u64, ClientError> {
    match txn.number(keys::cursor(), "cursor") {
        // What was stored already is known by its id.
        Err(ClientError::Corrupt(_)) => {
            txn.damaged(Collection::Meta);
            Ok(0)
        }
        known => Ok(known?.unwrap_or(0)),
    }
}

/// The pieces of a batch and their order: everything up to an item is kept before the next one is looked at, so that nothing is decrypted
/// again because a later one names something that is not in memory.
// SES-9
pub(crate) fn receive(
    txn: &mut Txn<'_>,
    items: &[MailboxItem],
    batch: &mut Batch,
    now_ms: u64,
) -> Result<Received, ClientError> {
    if txn.begins() {
        *batch = Batch::default();
    }
    prefetch(txn, items)?;
    let own = account::load(txn)?;
    let mut at = cursor(txn)?;
    for item in items {
        if item.seq <= at {
            continue;
        }
        let mut found = Batch::default();
        let taken = match &item.envelope {
            Some(envelope) => take(txn, &own, envelope, &mut found, now_ms)?,
            None => {
                txn.emit(error_event(
                    "relay",
                    "the relay handed over something that is not an envelope",
                ));
                Taken::Done
            }
        };
        if let Taken::Needs(user) = taken {
            batch.want(user);
            break;
        }
        if item.seq - at > 1 {
            txn.emit(error_event(
                "mailbox-gap",
                "messages were gone from the relay before this device fetched them",
            ));
        }
        at = item.seq;
        txn.put(keys::cursor(), at.to_be_bytes().to_vec().into());
        txn.keep();
        batch.add(found);
    }
    receipts::confirm(txn, &own, batch, now_ms)?;
    conversations::announce_all(txn, batch.touched.iter().copied())?;
    Ok(Received {
        cursor: at,
        users: batch.wanted.clone(),
    })
}

/// Everything that the batch will look at, in one read.
fn prefetch(txn: &mut Txn<'_>, items: &[MailboxItem]) -> Result<(), ClientError> {
    let mut places = vec![keys::account(), keys::cursor()];
    for envelope in items.iter().filter_map(|item| item.envelope.as_ref()) {
        let sender = envelope.sender;
        places.extend([
            keys::session(&sender),
            keys::user(sender.user_id),
            keys::standing(sender.user_id),
            keys::timer(envelope.conversation_id),
            keys::request(envelope.conversation_id),
            keys::conversation(envelope.conversation_id),
            keys::message_id(sender.user_id, envelope.message_id),
            keys::message_changes(envelope.conversation_id, envelope.message_id),
        ]);
        if envelope.kind == EnvelopeKind::PreKey {
            places.push(keys::device());
        }
    }
    txn.load(places)
}

fn take(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    envelope: &Envelope,
    batch: &mut Batch,
    now_ms: u64,
) -> Result<Taken, ClientError> {
    let sender = envelope.sender;
    if sender.user_id == own.user_id && sender.device_id == own.device_id {
        let error = ClientError::SenderMismatch;
        return refuse(txn, own, envelope, batch, &error, now_ms);
    }
    let Some((account_key, identity_key)) = listed(txn, own, &sender)? else {
        if txn.asked.user_lately(sender.user_id, now_ms) {
            let error = ClientError::DeviceNotListed;
            return refuse(txn, own, envelope, batch, &error, now_ms);
        }
        return Ok(Taken::Needs(sender.user_id));
    };
    let ids = (envelope.conversation_id, envelope.message_id);
    let keys = (account_key, identity_key);
    let opened = match open(txn, (&sender, keys), envelope.kind, &envelope.content) {
        Ok(opened) => opened,
        Err(error) if error.is_local() => return Err(error),
        Err(error) => {
            let is_new = messages::find(txn, sender.user_id, envelope.message_id)?.is_none();
            if is_new && is_repairable(&error) && !standing::is_blocked(txn, sender.user_id)? {
                healing::ask(txn, own, (sender, identity_key), ids, now_ms)?;
            }
            return refuse(txn, own, envelope, batch, &error, now_ms);
        }
    };
    match Content::from_padded(&opened.plaintext, ids.0, ids.1) {
        Ok(content) => {
            txn.asked.hear(sender, now_ms);
            opened.save(txn, &sender)?;
            let sender = (sender, identity_key);
            apply(txn, own, sender, content, batch, now_ms)?;
            Ok(Taken::Done)
        }
        Err(error) => refuse(txn, own, envelope, batch, &error.into(), now_ms),
    }
}

/// Whether the sender may have meant something that this device's sessions cannot read any more.
// SES-11
const fn is_repairable(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Protocol(
            ProtocolError::Decrypt
                | ProtocolError::DuplicateMessage
                | ProtocolError::TooManySkipped
                | ProtocolError::UnknownPreKey
                | ProtocolError::ReplayedPreKeyMessage
        )
    )
}

/// Decrypts. Nothing is written yet: a message that is refused for what it says leaves the session as it was, so that the
/// relay cannot spend a message's key by handing it out under another name.
// KEY-14, CNT-17
pub(super) fn open(
    txn: &mut Txn<'_>,
    (sender, (account_key, identity_key)): (&Address, (Ed25519PublicKey, Ed25519PublicKey)),
    kind: EnvelopeKind,
    content: &[u8],
) -> Result<Opened, ClientError> {
    let mut sessions = load_session(txn, sender)?;
    let expected = Expectations::exactly(account_key, *sender);
    let mut device = None;
    let plaintext = match kind {
        EnvelopeKind::Ratchet => sessions.decrypt_ratchet(content, &expected, txn.rng)?,
        EnvelopeKind::PreKey => {
            let fields = PreKeyMessage::from_bytes(content)?.fields;
            if fields.sender.account_key == account_key
                && fields.sender.identity_key != identity_key
            {
                return Err(ClientError::DeviceNotListed);
            }
            let device = device.insert(account::device(txn)?);
            sessions.decrypt_prekey(device, content, &expected, txn.rng)?
        }
    };
    Ok(Opened {
        plaintext: plaintext.into(),
        sessions,
        device,
    })
}

/// A decrypted message and the state that it leads to.
pub(super) struct Opened {
    pub(super) plaintext: Zeroizing<Vec<u8>>,
    sessions: SessionRecord,
    /// Where a first message used up prekeys.
    device: Option<account::Device>,
}

impl Opened {
    // PQX-7, PQX-8, SES-9
    pub(super) fn save(&self, txn: &mut Txn<'_>, sender: &Address) -> Result<(), ClientError> {
        if let Some(device) = &self.device {
            account::save_device(txn, device)?;
        }
        save_session(txn, sender, &self.sessions)
    }
}

/// The account key that is pinned for a device's user and the identity key by which their newest list names it.
// KEY-14
pub(super) fn listed(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    address: &Address,
) -> Result<Option<(Ed25519PublicKey, Ed25519PublicKey)>, ClientError> {
    let (account_key, list) = if address.user_id == own.user_id {
        (own.account_key, Some(account::device_list(own)?))
    } else {
        match contacts::load(txn, address.user_id)? {
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
// SES-11
fn refuse(
    txn: &mut Txn<'_>,
    own: &AccountRecord,
    envelope: &Envelope,
    batch: &mut Batch,
    error: &ClientError,
    now_ms: u64,
) -> Result<Taken, ClientError> {
    let (sender, id) = (envelope.sender, envelope.conversation_id);
    if messages::find(txn, sender.user_id, envelope.message_id)?.is_some()
        || standing::is_blocked(txn, sender.user_id)?
    {
        return Ok(Taken::Done);
    }
    match conversations::load(txn, id)? {
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
            batch.touch(id);
        }
        _ => txn.emit(error_event(error.code(), &error.to_string())),
    }
    Ok(Taken::Done)
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
        let mut batch = Batch::default();
        self.step(|txn| receive(txn, items, &mut batch, now_ms))
            .await
    }
}
