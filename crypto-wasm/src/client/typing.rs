//! Somebody is writing: content type 4, which the relay hands on to who is connected, and stores nowhere (protocol §5).

use rand_core::CryptoRng;

use super::calls::OutboxEnvelopeBody;
use super::error::ClientError;
use super::ids::new_id;
use super::membership::contains;
use super::seal::{listed, load_session, save_session, usable};
use super::standing::{self, Standing};
use super::txn::Txn;
use super::views::{Event, Outcome};
use super::{Client, account, contacts, conversations, inbox};
use crate::store::Store;
use crate::wire::content::Typing;
use crate::wire::{Address, Body, Content, ConversationId, EnvelopeKind, Flag};

/// The relay takes as many at once.
const MAX_ENVELOPES: usize = 200;

/// Encrypts the notice for devices of members that were heard of within the last minute: each costs a step of a ratchet, and who is not there would
/// have to skip it.
// CNT-19, CNT-25
pub(crate) fn tell(
    txn: &mut Txn<'_>,
    id: ConversationId,
    started: bool,
    now_ms: u64,
) -> Result<Vec<OutboxEnvelopeBody>, ClientError> {
    let own = account::load(txn)?;
    let record = conversations::found(txn, id)?;
    if !contains(&record.members, own.user_id) {
        return Err(ClientError::NotAMember);
    }
    let mut devices = Vec::new();
    for member in &record.members {
        let user = member.user_id;
        if user == own.user_id || standing::of(txn, user)? != Standing::Accepted {
            continue;
        }
        let known = contacts::load(txn, user)?.filter(|known| known.candidate.is_none());
        let Some(list) = known.map(|known| known.list()).transpose()?.flatten() else {
            continue;
        };
        let there = |(address, _): &(Address, _)| txn.asked.heard_lately(address, now_ms);
        devices.extend(listed(&list).filter(there));
    }
    devices.truncate(MAX_ENVELOPES);
    let content = Content {
        conversation_id: id,
        message_id: new_id(now_ms, txn.rng),
        sent_at_ms: now_ms,
        body: Body::Typing(Typing {
            started: Flag(started),
        }),
    };
    let content = content.to_padded()?;
    let mut sessions = Vec::with_capacity(devices.len());
    for (address, expected) in devices {
        let record = load_session(txn, &address)?;
        if usable(&record, &expected) {
            sessions.push((address, record));
        }
    }
    let mut envelopes = Vec::with_capacity(sessions.len());
    for (address, mut record) in sessions {
        match record.encrypt(&content, txn.rng)? {
            // A session that was not answered yet has no short message.
            Some(sealed) if sealed.kind == EnvelopeKind::Ratchet => {
                save_session(txn, &address, &record)?;
                envelopes.push(OutboxEnvelopeBody {
                    address,
                    kind: "ratchet",
                    content: sealed.bytes,
                });
            }
            _ => {}
        }
    }
    Ok(envelopes)
}

/// Takes a notice in. Whatever is not one of an accepted member changes nothing and is told to nobody.
// CNT-25
pub(crate) fn hear(
    txn: &mut Txn<'_>,
    id: ConversationId,
    sender: Address,
    sealed: &[u8],
    now_ms: u64,
) -> Result<(), ClientError> {
    let own = account::load(txn)?;
    let user_id = sender.user_id;
    let Some(record) = conversations::load(txn, id)? else {
        return Ok(());
    };
    let is_member = contains(&record.members, user_id) && contains(&record.members, own.user_id);
    if !is_member || standing::of(txn, user_id)? != Standing::Accepted {
        return Ok(());
    }
    let Some(keys) = inbox::listed(txn, &own, &sender)? else {
        return Ok(());
    };
    let opened = match inbox::open(txn, (&sender, keys), EnvelopeKind::Ratchet, sealed) {
        Ok(opened) => opened,
        Err(error) if error.is_local() => return Err(error),
        Err(_) => return Ok(()),
    };
    let content = Content::unpadded(&opened.plaintext);
    if let Ok(Content {
        conversation_id,
        body: Body::Typing(Typing { started }),
        ..
    }) = content
        && conversation_id == id
    {
        opened.save(txn, &sender)?;
        txn.asked.hear(sender, now_ms);
        txn.emit(Event::Typing {
            conversation_id,
            user_id,
            started: started.0,
        });
    }
    Ok(())
}

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// What `SendTyping` is to carry: an envelope for each device of accepted members that was heard of within a minute. None if there is no such device.
    ///
    /// # Errors
    /// `not-found`; `not-a-member`.
    pub async fn typing(
        &self,
        id: ConversationId,
        started: bool,
        now_ms: u64,
    ) -> Result<Outcome<Vec<OutboxEnvelopeBody>>, ClientError> {
        self.step(|txn| tell(txn, id, started, now_ms)).await
    }

    /// What came with `ReceiveTyping`. An event tells if it was a notice of an accepted member.
    ///
    /// # Errors
    /// `not-registered`; storage errors.
    pub async fn receive_typing(
        &self,
        id: ConversationId,
        sender: Address,
        content: &[u8],
        now_ms: u64,
    ) -> Result<Outcome<()>, ClientError> {
        self.step(|txn| hear(txn, id, sender, content, now_ms))
            .await
    }
}
