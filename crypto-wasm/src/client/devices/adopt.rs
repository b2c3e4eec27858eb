//! A new device becomes one of an account: everything that it was handed, in one commit (protocol §9).

use crate::client::error::ClientError;
use crate::client::records::{
    AccountRecord, ConversationRecord, LineState, MessageRecord, PreKeyRecord, UserRecord,
};
use crate::client::txn::Txn;
use crate::client::views::Me;
use crate::client::{account, contacts, conversations, keys, messages, standing, timers};
use crate::identity::{Account, Device, Expectations, VerifiedCertificate, VerifiedDeviceList};
use crate::linking::LinkingError;
use crate::wire::{Address, DeviceList, Flag, Version1, Wire as _};

use super::handover::{HandedConversation, HandedPerson, Handover, NO_CONVERSATION};
use super::records::DevicesRecord;

/// Takes a handover in. Whatever does not belong to the device that people have compared with, and to this one, changes nothing.
// LNK-8
pub(crate) fn adopt(
    txn: &mut Txn<'_>,
    device: &Device,
    old: Address,
    handover: &[u8],
    now_ms: u64,
) -> Result<Me, ClientError> {
    if account::is_registered(txn)? {
        return Err(ClientError::AlreadyRegistered);
    }
    let handed = Handover::from_bytes(handover).map_err(LinkingError::from)?;
    let address = Address {
        user_id: old.user_id,
        device_id: device.address().device_id,
    };
    let account_key = handed.device_list.account_key;
    let expected = Expectations::exactly(account_key, address);
    let certificate = VerifiedCertificate::verify(handed.certificate, &expected)?;
    let encoded_list = handed.device_list.to_bytes()?;
    let list = VerifiedDeviceList::verify(handed.device_list, old.user_id, Some(&account_key))?;
    // It is on the list, and so is the one that people have compared with.
    if !list.lists(certificate.certificate()) || list.device(old.device_id).is_none() {
        return Err(ClientError::DeviceNotListed);
    }
    let seed = handed.account_seed;
    if !seed.is_empty() {
        let key = seed.as_slice().try_into().map(Account::from_seed);
        let key = key.map_err(|_| LinkingError::Tampered)?.public_key();
        if key != account_key {
            return Err(LinkingError::Tampered.into());
        }
    }
    let device = device.certified(certificate)?;
    let record = AccountRecord {
        version: Version1,
        user_id: address.user_id,
        device_id: address.device_id,
        username: handed.username,
        registered: Flag(true),
        account_key,
        account_seed: seed,
        device_list: encoded_list,
    };
    for person in handed.people {
        pin(txn, person)?;
    }
    for conversation in handed.conversations {
        take_conversation(txn, conversation)?;
    }
    let known = DevicesRecord {
        version: Version1,
        conversation: Some(handed.conversation).filter(|id| *id != NO_CONVERSATION),
        devices: handed.devices,
    };
    known.save(txn)?;
    account::save_device(txn, &device)?;
    let prekeys = PreKeyRecord {
        version: Version1,
        rotated_at: now_ms,
        upload: None,
    };
    txn.save(keys::prekeys(), &prekeys)?;
    account::save(txn, &record)?;
    Ok(record.me())
}

/// What the old device knows of somebody; a list that is not theirs under the key that is pinned is as none.
// KEY-8, KEY-13
fn pin(txn: &mut Txn<'_>, person: HandedPerson) -> Result<(), ClientError> {
    let list = DeviceList::from_bytes(person.device_list.as_slice()).ok();
    let list = list.and_then(|list| {
        VerifiedDeviceList::verify(list, person.user_id, Some(&person.account_key)).ok()
    });
    let record = UserRecord {
        username: person.username,
        verified: person.verified,
        device_list: list.map_or_else(Vec::new, |_| person.device_list),
        ..UserRecord::of_key(person.account_key)
    };
    standing::keep(txn, person.user_id, person.standing)?;
    contacts::save(txn, person.user_id, &record)
}

fn take_conversation(txn: &mut Txn<'_>, handed: HandedConversation) -> Result<(), ClientError> {
    let id = handed.id;
    if let Some(by) = handed.request {
        txn.put(keys::request(id), by.as_bytes().to_vec().into());
    }
    timers::hand_on(txn, id, handed.timer)?;
    let mut order = 0;
    for line in handed.lines {
        order += 1;
        messages::remember(txn, line.sender.user_id, line.id, id, order);
        if let Some(changes) = line.changes {
            txn.save(keys::message_changes(id, line.id), &changes.0)?;
        }
        let state = if line.outgoing.0 {
            LineState::Sent
        } else {
            LineState::Received
        };
        let record = MessageRecord {
            version: Version1,
            id: line.id,
            sender: line.sender,
            outgoing: line.outgoing,
            sent_at: line.sent_at,
            state,
            failure: None,
            body: line.body,
        };
        txn.save(keys::message(id, order), &record)?;
    }
    let record = ConversationRecord {
        version: Version1,
        direct: handed.direct,
        created_at: handed.created_at,
        revision: handed.revision,
        revision_message: handed.revision_message,
        members: handed.members,
        name: handed.name,
        previous_members: handed.previous_members,
        held: handed.held,
        last_order: order,
        active_at: handed.active_at,
        unread: handed.unread,
    };
    conversations::save(txn, id, &record)
}
