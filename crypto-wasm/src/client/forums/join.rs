//! Coming into a topic: by a link, into an open one, back into one's own place, or by a Welcome.

use crate::client::account;
use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::archive::ArchiveKey;
use crate::forum::group::{Expected, JoinInfo, Progress, TopicGroup, WelcomeInfo, spend_link};
use crate::forum::link::{InvitationLink, LinkHistory};
use crate::forum::state::generation_of;
use crate::forum::wire::{History, InvitationUse, Policy, Wrap};
use crate::identity::Device;
use crate::wire::{Flag, ForumId, TopicId, Version1, Wire as _};

use super::create::record_of;
use super::outbox_records::{BuiltCommit, CommitJob, Intent, Job, LinksJob};
use super::records::{KeyBytes, KeyRecord, Standing, TopicRecord};
use super::views::{LinkPreview, Topic};
use super::{group, key_packages, keys, members, outbox, succession, topic};

/// What the relay gives to a joiner.
#[derive(Debug, Clone)]
pub struct TopicOffer {
    /// Where the topic is listed.
    pub forum_id: ForumId,
    /// The newest post's place.
    pub last_seq: u64,
    /// The encoded group info.
    pub group_info: Vec<u8>,
    /// The encoded tree.
    pub tree: Vec<u8>,
    /// All policies, encoded, oldest first.
    pub policies: Vec<Vec<u8>>,
    /// Encoded wraps.
    pub wraps: Vec<Vec<u8>>,
    /// The title of an open topic.
    pub public_title: Option<String>,
}

/// A Welcome for this device.
#[derive(Debug, Clone)]
pub struct WelcomeOffer {
    /// Which topic, by the relay's word.
    pub topic_id: TopicId,
    /// Where it is listed.
    pub forum_id: ForumId,
    /// The newest post's place.
    pub last_seq: u64,
    /// The number of the epoch that it leads into, by the relay's word.
    pub epoch: u64,
    /// The encoded Welcome.
    pub welcome: Vec<u8>,
    /// The encoded tree of its epoch.
    pub tree: Vec<u8>,
    /// All policies, encoded, oldest first.
    pub policies: Vec<Vec<u8>>,
}

fn policies(encoded: &[Vec<u8>]) -> Result<Vec<Policy>, ClientError> {
    let decode = |bytes: &Vec<u8>| Policy::from_bytes(bytes).map_err(ClientError::from);
    encoded.iter().map(decode).collect()
}

/// What a link says of itself.
pub(crate) fn preview(link: &str) -> Result<LinkPreview, ClientError> {
    let link = InvitationLink::from_text(link)?;
    let invitation = link.invitation.as_ref();
    Ok(LinkPreview {
        topic_id: link.topic_id,
        invitation: invitation
            .map(|invitation| invitation.to_bytes())
            .transpose()?,
        title: link.title,
        inviter_id: invitation.map(|invitation| invitation.inviter.user_id),
        with_history: link.history.is_some(),
    })
}

/// What must hold of the group that the relay presents: what is known of the topic already.
fn expected(topic_id: TopicId, known: Option<&TopicRecord>) -> Result<Expected, ClientError> {
    let mut expected = Expected {
        topic_id: Some(topic_id),
        ..Expected::default()
    };
    if let Some(record) = known {
        let state = record.topic_state()?;
        expected.genesis_hash = Some(state.genesis.hash()?);
        expected.progress = Some(Progress {
            epoch: record.epoch,
            revision: state.policy.revision,
        });
    }
    Ok(expected)
}

fn spend(link: &InvitationLink, device: &Device) -> Result<Option<InvitationUse>, ClientError> {
    let Some(invitation) = link.invitation.clone() else {
        return Ok(None);
    };
    let joiner = device.certificate().certificate();
    Ok(Some(spend_link(invitation, &link.key(), joiner)?))
}

/// A record for a topic that this device comes into. What was read in an earlier stay is kept; reading begins at the present.
fn coming_in(
    known: Option<TopicRecord>,
    forum_id: ForumId,
    joined: &TopicGroup,
    standing: Standing,
    (last_seq, now_ms): (u64, u64),
) -> Result<TopicRecord, ClientError> {
    let mut record = record_of(forum_id, joined, standing, now_ms)?;
    record.seq = last_seq;
    record.oldest = last_seq.saturating_add(1);
    record.read = last_seq;
    if let Some(known) = known {
        record.title = known.title;
        record.description = known.description;
        record.info_seq = known.info_seq;
        record.pinned = known.pinned;
        record.last_post = known.last_post;
    }
    Ok(record)
}

/// Notes everybody who is in the group; who was before and is no longer has left meanwhile.
fn note_everybody(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    joined: &TopicGroup,
) -> Result<(), ClientError> {
    let members = joined.members()?;
    let certificates: Vec<_> = members
        .into_iter()
        .map(|member| member.certificate)
        .collect();
    txn.delete_prefix(crate::store::Collection::ForumMembers, topic_id.as_bytes());
    members::note_members(txn, topic_id, record, &certificates, &[])
}

/// The archive keys that a link's secret opens, as candidates for their epochs.
// PST-8
fn open_wraps(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    history: &LinkHistory,
    wraps: &[Vec<u8>],
) -> Result<Option<(u64, ArchiveKey)>, ClientError> {
    let mut newest: Option<(u64, ArchiveKey)> = None;
    for bytes in wraps {
        let Ok(wrap) = Wrap::from_bytes(bytes) else {
            continue;
        };
        let fits = wrap.topic_id == topic_id
            && wrap.generation == record.generation
            && wrap.secret_id == history.secret_id
            && wrap.epoch < record.epoch;
        let Some(key) = fits.then(|| wrap.open(&history.secret).ok()).flatten() else {
            continue;
        };
        let kept = KeyRecord {
            version: Version1,
            confirmed: Flag(false),
            keys: vec![KeyBytes(ArchiveKey::copy_from(key.expose()))],
        };
        txn.save(keys::key(topic_id, wrap.epoch), &kept)?;
        if newest.as_ref().is_none_or(|(epoch, _)| *epoch < wrap.epoch) {
            newest = Some((wrap.epoch, key));
        }
    }
    Ok(newest)
}

/// Makes the commit that brings this device in; it counts once the relay has taken it.
pub(crate) fn begin(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    link: Option<&str>,
    offer: &TopicOffer,
    now_ms: u64,
) -> Result<(Topic, u64), ClientError> {
    account::load(txn)?;
    let device = account::device(txn)?;
    let known = topic::find(txn, topic_id)?;
    if known
        .as_ref()
        .is_some_and(|record| record.standing == Standing::Creating)
    {
        return Err(ClientError::InvalidArgument("topicId"));
    }
    let link = link.map(InvitationLink::from_text).transpose()?;
    let mut expected = expected(topic_id, known.as_ref())?;
    if let Some(link) = &link {
        if link.topic_id != topic_id {
            return Err(ClientError::InvalidArgument("link"));
        }
        expected.genesis_hash = Some(link.genesis_hash);
    }
    let used = link
        .as_ref()
        .map(|link| spend(link, &device))
        .transpose()?
        .flatten();
    let info = JoinInfo {
        group_info: offer.group_info.clone(),
        tree: offer.tree.clone(),
        policies: policies(&offer.policies)?,
    };
    let (mut joined, new) = TopicGroup::join_external(&device, &info, used, &expected, txn.rng)?;
    let mut record = coming_in(
        known,
        offer.forum_id,
        &joined,
        Standing::Joining,
        (offer.last_seq, now_ms),
    )?;
    if record.title.is_empty() {
        let public = offer.public_title.clone().unwrap_or_default();
        record.title = link.as_ref().map_or(public, |link| link.title.clone());
    }
    // What is noted and offered is of the epoch that the commit begins; it is the record's once the relay has taken it.
    record.epoch = new.epoch.saturating_add(1);
    note_everybody(txn, topic_id, &mut record, &joined)?;
    let key = group::archive_key(&joined)?;
    let offered = offer_history(txn, topic_id, &mut record, &key, link.as_ref(), offer)?;
    record.epoch = new.epoch;
    let built = BuiltCommit {
        epoch: new.epoch,
        commit: new.commit,
        group_info: new.group_info,
        links: offered.links,
        wraps: offered.wraps,
        welcome: None,
        after: joined.export()?,
        state: joined.state().to_bytes()?,
        key: KeyBytes(key),
        added: Vec::new(),
        removed: Vec::new(),
    };
    drop_earlier(txn, topic_id)?;
    topic::save_and_tell(txn, topic_id, &record)?;
    let job = CommitJob {
        intent: Intent::Join,
        built: Some(built),
    };
    let entry = outbox::push(txn, topic_id, Job::Commit(job))?;
    Ok((topic::view(txn, topic_id, &record)?, entry))
}

/// What a joiner by a link with history gives to the next one: the way back from its own first epoch.
// PST-6, PST-8
fn offer_history(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    key: &ArchiveKey,
    link: Option<&InvitationLink>,
    offer: &TopicOffer,
) -> Result<LinksJob, ClientError> {
    let mut offered = LinksJob {
        links: Vec::new(),
        wraps: Vec::new(),
    };
    let state = record.topic_state()?;
    let Some(history) = link.and_then(|link| link.history.as_ref()) else {
        return Ok(offered);
    };
    if state.policy.history == History::SinceJoining {
        return Ok(offered);
    }
    let newest = open_wraps(txn, topic_id, record, history, &offer.wraps)?;
    if let Some((epoch, earlier)) = newest {
        let of = record.group(topic_id);
        let now = group::keyed(record.epoch, key);
        let before = group::keyed(epoch, &earlier);
        offered.links.push(group::link(txn, of, &now, &before)?);
        offered.wraps.push(group::wrap(txn, of, &now, history)?);
    }
    record.secret = Some(group::copy(history));
    Ok(offered)
}

/// An earlier try to come in is of no use any more.
fn drop_earlier(txn: &mut Txn<'_>, topic_id: TopicId) -> Result<(), ClientError> {
    for (number, job) in outbox::commits(txn, topic_id)? {
        if matches!(job.intent, Intent::Join) {
            txn.delete(keys::outbox(number));
        }
    }
    Ok(())
}

/// Comes into a topic that somebody added this device to; `None` if it is a member already, or the KeyPackage is gone.
pub(crate) fn welcome(
    txn: &mut Txn<'_>,
    offer: &WelcomeOffer,
    now_ms: u64,
) -> Result<Option<Topic>, ClientError> {
    account::load(txn)?;
    let known = topic::find(txn, offer.topic_id)?;
    let is_later = |record: &TopicRecord| generation_of(offer.epoch) > record.generation;
    if known
        .as_ref()
        .is_some_and(|record| record.standing == Standing::Active && !is_later(record))
    {
        return Ok(None);
    }
    let device = account::device(txn)?;
    let Some(key_package) = key_packages::for_welcome(txn, &offer.welcome)? else {
        return Ok(None);
    };
    let info = WelcomeInfo {
        welcome: offer.welcome.clone(),
        tree: offer.tree.clone(),
        policies: policies(&offer.policies)?,
    };
    let expected = expected(offer.topic_id, known.as_ref())?;
    let mut joined = TopicGroup::join_welcome(&device, &info, &key_package, &expected, txn.rng)?;
    key_packages::used(txn, &key_package)?;
    let followed = match &known {
        Some(known) => succession::follow(txn, offer.topic_id, known, &joined)?,
        None => None,
    };
    let mut record = match followed {
        Some(followed) => followed,
        None => coming_in(
            known,
            offer.forum_id,
            &joined,
            Standing::Active,
            (offer.last_seq, now_ms),
        )?,
    };
    note_everybody(txn, offer.topic_id, &mut record, &joined)?;
    let place = keys::key(offer.topic_id, record.epoch);
    topic::keep_key(txn, place, group::archive_key(&joined)?)?;
    group::save(txn, offer.topic_id, &mut joined)?;
    topic::save_and_tell(txn, offer.topic_id, &record)?;
    topic::view(txn, offer.topic_id, &record).map(Some)
}
