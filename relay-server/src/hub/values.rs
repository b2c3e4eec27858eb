//! The domain's types as hub values: as in the REST API, with byte strings as byte strings.

use super::protocol::Value;
use crate::domain::Address;
use crate::domain::message::{MailboxRange, StoredEnvelope};
use crate::domain::prekeys::PreKeyCounts;

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
    ])
}
