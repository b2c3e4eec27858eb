//! The domain's types as hub values: as in the REST API, with byte strings as byte strings.

use super::protocol::{PreparedInvocation, Value};
use crate::domain::forum::Topic;
use crate::domain::message::{MailboxRange, StoredEnvelope};
use crate::domain::prekeys::PreKeyCounts;
use crate::domain::{Address, Bytes, ConversationId, TopicId};
use crate::store::live::{NewsCommit, NewsPost};

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

/// A typing notice, but for its recipient.
pub(super) fn typing(conversation: ConversationId, sender: Address, content: Bytes) -> Value {
    Value::map([
        ("conversationId", Value::from(conversation.to_string())),
        ("sender", address(sender)),
        ("content", content.0.into()),
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

/// A push of a post, encoded once for all subscribers; none of one that was deleted.
pub(super) fn post_push(topic: TopicId, post: &NewsPost) -> Option<PreparedInvocation> {
    let item = Value::map([
        ("seq", Value::from(post.seq)),
        ("post", post.post.as_deref()?.into()),
        ("storedAt", post.stored_at.into()),
    ]);
    Some(PreparedInvocation::new(
        "ReceivePost",
        vec![topic.to_string().into(), item],
    ))
}

/// A push of a commit.
pub(super) fn commit_push(topic: TopicId, commit: &NewsCommit) -> PreparedInvocation {
    let arguments = vec![
        topic.to_string().into(),
        commit.epoch.into(),
        commit.commit.as_slice().into(),
    ];
    PreparedInvocation::new("ReceiveCommit", arguments)
}
