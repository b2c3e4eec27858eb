//! The stored records.

use crypto_wasm::client::fuzzing;

use super::{Seed, valid};
use crate::people::NOW;

/// A list or text: its length in the shortest form, then its bytes.
pub(super) fn sized(content: &[u8]) -> Vec<u8> {
    let mut bytes = match content.len() {
        length @ 0..0x40 => vec![length as u8],
        length => ((length as u16) | 0x4000).to_be_bytes().to_vec(),
    };
    bytes.extend_from_slice(content);
    bytes
}

pub(super) fn some(content: Vec<u8>) -> Vec<u8> {
    [vec![1], content].concat()
}

/// The stored records, field by field as `client/records.rs` has them.
pub(super) fn records() -> Vec<Seed> {
    let (version, user, key, id) = (vec![1], vec![5; 16], vec![6; 32], vec![7; 16]);
    let (number, flag) = (NOW.to_be_bytes().to_vec(), vec![1]);
    let (text, none) = (sized("Grüße".as_bytes()), vec![0]);
    let address = [user.clone(), vec![0, 0, 0, 9]].concat();
    let member = [user.clone(), key.clone()].concat();
    let candidate = [key.clone(), text.clone()].concat();
    let upload = [
        some(text.clone()),
        none.clone(),
        sized(&text),
        sized(&[text.clone(), text.clone()].concat()),
    ]
    .concat();
    let held = [
        address.clone(),
        id.clone(),
        number.clone(),
        number.clone(),
        sized(&member),
        text.clone(),
    ]
    .concat();
    let account = [
        version.clone(),
        address.clone(),
        text.clone(),
        flag.clone(),
        key.clone(),
        text.clone(),
        text.clone(),
    ];
    let known = [
        version.clone(),
        text.clone(),
        key.clone(),
        flag.clone(),
        flag.clone(),
        text.clone(),
        some(candidate.clone()),
    ];
    let conversation = [
        version.clone(),
        flag.clone(),
        number.clone(),
        number.clone(),
        id.clone(),
        sized(&member),
        text.clone(),
        sized(&member),
        sized(&held),
        number.clone(),
        number.clone(),
        vec![0, 0, 0, 1],
    ];
    let prekeys = [version.clone(), number.clone(), some(upload.clone())];
    let line = |state: u8, failure: Vec<u8>, body: Vec<u8>| {
        [
            version.clone(),
            id.clone(),
            address.clone(),
            flag.clone(),
            number.clone(),
            vec![state],
            failure,
            body,
        ]
        .concat()
    };
    let said = [vec![1], text.clone(), some(id.clone())].concat();
    let changed = [
        vec![12],
        number.clone(),
        sized(&user),
        sized(&[]),
        text.clone(),
    ]
    .concat();
    let file = [
        vec![8],
        vec![3; 80],
        vec![0, 0, 0, 0, 0, 0, 0, 9],
        sized(b"a.txt"),
        sized(b"text/plain"),
        none.clone(),
    ]
    .concat();
    let unreadable = [vec![255], text.clone()].concat();
    let failure = some([text.clone(), text.clone()].concat());
    let outbox = |action: Vec<u8>| [version.clone(), id.clone(), action].concat();
    let envelope = [address.clone(), key.clone(), vec![2], text.clone()].concat();
    let message = [
        id.clone(),
        number.clone(),
        sized(&user),
        text.clone(),
        none.clone(),
        flag.clone(),
        sized(&envelope),
    ];
    let receipt = [user.clone(), number.clone(), number.clone()].concat();
    let receipts = [version.clone(), sized(&receipt)];
    let timer = [
        version.clone(),
        vec![0, 0, 0, 60],
        number.clone(),
        id.clone(),
    ];
    let repair = [
        version.clone(),
        number.clone(),
        vec![0, 0, 0, 1],
        number.clone(),
        flag.clone(),
    ];
    let sent = [
        version.clone(),
        id.clone(),
        number.clone(),
        sized(&[address.clone(), key.clone()].concat()),
        text.clone(),
    ];
    // One reaction that was put there, with neither edit nor deletion.
    let reaction = [
        id.clone(),
        id.clone(),
        number.clone(),
        text.clone(),
        flag.clone(),
    ]
    .concat();
    let changes = [vec![1], sized(&[]), sized(&[]), sized(&reaction)].concat();
    vec![
        valid("AccountRecord", fuzzing::AccountRecord, account.concat()),
        valid("Candidate", fuzzing::Candidate, candidate),
        valid(
            "ConversationRecord",
            fuzzing::ConversationRecord,
            conversation.concat(),
        ),
        valid(
            "MessageRecord",
            fuzzing::MessageRecord,
            line(1, none.clone(), said),
        ),
        valid(
            "MessageRecord",
            fuzzing::MessageRecord,
            line(2, failure, changed),
        ),
        valid(
            "MessageRecord",
            fuzzing::MessageRecord,
            line(3, none.clone(), file),
        ),
        valid(
            "MessageRecord",
            fuzzing::MessageRecord,
            line(3, none, unreadable),
        ),
        valid(
            "MessageChangesRecord",
            fuzzing::MessageChangesRecord,
            changes,
        ),
        valid(
            "OutboxRecord",
            fuzzing::OutboxRecord,
            outbox([vec![1], sized(&user)].concat()),
        ),
        valid(
            "OutboxRecord",
            fuzzing::OutboxRecord,
            outbox([vec![3], user].concat()),
        ),
        valid(
            "OutboxRecord",
            fuzzing::OutboxRecord,
            outbox([vec![4], message.concat()].concat()),
        ),
        valid(
            "OutboxRecord",
            fuzzing::OutboxRecord,
            outbox([vec![5], address.clone(), key.clone(), message.concat()].concat()),
        ),
        valid("RepairRecord", fuzzing::RepairRecord, repair.concat()),
        valid("ReceiptsRecord", fuzzing::ReceiptsRecord, receipts.concat()),
        valid(
            "StandingRecord",
            fuzzing::StandingRecord,
            [version.clone(), vec![2]].concat(),
        ),
        valid("TimerRecord", fuzzing::TimerRecord, timer.concat()),
        valid("SentRecord", fuzzing::SentRecord, sent.concat()),
        valid("PreKeyRecord", fuzzing::PreKeyRecord, prekeys.concat()),
        valid("PreKeyUpload", fuzzing::PreKeyUpload, upload),
        valid("UserRecord", fuzzing::UserRecord, known.concat()),
    ]
}
