//! The domain's types as hub values: as in the REST API, with byte strings as byte strings.

use super::protocol::{PreparedInvocation, Value};
use crate::domain::forum::{NewPost, Posted, Topic};
use crate::domain::message::{MailboxRange, StoredEnvelope};
use crate::domain::prekeys::PreKeyCounts;
use crate::domain::{Address, TopicId};

pub(super) fn envelope(envelope: StoredEnvelope) -> Value {
    Value::map([
        ("messageId", Value::from(envelope.message_id.to_string())),
        (
            "conversationId",
            envelope.conversation_id.to_string().into(),
        ),
        ("sender", address(envelope.sender)),
        ("kind", envelope.kind.name().into()),
        ("content", envelope.content.0.into()),
        ("storedAt", envelope.stored_at.into()),
    ])
}

fn address(address: Address) -> Value {
    Value::map([
        ("userId", Value::from(address.user_id.to_string())),
        ("deviceId", address.device_id.get().into()),
    ])
}

pub(super) fn range(range: MailboxRange) -> Value {
    Value::map([
        ("firstSeq", Value::from(range.first_seq)),
        ("lastSeq", range.last_seq.into()),
    ])
}

pub(super) fn counts(counts: PreKeyCounts) -> Value {
    Value::map([
        ("oneTimePreKeys", Value::from(counts.one_time_pre_keys)),
        ("kemPreKeys", counts.kem_pre_keys.into()),
        ("keyPackages", counts.key_packages.into()),
    ])
}

/// What a subscriber starts from.
pub(super) fn topic(topic: &Topic) -> Value {
    Value::map([
        ("epoch", Value::from(topic.epoch)),
        ("lastSeq", topic.last_seq.into()),
    ])
}

/// A push of a new post, encoded once for all subscribers.
#[must_use]
pub fn post_push(post: &NewPost, posted: Posted) -> PreparedInvocation {
    let item = Value::map([
        ("seq", Value::from(posted.seq)),
        ("post", post.post.as_slice().into()),
        ("storedAt", posted.stored_at.into()),
    ]);
    PreparedInvocation::new("ReceivePost", vec![post.topic_id.to_string().into(), item])
}

/// A push of a commit.
#[must_use]
pub fn commit_push(topic: TopicId, epoch: u64, commit: &[u8]) -> PreparedInvocation {
    let arguments = vec![topic.to_string().into(), epoch.into(), commit.into()];
    PreparedInvocation::new("ReceiveCommit", arguments)
}
