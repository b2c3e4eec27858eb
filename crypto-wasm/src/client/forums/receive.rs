//! Posts from the relay, new ones forward and old ones backward: from ciphertext to line, the cursor moving in the same commit.

use crate::client::error::ClientError;
use crate::client::txn::Txn;
use crate::forum::post;
use crate::forum::state::generation_of;
use crate::forum::wire::{History, Post};
use crate::sorted;
use crate::wire::{Flag, TopicId, UserId, Wire as _};

use super::epochs::DroppedPost;
use super::lines::Seen;
use super::opening::Missing;
use super::records::{Standing, TopicRecord};
use super::{epochs, keys, lines, opening, posts, topic, unopened};

/// A post and its place, as the relay hands it over.
#[derive(Debug, Clone)]
pub struct TopicPost {
    /// 1, 2, 3, … in each topic.
    pub seq: u64,
    /// The encoded post; `None` where the relay let go of it.
    pub post: Option<Vec<u8>>,
    /// What it says of that one.
    pub dropped: Option<DroppedPost>,
}

/// Posts, and what the relay says of their authors.
#[derive(Debug, Clone, Default)]
pub struct PostBatch {
    /// Ascending forward, descending backward.
    pub items: Vec<TopicPost>,
    /// Encoded certificates of authors; believed only under account keys that are known otherwise.
    pub authors: Vec<Vec<u8>>,
    /// Users of whom the relay knows nothing: they are not asked for again.
    pub unknown: Vec<UserId>,
    /// The lowest place that the relay still has.
    pub first: u64,
    /// No more keys are to be had: what cannot be opened now is left so.
    pub without_keys: bool,
}

/// How far taking in came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostsTaken {
    /// Everything up to here has been taken in.
    pub seq: u64,
    /// And everything from here on.
    pub oldest: u64,
    /// Users whose documents are wanted before the next post.
    pub users: Vec<UserId>,
    /// Links of these epochs are wanted before the next post, lowest and highest.
    pub keys: Option<(u64, u64)>,
    /// Commits are wanted before the next post.
    pub behind: bool,
    /// There is nothing older that can be read.
    pub complete: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forward,
    Backward,
}

/// What became of a post.
enum Taken {
    /// It is dealt with, for good or ill.
    Done,
    /// A user's document is needed first.
    NeedsUser(UserId),
    /// A commit is needed first.
    NeedsCommit,
    /// An epoch's key is needed first.
    NeedsKey(u64),
}

/// Takes in new posts, in the relay's order.
// PST-15
pub(crate) fn forward(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    batch: &PostBatch,
) -> Result<PostsTaken, ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    let mut taken = taken(&record);
    if record.standing != Standing::Active {
        return Ok(taken);
    }
    prefetch(txn, topic_id, batch)?;
    let before = record.seq;
    if record.seq < batch.first.saturating_sub(1) {
        refuse(
            txn,
            topic_id,
            &ClientError::Relay("posts that the relay no longer has"),
        );
        record.seq = batch.first.saturating_sub(1);
    }
    for item in &batch.items {
        if item.seq <= record.seq {
            continue;
        }
        if item.seq != record.seq + 1 {
            return Err(ClientError::Relay("a post is missing"));
        }
        let taken_in = take(txn, topic_id, &mut record, item, batch, Way::Forward)?;
        let asks = matches!(taken_in, Taken::NeedsKey(_)) && record.generation > 0;
        if matches!(taken_in, Taken::Done | Taken::NeedsKey(_)) && !asks {
            epochs::append(txn, topic_id, &record, item)?;
        }
        match taken_in {
            Taken::Done => record.seq = item.seq,
            // Written while the topic's next group was still coming together: its links lead there.
            Taken::NeedsKey(epoch) if asks => {
                taken.keys = Some((epoch, record.join_epoch.max(epoch)));
                break;
            }
            // Written before this device came in and taken after: looked for on the way back, which begins above it.
            Taken::NeedsKey(_) => {
                record.seq = item.seq;
                if record.topic_state()?.policy.history != History::SinceJoining {
                    record.oldest = item.seq.saturating_add(1);
                    record.complete = Flag(false);
                }
            }
            Taken::NeedsUser(user) => {
                taken.users.push(user);
                break;
            }
            Taken::NeedsCommit => {
                // Where a commit cannot be applied, asking for it again is of no use.
                taken.behind = !record.is_broken();
                break;
            }
        }
    }
    taken.seq = record.seq;
    if record.seq != before {
        topic::save_and_tell(txn, topic_id, &record)?;
    }
    Ok(taken)
}

/// Takes in older posts, newest first.
// PST-15
pub(crate) fn backward(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    batch: &PostBatch,
) -> Result<PostsTaken, ClientError> {
    let mut record = topic::load(txn, topic_id)?;
    let mut taken = taken(&record);
    if record.standing != Standing::Active || record.complete.0 {
        return Ok(taken);
    }
    prefetch(txn, topic_id, batch)?;
    if unopened::lowest(txn, topic_id)?.is_some() {
        let lines = batch.items.iter();
        txn.load(lines.map(|item| keys::post(topic_id, item.seq)).collect())?;
    }
    let history = record.topic_state()?.policy.history;
    for item in &batch.items {
        if item.seq >= record.oldest {
            continue;
        }
        if item.seq + 1 != record.oldest {
            return Err(ClientError::Relay("a post is missing"));
        }
        match take(txn, topic_id, &mut record, item, batch, Way::Backward)? {
            Taken::Done => {}
            Taken::NeedsUser(user) => {
                taken.users.push(user);
                break;
            }
            Taken::NeedsKey(_) if history == History::SinceJoining => {
                // PST-12
                record.complete = Flag(true);
                break;
            }
            Taken::NeedsKey(epoch) => {
                taken.keys = Some((epoch, record.join_epoch.max(epoch)));
                break;
            }
            Taken::NeedsCommit => return Err(ClientError::Relay("an old post of a later epoch")),
        }
        record.oldest = item.seq;
    }
    if record.oldest <= batch.first.max(1) {
        record.complete = Flag(true);
    }
    taken.oldest = record.oldest;
    taken.complete = record.complete.0;
    topic::save(txn, topic_id, &record)?;
    Ok(taken)
}

fn taken(record: &TopicRecord) -> PostsTaken {
    PostsTaken {
        seq: record.seq,
        oldest: record.oldest,
        users: Vec::new(),
        keys: None,
        behind: false,
        complete: record.complete.0,
    }
}

/// Reads what the posts of a batch will need, at once.
fn prefetch(txn: &mut Txn<'_>, topic_id: TopicId, batch: &PostBatch) -> Result<(), ClientError> {
    let mut wanted = Vec::new();
    for item in &batch.items {
        let decoded = item.post.as_deref().map(Post::from_bytes);
        if let Some(Ok(post)) = decoded {
            let (header, author) = (post.header, post.header.author.user_id);
            wanted.push(keys::post_id(topic_id, header.post_id));
            wanted.push(keys::key(topic_id, header.epoch));
            wanted.push(keys::epoch(topic_id, header.epoch));
            wanted.push(keys::members(topic_id, author));
            wanted.push(crate::client::keys::user(author));
            if let Some(parent) = header.parent_id {
                wanted.push(keys::effects(topic_id, parent));
                wanted.push(keys::post_id(topic_id, parent));
            }
        }
    }
    let mut places = Vec::new();
    for place in wanted {
        sorted::insert(&mut places, place);
    }
    txn.load(places)
}

/// Something that the relay handed over and nobody shall see.
fn refuse(txn: &mut Txn<'_>, topic_id: TopicId, error: &ClientError) -> Taken {
    lines::refuse(txn, topic_id, error);
    Taken::Done
}

fn take(
    txn: &mut Txn<'_>,
    topic_id: TopicId,
    record: &mut TopicRecord,
    item: &TopicPost,
    batch: &PostBatch,
    way: Way,
) -> Result<Taken, ClientError> {
    let Some(bytes) = &item.post else {
        let ahead = |dropped: DroppedPost| {
            dropped.generation == record.generation && dropped.epoch > record.epoch
        };
        return Ok(
            match item.dropped.is_some_and(ahead) && way == Way::Forward {
                true => Taken::NeedsCommit,
                false => Taken::Done,
            },
        );
    };
    let post = match Post::from_bytes(bytes) {
        Ok(post) => post,
        Err(error) => return Ok(refuse(txn, topic_id, &error.into())),
    };
    let header = post.header;
    if header.topic_id != topic_id || header.generation != generation_of(header.epoch) {
        return Ok(refuse(
            txn,
            topic_id,
            &ClientError::Relay("a post of another topic"),
        ));
    }
    let known = posts::order_of(txn, topic_id, header.post_id)?;
    if let Some(known) = known {
        // PST-24
        if known != item.seq || !unopened::is_at(txn, topic_id, known)? {
            return again(txn, topic_id, item.seq, known);
        }
    }
    let seen = Seen {
        seq: item.seq,
        post: &post,
        is_unreadable: known.is_some(),
    };
    if header.epoch > record.epoch {
        return Ok(Taken::NeedsCommit);
    }
    // PST-16
    if way == Way::Forward {
        if header.epoch + 1 < record.newest_epoch {
            return Ok(refuse(txn, topic_id, &ClientError::LatePost));
        }
        record.newest_epoch = record.newest_epoch.max(header.epoch);
    }
    let author = match opening::author(txn, topic_id, record, &post, batch)? {
        Ok(author) => author,
        Err(Missing::User) => return Ok(Taken::NeedsUser(header.author.user_id)),
        Err(Missing::Member) => return Ok(refuse(txn, topic_id, &ClientError::NotAMember)),
    };
    let Some(key) = opening::key(txn, topic_id, &post)? else {
        if batch.without_keys {
            lines::unreadable(txn, topic_id, record, seen)?;
            return Ok(Taken::Done);
        }
        return Ok(Taken::NeedsKey(header.epoch));
    };
    let opened = post::decrypt(&post, &key).and_then(|opened| opened.verify(&post, &author));
    match opened {
        Ok(Some(content)) => {
            lines::show(txn, topic_id, record, seen, content, &author, way)?;
            Ok(Taken::Done)
        }
        // Of a later version: what it is, this one cannot say.
        Ok(None) => Ok(Taken::Done),
        Err(error) => Ok(refuse(txn, topic_id, &error.into())),
    }
}

/// A post whose id is known: an own one that has got its place, or one that is shown twice.
// PST-17
fn again(txn: &mut Txn<'_>, topic_id: TopicId, seq: u64, known: u64) -> Result<Taken, ClientError> {
    if known >= keys::PENDING {
        posts::place(txn, topic_id, known, seq)?;
    } else if known != seq {
        let error = crate::ProtocolError::DuplicateMessage.into();
        return Ok(refuse(txn, topic_id, &error));
    }
    Ok(Taken::Done)
}
