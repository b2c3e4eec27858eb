//! What a linked device is given (protocol §9).

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::client::error::ClientError;
use crate::client::records::{
    BodyRecord, HeldMembership, LineState, MemberEntry, MessageChangesRecord, MessageRecord,
    UserRecord, decode, encode,
};
use crate::client::standing::{self, Standing};
use crate::client::txn::Txn;
use crate::client::{account, conversations, effects, keys, timers};
use crate::codec;
use crate::crypto::sign::Ed25519PublicKey;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{
    Address, ConversationId, DeviceCertificate, DeviceList, Flag, MessageId, UserId, Version1, Wire,
};

use super::change::account_key;
use super::records::{DeviceEntry, DevicesRecord};

/// Everything that makes a device one of the account.
// LNK-8
pub struct Handover {
    pub(in crate::client) version: Version1,
    pub(in crate::client) certificate: DeviceCertificate,
    pub(in crate::client) device_list: DeviceList,
    pub(in crate::client) username: String,
    /// The account key's seed; empty for a companion.
    pub(in crate::client) account_seed: Zeroizing<Vec<u8>>,
    /// Under which the devices tell each other something.
    pub(in crate::client) conversation: ConversationId,
    pub(in crate::client) devices: Vec<DeviceEntry>,
    pub(in crate::client) people: Vec<HandedPerson>,
    pub(in crate::client) conversations: Vec<HandedConversation>,
}

impl Handover {
    /// Whether a device of the account has or had this id.
    pub(in crate::client) fn has_device(&self, device_id: u32) -> bool {
        self.devices
            .iter()
            .any(|entry| entry.device_id == device_id)
    }
}

codec!(struct Handover { version, certificate, device_list, username, account_seed, conversation, devices, people, conversations });

impl Wire for Handover {}

/// Somebody whose key is pinned.
pub(in crate::client) struct HandedPerson {
    pub(super) user_id: UserId,
    pub(super) username: String,
    pub(super) account_key: Ed25519PublicKey,
    pub(super) verified: Flag,
    /// The newest list seen, or empty.
    pub(super) device_list: Vec<u8>,
    /// Accepted or blocked.
    pub(super) standing: Standing,
}

codec!(struct HandedPerson { user_id, username, account_key, verified, device_list, standing });

/// A conversation: who is in it, and lines, oldest first.
pub(in crate::client) struct HandedConversation {
    pub(in crate::client) id: ConversationId,
    pub(super) direct: Flag,
    pub(super) created_at: u64,
    pub(super) active_at: u64,
    pub(super) revision: u64,
    pub(super) revision_message: MessageId,
    pub(super) members: Vec<MemberEntry>,
    pub(super) name: String,
    pub(super) previous_members: Vec<MemberEntry>,
    pub(super) held: Vec<HeldMembership>,
    pub(super) unread: u32,
    /// After how many seconds messages disappear.
    pub(super) timer: u32,
    /// Somebody unknown began it, who is named, and the person has not accepted it.
    pub(super) request: Option<UserId>,
    pub(in crate::client) lines: Vec<HandedLine>,
}

codec!(struct HandedConversation { id, direct, created_at, active_at, revision, revision_message, members, name, previous_members, held, unread, timer, request, lines });

/// A line, and what was done to it.
pub(in crate::client) struct HandedLine {
    pub(super) id: MessageId,
    pub(super) sender: Address,
    pub(super) outgoing: Flag,
    pub(super) sent_at: u64,
    pub(super) body: BodyRecord,
    pub(super) changes: Option<Changes>,
}

codec!(struct HandedLine { id, sender, outgoing, sent_at, body, changes });

/// What was done to a message, in the form in which it is kept.
pub(in crate::client) struct Changes(pub(super) MessageChangesRecord);

codec!(struct Changes { 0 });

/// In a backup of an account that never had a second device.
pub(super) const NO_CONVERSATION: ConversationId = ConversationId::from_bytes([0; 16]);

fn people(txn: &mut Txn<'_>) -> Result<Vec<HandedPerson>, ClientError> {
    let mut people = Vec::new();
    let stored = txn.scan(Query::scan(Collection::Users, KeyRange::all()))?;
    txn.each(&*stored, |txn, found| {
        let id = found.key.first_chunk::<16>();
        let id = id.ok_or(ClientError::Corrupt("user key"))?;
        let Ok(record) = decode::<UserRecord>(found.value.as_bytes()) else {
            return Ok(());
        };
        let user_id = UserId::from_bytes(*id);
        people.push(HandedPerson {
            user_id,
            standing: standing::of(txn, user_id)?,
            username: record.username,
            account_key: record.account_key,
            verified: record.verified,
            device_list: record.device_list,
        });
        Ok(())
    })?;
    Ok(people)
}

/// The lines of a conversation that were sent from a time on, but those that could not be sent, and those that are left out.
fn lines(
    txn: &mut Txn<'_>,
    id: ConversationId,
    since_ms: u64,
    left_out: &BTreeSet<Vec<u8>>,
) -> Result<Vec<HandedLine>, ClientError> {
    let stored = txn.scan(Query::scan(
        Collection::Messages,
        KeyRange::prefix(id.as_bytes()),
    ))?;
    let (mut records, mut places) = (Vec::with_capacity(stored.len()), Vec::new());
    for found in stored.iter() {
        let Ok(record) = decode::<MessageRecord>(found.value.as_bytes()) else {
            continue;
        };
        let is_left_out = left_out.contains(found.key.as_slice());
        if record.sent_at < since_ms || record.state == LineState::Failed || is_left_out {
            continue;
        }
        if matches!(record.body, BodyRecord::Text { .. }) {
            places.push(keys::message_changes(id, record.id));
        }
        records.push(record);
    }
    txn.load(places)?;
    let mut lines = Vec::with_capacity(records.len());
    for record in records {
        let mut changes = None;
        if matches!(record.body, BodyRecord::Text { .. }) {
            let known = effects::load(txn, id, record.id)?;
            let is_empty =
                known.edits.is_empty() && known.deleted_by.is_empty() && known.reactions.is_empty();
            changes = (!is_empty).then_some(Changes(known));
        }
        lines.push(HandedLine {
            id: record.id,
            sender: record.sender,
            outgoing: record.outgoing,
            sent_at: record.sent_at,
            body: record.body,
            changes,
        });
    }
    Ok(lines)
}

// LNK-8, LNK-9
pub(crate) fn handover(
    txn: &mut Txn<'_>,
    device_id: u32,
    since_ms: u64,
) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let own = account::load(txn)?;
    let account = account_key(&own)?;
    let known = DevicesRecord::load(txn)?;
    let device_list = account::device_list(&own)?;
    let listed = device_list
        .devices
        .iter()
        .find(|listed| listed.device_id == device_id);
    let (Some(listed), Some(entry)) = (listed, known.find(device_id)) else {
        return Err(ClientError::NotFound("device"));
    };
    let address = Address {
        user_id: own.user_id,
        device_id,
    };
    // The same bytes as when it was linked: Ed25519 is deterministic.
    let certificate = account.certify(address, listed.identity_key, entry.added_at)?;
    let mut account_seed = Zeroizing::default();
    if entry.full.0 {
        account_seed = Zeroizing::new(account.seed().to_vec());
    }
    let conversation = known.conversation.ok_or(ClientError::NotFound("device"))?;
    let handover = Handover {
        version: Version1,
        certificate,
        device_list: device_list.clone(),
        username: own.username,
        account_seed,
        conversation,
        devices: known.devices,
        people: people(txn)?,
        conversations: conversations_since(txn, since_ms, &BTreeSet::new())?,
    };
    encode(&handover)
}

/// All conversations, with the lines that were sent from a time on.
fn conversations_since(
    txn: &mut Txn<'_>,
    since_ms: u64,
    left_out: &BTreeSet<Vec<u8>>,
) -> Result<Vec<HandedConversation>, ClientError> {
    let mut handed = Vec::new();
    let all = conversations::all(txn)?;
    txn.each(all, |txn, (id, record)| {
        let lines = lines(txn, id, since_ms, left_out)?;
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        handed.push(HandedConversation {
            id,
            direct: record.direct,
            created_at: record.created_at,
            active_at: record.active_at,
            revision: record.revision,
            revision_message: record.revision_message,
            members: record.members,
            name: record.name,
            previous_members: record.previous_members,
            held: record.held,
            unread: record.unread.min(count),
            timer: timers::seconds(txn, id)?,
            request: standing::requested_by(txn, id)?,
            lines,
        });
        Ok(())
    })?;
    Ok(handed)
}

/// What a backup has of the account, with this device's own certificate (protocol §10).
// REC-6
pub(in crate::client) fn of_account(
    txn: &mut Txn<'_>,
    since_ms: u64,
) -> Result<Handover, ClientError> {
    let own = account::load(txn)?;
    let account = account_key(&own)?;
    let known = DevicesRecord::load(txn)?;
    let device = account::device(txn)?;
    // What is to disappear would come back with the backup.
    let disappearing = timers::disappearing(txn)?;
    Ok(Handover {
        version: Version1,
        certificate: device.certificate().certificate().clone(),
        device_list: account::device_list(&own)?,
        username: own.username,
        account_seed: Zeroizing::new(account.seed().to_vec()),
        conversation: known.conversation.unwrap_or(NO_CONVERSATION),
        devices: known.devices,
        people: people(txn)?,
        conversations: conversations_since(txn, since_ms, &disappearing)?,
    })
}
