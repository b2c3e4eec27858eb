//! Invitation links, and the secret that they carry for the history.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::crypto::sign::Ed25519PrivateKey;
use crate::forum::archive::LinkSecret;
use crate::forum::group::{InvitationRequest, Invitee};
use crate::forum::link::{InvitationLink, LinkHistory, LinkSeed};
use crate::forum::wire::{History, PostContent};
use crate::wire::{TopicId, Version1};

use super::outbox_records::{Job, LinksJob};
use super::records::TopicRecord;
use super::{group, info, outbox, topic};

/// An invitation link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// As text.
    pub link: String,
    /// The entry of the outbox that the relay has to take before the link opens the history.
    pub entry: Option<u64>,
}

/// Makes an invitation link. With history, it carries what opens it.
// PST-9
pub(crate) fn invite(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    uses: u32,
    with_history: bool,
    now_ms: u64,
) -> Result<Invited, ClientError> {
    let mut record = topic::load_active(txn, topic_id)?;
    let held = group::load(txn, topic_id)?;
    let mut invitation_id = [0; 16];
    txn.rng.fill_bytes(&mut invitation_id);
    let seed = LinkSeed::init(|bytes| txn.rng.fill_bytes(bytes));
    let key = Ed25519PrivateKey::from_seed(seed.expose()).public_key();
    let invitation = held.invite(&InvitationRequest {
        invitation_id,
        to: Invitee::Link(key),
        uses: uses.max(1),
    })?;
    let gives_history = with_history && held.state().policy.history != History::SinceJoining;
    let (history, entry) = if gives_history {
        let (secret, entry) = history_secret(txn, topic_id, &mut record, now_ms)?;
        (Some(secret), entry)
    } else {
        (None, None)
    };
    let link = InvitationLink {
        version: Version1,
        topic_id,
        genesis_hash: held.state().genesis.hash()?,
        invitation: Some(invitation),
        seed,
        title: record.title,
        history,
    };
    Ok(Invited {
        link: link.to_text()?.to_string(),
        entry,
    })
}

/// The secret that links with history carry, and the entry with what it opens, if that is still waiting; a new one is told to the members and wraps the
/// present key.
// PST-8
fn history_secret(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    now_ms: u64,
) -> Result<(LinkHistory, Option<u64>), ClientError> {
    if let Some(known) = &record.secret {
        let waiting = outbox::last_wraps(txn, topic_id)?;
        return Ok((group::copy(known), waiting));
    }
    let key = topic::present_key(txn, topic_id, record)?;
    let mut secret_id = [0; 16];
    txn.rng.fill_bytes(&mut secret_id);
    let history = LinkHistory {
        secret_id,
        secret: LinkSecret::init(|bytes| txn.rng.fill_bytes(bytes)),
    };
    let LinkHistory { secret, .. } = group::copy(&history);
    info::queue(
        txn,
        topic_id,
        &PostContent::LinkSecret { secret_id, secret },
        now_ms,
    )?;
    let now = group::keyed(record.epoch, &key);
    let job = LinksJob {
        links: Vec::new(),
        wraps: vec![group::wrap(txn, record.group(topic_id), &now, &history)?],
    };
    let entry = outbox::push(txn, topic_id, Job::Links(job))?;
    record.secret = Some(group::copy(&history));
    topic::save(txn, topic_id, record)?;
    Ok((history, Some(entry)))
}
