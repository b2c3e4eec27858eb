//! Answers as they leave the boundary; `web/client/src/worker/engine.ts` has the same in TypeScript.

use super::json::{Bytes, JpegUrl, Json, Shown, ToJson};
use crate::client::{
    Contact, Conversation, ConversationId, ConversationKind, Event, Failure, KeyState, Me, Member,
    Message, MessageBody, MessageId, MessagePage, MessageReaction, MessageReceipt, MessageState,
    OutboxCall, OutboxEnvelopeBody, OutboxStep, Outcome, PreKeys, Received, Registration, Standing,
    Status, UserId,
};
use crate::wire::{Address, Preview};

/// Writes values as objects of the members named.
macro_rules! objects {
    ($($type:ty: $value:ident { $($name:literal: $member:expr),* $(,)? })*) => {$(
        impl ToJson for $type {
            fn write(&self, json: &mut Json) {
                let $value = self;
                json.object(|json| { $(json.member($name, &$member);)* });
            }
        }
    )*};
}

#[cfg(any(
    feature = "forums",
    all(any(feature = "link", feature = "vault"), target_arch = "wasm32")
))]
pub(super) use objects;

objects! {
    Me: me {
        "userId": me.user_id,
        "username": me.username,
        "deviceId": me.device_id,
    }
    Contact: contact {
        "userId": contact.user_id,
        "username": contact.username,
        "verified": contact.verified,
        "keyState": contact.key_state,
        "devices": contact.devices,
        "standing": contact.standing,
    }
    Member: member {
        "userId": member.user_id,
        "username": member.username,
        "keyState": member.key_state,
    }
    Conversation: conversation {
        "id": conversation.id,
        "kind": conversation.kind,
        "name": conversation.name,
        "members": conversation.members,
        "active": conversation.active,
        "createdAt": conversation.created_at,
        "unread": conversation.unread,
        "request": conversation.request,
        "timer": conversation.timer,
        "lastMessage": conversation.last_message,
    }
    Failure: failure {
        "code": failure.code,
        "message": failure.message,
    }
    MessagePage: page {
        "items": page.items,
        "next": page.next,
    }
    Status: status {
        "me": status.me,
        "registration": status.registration,
        "cursor": status.cursor,
        "pending": status.pending,
    }
    Registration: registration {
        "id": registration.id,
        "username": registration.username,
        "deviceList": Bytes(registration.device_list.as_slice()),
        "certificate": Bytes(registration.certificate.as_slice()),
        "preKeys": registration.prekeys,
    }
    MessageReceipt: receipt {
        "userId": receipt.user_id,
        "deliveredAt": receipt.delivered_at,
        "readAt": receipt.read_at,
    }
    Removed<'_>: removed {
        "conversationId": removed.0,
        "id": removed.1,
        "order": removed.2,
    }
    Writes<'_>: writes {
        "conversationId": writes.0,
        "userId": writes.1,
        "started": writes.2,
    }
    Received: received {
        "cursor": received.cursor,
        "users": received.users,
    }
    Preview: preview {
        "width": u32::from(preview.width),
        "height": u32::from(preview.height),
        "url": JpegUrl(&preview.jpeg),
    }
    Address: address {
        "userId": address.user_id,
        "deviceId": address.device_id,
    }
    OutboxEnvelopeBody: envelope {
        "userId": envelope.address.user_id,
        "deviceId": envelope.address.device_id,
        "kind": envelope.kind,
        "content": Bytes(envelope.content.as_slice()),
    }
}

impl<T: ToJson> ToJson for Outcome<T> {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("value", &self.value);
            json.member("events", &self.events);
        });
    }
}

impl ToJson for Standing {
    fn write(&self, json: &mut Json) {
        let name = match self {
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Blocked => "blocked",
        };
        name.write(json);
    }
}

impl ToJson for KeyState {
    fn write(&self, json: &mut Json) {
        let name = match self {
            Self::Pinned => "pinned",
            Self::Changed => "changed",
            Self::Own => "self",
        };
        name.write(json);
    }
}

impl ToJson for ConversationKind {
    fn write(&self, json: &mut Json) {
        let name = match self {
            Self::Direct => "direct",
            Self::Group => "group",
        };
        name.write(json);
    }
}

impl ToJson for MessageState {
    fn write(&self, json: &mut Json) {
        let name = match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Received => "received",
        };
        name.write(json);
    }
}

impl ToJson for Message {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("id", &self.id);
            json.member("conversationId", &self.conversation_id);
            json.member("senderId", &self.sender_id);
            json.member("outgoing", &self.outgoing);
            json.member("sentAt", &self.sent_at);
            json.member("order", &self.order);
            json.member("state", &self.state);
            if let Some(error) = &self.error {
                json.member("error", error);
            }
            if let Some(edited_at) = &self.edited_at {
                json.member("editedAt", edited_at);
            }
            json.member("reactions", &self.reactions);
            json.member("receipts", &self.receipts);
            match &self.body {
                MessageBody::Text { text, reply_to } => {
                    json.member("type", &"text");
                    json.member("text", text);
                    json.member("replyTo", reply_to);
                }
                MessageBody::Membership {
                    revision,
                    added,
                    removed,
                    name,
                } => {
                    json.member("type", &"membership");
                    json.member("revision", revision);
                    json.member("added", added);
                    json.member("removed", removed);
                    json.member("name", name);
                }
                MessageBody::File {
                    name,
                    media_type,
                    size,
                    preview,
                } => {
                    json.member("type", &"file");
                    json.member("name", name);
                    json.member("mediaType", media_type);
                    json.member("size", size);
                    json.member("preview", preview);
                }
                MessageBody::Timer { seconds } => {
                    json.member("type", &"timer");
                    json.member("seconds", seconds);
                }
                MessageBody::Deleted { at } => {
                    json.member("type", &"deleted");
                    json.member("deletedAt", at);
                }
                MessageBody::Undecryptable { reason } => {
                    json.member("type", &"undecryptable");
                    json.member("reason", reason);
                }
            }
        });
    }
}

impl ToJson for MessageReaction {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("emoji", &self.emoji);
            json.member("userIds", &self.users);
        });
    }
}

impl ToJson for Event {
    fn write(&self, json: &mut Json) {
        let (name, data): (_, &dyn ToJson) = match self {
            Self::Conversation(conversation) => ("conversation", conversation),
            Self::Message(message) => ("message", message),
            Self::MessageUpdated(message) => ("message-updated", message),
            Self::Contact(contact) => ("contact", contact),
            Self::Error(failure) => ("error", failure),
            Self::Devices => ("devices", &()),
            Self::Expiring(at) => ("expiring", at),
            Self::MessageRemoved {
                conversation_id,
                id,
                order,
            } => ("message-removed", &Removed(conversation_id, id, *order)),
            Self::Typing {
                conversation_id,
                user_id,
                started,
            } => ("typing", &Writes(conversation_id, user_id, *started)),
            #[cfg(feature = "forums")]
            other => return super::forum_types::event(other, json),
        };
        json.object(|json| {
            json.member("type", &name);
            json.member("data", data);
        });
    }
}

struct Removed<'a>(&'a ConversationId, &'a MessageId, u64);

struct Writes<'a>(&'a ConversationId, &'a UserId, bool);

impl ToJson for PreKeys {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            if let Some(key) = &self.signed_prekey {
                json.member("signedPreKey", &Bytes(key.as_slice()));
            }
            if let Some(key) = &self.kem_last_resort {
                json.member("kemLastResort", &Bytes(key.as_slice()));
            }
            json.member("oneTimePreKeys", &byte_strings(&self.one_time_prekeys));
            json.member("kemPreKeys", &byte_strings(&self.kem_prekeys));
        });
    }
}

pub(super) fn byte_strings(strings: &[Vec<u8>]) -> Vec<Bytes<&[u8]>> {
    strings
        .iter()
        .map(|bytes| Bytes(bytes.as_slice()))
        .collect()
}

impl ToJson for OutboxStep {
    fn write(&self, json: &mut Json) {
        let (name, member, value): (_, _, &dyn ToJson) = match self {
            Self::Idle => return json.object(|json| json.member("type", &"idle")),
            Self::Users(users) => ("users", "userIds", users),
            Self::Bundles(addresses) => ("bundles", "addresses", addresses),
            Self::Call {
                entry,
                conversation,
                call,
            } => (
                "request",
                "request",
                &Request {
                    entry: *entry,
                    conversation: *conversation,
                    call,
                },
            ),
        };
        json.object(|json| {
            json.member("type", &name);
            json.member(member, value);
        });
    }
}

/// A REST call with its body.
struct Request<'a> {
    entry: u64,
    conversation: ConversationId,
    call: &'a OutboxCall,
}

impl ToJson for Request<'_> {
    fn write(&self, json: &mut Json) {
        let id = self.conversation;
        let (method, path) = match self.call {
            OutboxCall::CreateConversation { .. } => ("POST", "/api/conversations".to_owned()),
            OutboxCall::AddParticipants { .. } => {
                ("POST", format!("/api/conversations/{id}/participants"))
            }
            OutboxCall::RemoveParticipant { user } => (
                "DELETE",
                format!("/api/conversations/{id}/participants/{user}"),
            ),
            OutboxCall::Message { .. } => ("POST", "/api/messages".to_owned()),
        };
        json.object(|json| {
            json.member("entry", &Shown(self.entry));
            json.member("method", &method);
            json.member("path", &path);
            json.member("body", &Body(self));
        });
    }
}

struct Body<'a>(&'a Request<'a>);

impl ToJson for Body<'_> {
    fn write(&self, json: &mut Json) {
        let Request {
            conversation, call, ..
        } = self.0;
        match call {
            OutboxCall::CreateConversation { participants } => json.object(|json| {
                json.member("id", conversation);
                json.member("participantIds", participants);
            }),
            OutboxCall::AddParticipants { users } => {
                json.object(|json| json.member("userIds", users));
            }
            OutboxCall::RemoveParticipant { .. } => ().write(json),
            OutboxCall::Message {
                id,
                recipients,
                partial,
                envelopes,
            } => json.object(|json| {
                json.member("messageId", id);
                json.member("conversationId", conversation);
                json.member("recipients", recipients);
                if *partial {
                    json.member("partial", partial);
                }
                json.member("envelopes", envelopes);
            }),
        }
    }
}

#[cfg(test)]
mod tests;
