//! The shapes that the worker relies on.

use serde_json::{Value, json};

use super::*;
use crate::client::{MessageId, UserId};

const USER: &str = "0190b0c0-1234-7abc-8def-0123456789ab";
const CONVERSATION: &str = "0190b0c0-1234-7abc-8def-0123456789ac";
const MESSAGE: &str = "0190b0c0-1234-7abc-8def-0123456789ad";

fn user() -> UserId {
    USER.parse().unwrap()
}

fn conversation() -> ConversationId {
    CONVERSATION.parse().unwrap()
}

fn message_id() -> MessageId {
    MESSAGE.parse().unwrap()
}

fn parsed(value: &dyn ToJson) -> Value {
    serde_json::from_str(&Json::of(value)).unwrap()
}

fn message(body: MessageBody, error: Option<Failure>) -> Message {
    Message {
        id: message_id(),
        conversation_id: conversation(),
        sender_id: user(),
        outgoing: true,
        sent_at: 1_700_000_000_000,
        order: 7,
        state: MessageState::Failed,
        error,
        body,
        edited_at: None,
        reactions: vec![],
        receipts: vec![],
    }
}

#[test]
fn messages_have_the_members_of_their_type() {
    let failure = Failure {
        code: "relay".to_owned(),
        message: "refused".to_owned(),
    };
    let text = MessageBody::Text {
        text: "\"hi\"\n".to_owned(),
        reply_to: None,
    };
    let base = json!({
        "id": MESSAGE, "conversationId": CONVERSATION, "senderId": USER, "outgoing": true,
        "sentAt": 1_700_000_000_000_u64, "order": 7, "state": "failed", "reactions": [], "receipts": [],
    });
    let with = |members: Value| {
        let mut all = base.clone();
        let (Value::Object(all_members), Value::Object(members)) = (&mut all, members) else {
            panic!("objects");
        };
        all_members.extend(members);
        all
    };
    assert_eq!(
        parsed(&message(text, Some(failure))),
        with(json!({
            "error": { "code": "relay", "message": "refused" },
            "type": "text", "text": "\"hi\"\n", "replyTo": null,
        }))
    );
    let membership = MessageBody::Membership {
        revision: 2,
        added: vec![user()],
        removed: vec![],
        name: String::new(),
    };
    assert_eq!(
        parsed(&message(membership, None)),
        with(
            json!({ "type": "membership", "revision": 2, "added": [USER], "removed": [], "name": "" })
        )
    );
    let mut changed = message(MessageBody::Deleted { at: 5 }, None);
    changed.edited_at = Some(4);
    changed.reactions = vec![MessageReaction {
        emoji: "👍".to_owned(),
        users: vec![user()],
    }];
    changed.receipts = [None, Some(9)]
        .map(|read_at| MessageReceipt {
            user_id: user(),
            delivered_at: 8,
            read_at,
        })
        .to_vec();
    assert_eq!(
        parsed(&changed),
        with(json!({
            "type": "deleted", "deletedAt": 5, "editedAt": 4,
            "reactions": [{ "emoji": "👍", "userIds": [USER] }],
            "receipts": [
                { "userId": USER, "deliveredAt": 8, "readAt": null },
                { "userId": USER, "deliveredAt": 8, "readAt": 9 },
            ],
        }))
    );
    assert_eq!(
        parsed(&message(MessageBody::Timer { seconds: 60 }, None)),
        with(json!({ "type": "timer", "seconds": 60 }))
    );
    let file = MessageBody::File {
        name: "a.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size: 1 << 40,
        preview: Some(Preview {
            width: 2,
            height: 1,
            jpeg: vec![0xff, 0xd8, 0xff, 0xfe],
        }),
    };
    assert_eq!(
        parsed(&message(file, None)),
        with(json!({
            "type": "file", "name": "a.jpg", "mediaType": "image/jpeg", "size": 1_099_511_627_776_u64,
            "preview": { "width": 2, "height": 1, "url": "data:image/jpeg;base64,/9j//g==" },
        }))
    );
    let undecryptable = MessageBody::Undecryptable {
        reason: "decrypt".to_owned(),
    };
    assert_eq!(
        parsed(&message(undecryptable, None)),
        with(json!({ "type": "undecryptable", "reason": "decrypt" }))
    );
}

#[test]
fn an_outcome_has_its_value_and_its_events() {
    let contact = Contact {
        user_id: user(),
        username: "bob".to_owned(),
        verified: false,
        key_state: KeyState::Own,
        devices: 3,
        standing: Standing::Blocked,
    };
    let outcome = Outcome {
        value: (),
        events: vec![Event::Contact(contact)],
    };
    let data = json!({ "userId": USER, "username": "bob", "verified": false, "keyState": "self", "devices": 3, "standing": "blocked" });
    assert_eq!(
        parsed(&outcome),
        json!({ "value": null, "events": [{ "type": "contact", "data": data }] })
    );
}

#[test]
fn steps_are_calls_as_the_relay_takes_them() {
    let step = |call| OutboxStep::Call {
        entry: u64::MAX,
        conversation: conversation(),
        call,
    };
    let request = |value: Value| json!({ "type": "request", "request": value });
    let address = Address {
        user_id: user(),
        device_id: 9,
    };
    assert_eq!(parsed(&OutboxStep::Idle), json!({ "type": "idle" }));
    assert_eq!(
        parsed(&OutboxStep::Bundles(vec![address])),
        json!({ "type": "bundles", "addresses": [{ "userId": USER, "deviceId": 9 }] })
    );
    assert_eq!(
        parsed(&step(OutboxCall::RemoveParticipant { user: user() })),
        request(json!({
            "entry": u64::MAX.to_string(), "method": "DELETE",
            "path": format!("/api/conversations/{CONVERSATION}/participants/{USER}"), "body": null,
        }))
    );
    let envelope = OutboxEnvelopeBody {
        address,
        kind: "prekey",
        content: vec![0xfb, 0xff],
    };
    let call = |partial| OutboxCall::Message {
        id: message_id(),
        recipients: vec![user()],
        partial,
        envelopes: vec![envelope.clone()],
    };
    let mut body = json!({
        "messageId": MESSAGE, "conversationId": CONVERSATION, "recipients": [USER],
        "envelopes": [{ "userId": USER, "deviceId": 9, "kind": "prekey", "content": "-_8" }],
    });
    let whole = |body: &Value| {
        request(json!({
            "entry": u64::MAX.to_string(), "method": "POST", "path": "/api/messages", "body": body,
        }))
    };
    assert_eq!(parsed(&step(call(false))), whole(&body));
    body["partial"] = json!(true);
    assert_eq!(parsed(&step(call(true))), whole(&body));
}

#[test]
fn prekeys_that_are_not_replaced_are_left_out() {
    let registration = Registration {
        id: user(),
        username: "alice".to_owned(),
        device_list: vec![1],
        certificate: vec![2],
        prekeys: PreKeys {
            one_time_prekeys: vec![vec![3], vec![4]],
            ..PreKeys::default()
        },
    };
    let status = Status {
        me: None,
        registration: Some(registration),
        cursor: 5,
        pending: 0,
    };
    let registration = json!({
        "id": USER, "username": "alice", "deviceList": "AQ", "certificate": "Ag",
        "preKeys": { "oneTimePreKeys": ["Aw", "BA"], "kemPreKeys": [] },
    });
    assert_eq!(
        parsed(&status),
        json!({ "me": null, "registration": registration, "cursor": 5, "pending": 0 })
    );
}

#[test]
fn events_of_a_moment_have_their_members() {
    let gone = Event::MessageRemoved {
        conversation_id: conversation(),
        id: message_id(),
        order: 7,
    };
    assert_eq!(
        parsed(&gone),
        json!({ "type": "message-removed", "data": { "conversationId": CONVERSATION, "id": MESSAGE, "order": 7 } })
    );
    let writes = Event::Typing {
        conversation_id: conversation(),
        user_id: user(),
        started: true,
    };
    assert_eq!(
        parsed(&writes),
        json!({ "type": "typing", "data": { "conversationId": CONVERSATION, "userId": USER, "started": true } })
    );
    assert_eq!(
        parsed(&Event::Expiring(9)),
        json!({ "type": "expiring", "data": 9 })
    );
}
