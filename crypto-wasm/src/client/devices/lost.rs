//! Lines whose outbox entry was damaged.

use crate::client::error::ClientError;
use crate::client::records::{LineState, MessageRecord, OutboxAction, OutboxRecord, decode};
use crate::client::txn::Txn;
use crate::client::views::Failure;
use crate::client::{keys, messages};
use crate::store::{Collection, KeyRange, Query};
use crate::wire::ConversationId;

/// Has the lines fail that wait for an entry which is not there any more.
pub(super) fn fail_lines(txn: &mut Txn<'_>) -> Result<(), ClientError> {
    if txn.get(keys::lost_entries())?.is_none() {
        return Ok(());
    }
    let waiting = Query::scan(Collection::Outbox, KeyRange::prefix(&[keys::WAITING]));
    let mut ids = Vec::new();
    for found in &*txn.scan(waiting)? {
        if let Ok(record) = decode::<OutboxRecord>(found.value.as_bytes())
            && let OutboxAction::Message(message) = record.action
        {
            ids.push(message.id);
        }
    }
    for found in &*txn.scan(Query::scan(Collection::Messages, KeyRange::all()))? {
        let Some((id, order)) = found.key.split_first_chunk::<16>() else {
            continue;
        };
        let waits = decode::<MessageRecord>(found.value.as_bytes())
            .is_ok_and(|line| line.state == LineState::Sending && !ids.contains(&line.id));
        if waits && let Some(order) = keys::number(order) {
            let failure = Failure {
                code: "storage-corrupt".to_owned(),
                message: "what was to be sent is damaged".to_owned(),
            };
            let id = ConversationId::from_bytes(*id);
            messages::mark(txn, id, order, LineState::Failed, Some(failure))?;
        }
    }
    txn.delete(keys::lost_entries());
    Ok(())
}
