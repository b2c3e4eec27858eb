//! Plain objects as they leave the boundary; `web/client/src/worker/engine.ts` has the same in TypeScript. Bytes are `Uint8Array`.

use serde::Serialize;
use serde_bytes::ByteBuf;
use wasm_bindgen::JsValue;

use super::error::{Thrown, js_error};
use crate::client::{
    ClientError, ConversationId, Me, OutboxCall, OutboxStep, PreKeys, Received, Registration,
    Status, UserId,
};
use crate::wire;

/// A value as a plain JavaScript object: maps are objects, absent values null.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, Thrown> {
    let serializer = serde_wasm_bindgen::Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true);
    value
        .serialize(&serializer)
        .map_err(|error| js_error("internal", &error.to_string()))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address {
    user_id: String,
    device_id: u32,
}

impl From<&wire::Address> for Address {
    fn from(address: &wire::Address) -> Self {
        Self {
            user_id: address.user_id.to_string(),
            device_id: address.device_id,
        }
    }
}

/// Ids in a list.
pub(super) fn users(ids: &[String]) -> Result<Vec<UserId>, ClientError> {
    ids.iter().map(|id| id.parse()).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreKeyBodies {
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_pre_key: Option<ByteBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kem_last_resort: Option<ByteBuf>,
    one_time_pre_keys: Vec<ByteBuf>,
    kem_pre_keys: Vec<ByteBuf>,
}

impl From<PreKeys> for PreKeyBodies {
    fn from(keys: PreKeys) -> Self {
        Self {
            signed_pre_key: keys.signed_prekey.map(ByteBuf::from),
            kem_last_resort: keys.kem_last_resort.map(ByteBuf::from),
            one_time_pre_keys: keys
                .one_time_prekeys
                .into_iter()
                .map(ByteBuf::from)
                .collect(),
            kem_pre_keys: keys.kem_prekeys.into_iter().map(ByteBuf::from).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegistrationBody {
    id: UserId,
    username: String,
    device_list: ByteBuf,
    certificate: ByteBuf,
    pre_keys: PreKeyBodies,
}

impl From<Registration> for RegistrationBody {
    fn from(registration: Registration) -> Self {
        Self {
            id: registration.id,
            username: registration.username,
            device_list: registration.device_list.into(),
            certificate: registration.certificate.into(),
            pre_keys: registration.prekeys.into(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusBody {
    me: Option<Me>,
    registration: Option<RegistrationBody>,
    cursor: f64,
    pending: usize,
}

impl From<Status> for StatusBody {
    fn from(status: Status) -> Self {
        Self {
            me: status.me,
            registration: status.registration.map(Into::into),
            cursor: status.cursor as f64,
            pending: status.pending,
        }
    }
}

#[derive(Serialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub(super) enum StepBody {
    Idle,
    Users { user_ids: Vec<UserId> },
    Bundles { addresses: Vec<Address> },
    Request { request: Request },
}

/// A REST call with its body.
#[derive(Serialize)]
pub(super) struct Request {
    entry: String,
    method: &'static str,
    path: String,
    body: Option<RequestBody>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum RequestBody {
    CreateConversation {
        id: ConversationId,
        participant_ids: Vec<UserId>,
    },
    AddParticipants {
        user_ids: Vec<UserId>,
    },
    Message {
        message_id: String,
        conversation_id: ConversationId,
        recipients: Vec<UserId>,
        envelopes: Vec<EnvelopeBody>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeBody {
    #[serde(flatten)]
    address: Address,
    kind: &'static str,
    content: ByteBuf,
}

impl From<OutboxStep> for StepBody {
    fn from(step: OutboxStep) -> Self {
        match step {
            OutboxStep::Idle => Self::Idle,
            OutboxStep::Users(user_ids) => Self::Users { user_ids },
            OutboxStep::Bundles(addresses) => Self::Bundles {
                addresses: addresses.iter().map(Into::into).collect(),
            },
            OutboxStep::Call {
                entry,
                conversation,
                call,
            } => Self::Request {
                request: request(entry, conversation, call),
            },
        }
    }
}

fn request(entry: u64, id: ConversationId, call: OutboxCall) -> Request {
    let (method, path, body) = match call {
        OutboxCall::CreateConversation { participants } => (
            "POST",
            "/api/conversations".to_owned(),
            Some(RequestBody::CreateConversation {
                id,
                participant_ids: participants,
            }),
        ),
        OutboxCall::AddParticipants { users } => (
            "POST",
            format!("/api/conversations/{id}/participants"),
            Some(RequestBody::AddParticipants { user_ids: users }),
        ),
        OutboxCall::RemoveParticipant { user } => (
            "DELETE",
            format!("/api/conversations/{id}/participants/{user}"),
            None,
        ),
        OutboxCall::Message {
            id: message,
            recipients,
            envelopes,
        } => {
            let envelopes = envelopes.into_iter().map(|envelope| EnvelopeBody {
                address: (&envelope.address).into(),
                kind: envelope.kind,
                content: envelope.content.into(),
            });
            let body = RequestBody::Message {
                message_id: message.to_string(),
                conversation_id: id,
                recipients,
                envelopes: envelopes.collect(),
            };
            ("POST", "/api/messages".to_owned(), Some(body))
        }
    };
    Request {
        entry: entry.to_string(),
        method,
        path,
        body,
    }
}

#[derive(Serialize)]
pub(super) struct ReceivedBody {
    cursor: f64,
    users: Vec<UserId>,
}

impl From<Received> for ReceivedBody {
    fn from(received: Received) -> Self {
        Self {
            cursor: received.cursor as f64,
            users: received.users,
        }
    }
}
