//! Which posts each epoch had: what this device covers with its own commits, and what the commits of others cover. Whether a post
//! is late is judged by it, in [`late`](super::late).

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::cover::{Cover, EpochCover, MAX_COVERED, Trail, digest};
use crate::forum::wire::Post;
use crate::store::{Collection, KeyRange, Query};
use crate::wire::{PostId, TopicId, Version1, Wire as _};

use super::epoch_records::{EpochRecord, MadeCoverRecord, OpenCover, PrefixRecord, Vouched};
use super::receive::TopicPost;
use super::records::TopicRecord;
use super::{keys, late};
use crate::client::records::decode;

/// Covers of an epoch that wait for more posts; a member who is offline for long has a few.
const MAX_OPEN: usize = 32;

/// A post that the relay let go of, by its word: a wrong one fits no cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DroppedPost {
    /// Which of the topic's groups it was for.
    pub generation: u32,
    /// The epoch that it named.
    pub epoch: u64,
    /// Its id.
    pub post_id: PostId,
    /// SHA-256 of its encoding.
    pub digest: [u8; 32],
}

/// What an item says of the trail that it belongs to; `None` for what is no post of this group.
fn leaf(topic_id: TopicId, record: &TopicRecord, item: &TopicPost) -> Option<DroppedPost> {
    let leaf = match &item.post {
        Some(bytes) => {
            let header = Post::from_bytes(bytes).ok()?.header;
            let dropped = DroppedPost {
                generation: header.generation,
                epoch: header.epoch,
                post_id: header.post_id,
                digest: digest(bytes),
            };
            (header.topic_id == topic_id).then_some(dropped)?
        }
        None => item.dropped?,
    };
    let own_stay = record.join_epoch..=record.epoch;
    (leaf.generation == record.generation && own_stay.contains(&leaf.epoch)).then_some(leaf)
}

fn find(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    epoch: u64,
) -> Result<EpochRecord, ClientError> {
    let found = txn.record(keys::epoch(topic_id, epoch))?;
    found.map_or_else(
        || {
            Ok(EpochRecord {
                version: Version1,
                trail: Trail::begin(record.group(topic_id), epoch)?,
                first_seq: 0,
                last_seq: 0,
                settled: 0,
                vouched: Vec::new(),
                open: Vec::new(),
            })
        },
        Ok,
    )
}

/// Goes on with the trail of an epoch of one's own stay: a post has come, in the relay's order, whatever becomes of it.
// PST-20
pub(super) fn append(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    item: &TopicPost,
) -> Result<(), ClientError> {
    let Some(leaf) = leaf(topic_id, record, item) else {
        return Ok(());
    };
    let mut epoch = find(txn, topic_id, record, leaf.epoch)?;
    epoch.trail.push(leaf.post_id, &leaf.digest)?;
    let posts = epoch.trail.posts;
    if posts == 1 {
        epoch.first_seq = item.seq;
    }
    epoch.last_seq = item.seq;
    let prefix = PrefixRecord {
        version: Version1,
        hash: epoch.trail.hash,
        seq: item.seq,
    };
    let place = keys::prefix(topic_id, leaf.epoch, posts);
    txn.save(place, &prefix)?;
    let before = epoch.vouched_seq(u64::MAX);
    let trail = epoch.trail;
    for open in std::mem::take(&mut epoch.open) {
        if open.trail.posts > posts {
            epoch.open.push(open);
        } else if open.trail == trail {
            epoch.vouch(Vouched {
                made_in: open.made_in,
                posts,
                seq: item.seq,
            });
        }
    }
    settle(txn, topic_id, leaf.epoch, &mut epoch);
    txn.save(keys::epoch(topic_id, leaf.epoch), &epoch)?;
    let now = epoch.vouched_seq(u64::MAX);
    if now > before {
        late::tell(txn, topic_id, record, leaf.epoch, (before, now))?;
    }
    Ok(())
}

/// Forgets prefixes that no cover can need any more.
fn settle(txn: &mut Txn<'_>, topic_id: TopicId, number: u64, epoch: &mut EpochRecord) {
    let vouched = epoch.vouched.iter().map(|vouched| vouched.posts);
    let settled = vouched.max().unwrap_or(0);
    for posts in epoch.settled.saturating_add(1)..=settled {
        txn.delete(keys::prefix(topic_id, number, posts));
    }
    epoch.settled = epoch.settled.max(settled);
}

impl EpochRecord {
    /// Notes how far a commit vouches, unless an earlier one does so as far.
    fn vouch(&mut self, new: Vouched) {
        let says_less =
            |one: &Vouched, than: &Vouched| one.posts <= than.posts && one.made_in >= than.made_in;
        if !self.vouched.iter().any(|known| says_less(&new, known)) {
            self.vouched.retain(|known| !says_less(known, &new));
            self.vouched.push(new);
        }
    }

    /// Where the last post is that a commit made before an epoch's end vouches for; 0 if there is none.
    pub(super) fn vouched_seq(&self, before: u64) -> u64 {
        let vouched = self.vouched.iter();
        let in_time = vouched.filter(|vouched| vouched.made_in < before);
        in_time.map(|vouched| vouched.seq).max().unwrap_or(0)
    }

    /// Whether a cover made before an epoch might still turn out to vouch for the post that comes next.
    pub(super) fn may_cover_next(&self, before: u64) -> bool {
        let mut open = self.open.iter();
        open.any(|cover| cover.made_in < before)
    }
}

/// Notes what the commit that has begun the topic's epoch covers, and tells of the posts of those it removed that nobody vouches for.
// PST-19
pub(super) fn applied(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    cover: &[u8],
    removes: bool,
) -> Result<(), ClientError> {
    let made_in = record.epoch.saturating_sub(1);
    let cover = Cover::from_bytes(cover).map_or_else(|_| Vec::new(), |cover| cover.epochs);
    let own_stay = record.join_epoch..=made_in;
    let known: Vec<EpochCover> = cover
        .into_iter()
        .filter(|cover| own_stay.contains(&cover.epoch))
        .collect();
    let mut places = Vec::with_capacity(2 * known.len());
    for EpochCover { epoch, trail } in &known {
        places.push(keys::epoch(topic_id, *epoch));
        places.push(keys::prefix(topic_id, *epoch, trail.posts));
    }
    txn.load(places)?;
    for cover in known {
        note(txn, topic_id, record, made_in, cover)?;
    }
    if removes {
        late::tell_after_removal(txn, topic_id, record)?;
    }
    Ok(())
}

/// Compares a cover with what was taken in, or keeps it until there is as much.
// PST-20
fn note(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    made_in: u64,
    EpochCover {
        epoch: number,
        trail,
    }: EpochCover,
) -> Result<(), ClientError> {
    let mut epoch = find(txn, topic_id, record, number)?;
    if trail.posts > epoch.trail.posts {
        if epoch.open.len() == MAX_OPEN {
            return Ok(());
        }
        epoch.open.push(OpenCover { made_in, trail });
    } else {
        let place = keys::prefix(topic_id, number, trail.posts);
        let Some(prefix) = txn.record::<PrefixRecord>(place)? else {
            return Ok(());
        };
        if prefix.hash != trail.hash {
            return Ok(());
        }
        epoch.vouch(Vouched {
            made_in,
            posts: trail.posts,
            seq: prefix.seq,
        });
        settle(txn, topic_id, number, &mut epoch);
    }
    txn.save(keys::epoch(topic_id, number), &epoch)
}

/// What a commit of this device covers in the epoch that the topic is in: the newest epochs with posts for which nobody vouches yet.
// PST-21
pub(super) fn cover(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
) -> Result<Vec<u8>, ClientError> {
    let range = KeyRange::prefix(&keys::epochs(topic_id, record.generation));
    let limit = u32::try_from(MAX_COVERED).unwrap_or(u32::MAX);
    let found = txn.scan(Query::last(Collection::ForumEpochs, range, limit))?;
    let mut epochs = Vec::new();
    for found in found.iter().rev() {
        let number = keys::epoch_number(&found.key).ok_or(ClientError::Corrupt("epoch key"))?;
        let epoch: EpochRecord = decode(found.value.as_bytes())?;
        if number >= record.join_epoch && epoch.trail.posts > epoch.settled {
            epochs.push(EpochCover {
                epoch: number,
                trail: epoch.trail,
            });
        }
    }
    if epochs.is_empty() {
        return Ok(Vec::new());
    }
    let version = Version1;
    Ok(Cover { version, epochs }.to_bytes()?)
}

/// Remembers what a commit covers until the relay has taken it.
pub(super) fn made(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    epoch: u64,
    cover: Vec<u8>,
) -> Result<(), ClientError> {
    let made = MadeCoverRecord {
        version: Version1,
        epoch,
        cover,
    };
    txn.save(keys::made_cover(topic_id), &made)
}

/// The relay has taken the commit that was made last.
pub(super) fn accepted(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &TopicRecord,
    removes: bool,
) -> Result<(), ClientError> {
    let made: Option<MadeCoverRecord> = txn.record(keys::made_cover(topic_id))?;
    let made = made.filter(|made| made.epoch.saturating_add(1) == record.epoch);
    let cover = made.map_or_else(Vec::new, |made| made.cover);
    txn.delete(keys::made_cover(topic_id));
    applied(txn, topic_id, record, &cover, removes)
}
