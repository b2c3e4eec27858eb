use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::wire::content::{
    Delete, Edit, Membership, Reaction, Receipt, Resend, RetryRequest, Text, Timer, Typing,
};
use crypto_wasm::wire::{Body, Content, ConversationId, Flag, Member, MessageId, UserId, padding};
use serde::Deserialize;
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Hex, code, load};

#[derive(Deserialize)]
struct Contents {
    valid: Vec<Valid>,
    invalid: Vec<Invalid>,
    reserved: Vec<Invalid>,
    envelope: Vec<Envelope>,
}

#[derive(Deserialize)]
struct Valid {
    conversation_id: Hex,
    message_id: Hex,
    sent_at_ms: u64,
    content_type: u8,
    fields: Value,
    body: Hex,
    encoded: Hex,
    padded: Hex,
}

#[derive(Deserialize)]
struct Invalid {
    name: String,
    encoded: Hex,
    code: String,
}

#[derive(Deserialize)]
struct Envelope {
    name: String,
    conversation_id: Hex,
    message_id: Hex,
    padded: Hex,
    code: Option<String>,
}

/// The fields of a body by name, as the vectors write them.
struct Fields<'a>(&'a Value);

impl Fields<'_> {
    fn bytes(value: &Value) -> Vec<u8> {
        hex::decode(value.as_str().expect("hex")).expect("hex")
    }

    fn id(value: &Value) -> MessageId {
        MessageId::from_bytes(Self::bytes(value).try_into().expect("16 bytes"))
    }

    fn message(&self, name: &str) -> MessageId {
        Self::id(&self.0[name])
    }

    fn text(&self, name: &str) -> String {
        self.0[name].as_str().expect("text").to_owned()
    }

    fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().expect("a number")
    }

    fn flag(&self, name: &str) -> Flag {
        Flag(self.number(name) == 1)
    }

    fn list<T>(&self, name: &str, item: impl Fn(&Value) -> T) -> Vec<T> {
        self.0[name]
            .as_array()
            .expect("a list")
            .iter()
            .map(item)
            .collect()
    }
}

fn member(value: &Value) -> Member {
    let bytes = Fields::bytes(value);
    let (user_id, account_key) = bytes.split_at(16);
    Member {
        user_id: UserId::from_bytes(user_id.try_into().expect("16 bytes")),
        account_key: Ed25519PublicKey::from_bytes(account_key.try_into().expect("32 bytes")),
    }
}

fn body(content_type: u8, fields: &Value) -> Body {
    let fields = Fields(fields);
    let receipt = || Receipt {
        message_ids: fields.list("message_ids", Fields::id),
    };
    match content_type {
        1 => Body::Text(Text {
            text: fields.text("text"),
            reply_to: Some(&fields.0["reply_to"])
                .filter(|value| !value.is_null())
                .map(Fields::id),
        }),
        2 => Body::DeliveryReceipt(receipt()),
        3 => Body::ReadReceipt(receipt()),
        4 => Body::Typing(Typing {
            started: fields.flag("started"),
        }),
        5 => Body::Reaction(Reaction {
            message_id: fields.message("message_id"),
            emoji: fields.text("emoji"),
            removed: fields.flag("removed"),
        }),
        6 => Body::Edit(Edit {
            message_id: fields.message("message_id"),
            text: fields.text("text"),
        }),
        7 => Body::Delete(Delete {
            message_id: fields.message("message_id"),
        }),
        9 => Body::RetryRequest(RetryRequest {
            message_id: fields.message("message_id"),
            reason: fields.number("reason").try_into().expect("a byte"),
        }),
        11 => Body::Timer(Timer {
            seconds: fields.number("seconds").try_into().expect("32 bits"),
        }),
        12 => Body::Membership(Membership {
            revision: fields.number("revision"),
            members: fields.list("members", member),
            name: fields.text("name"),
        }),
        13 => {
            let original_type = fields.number("original_type").try_into().expect("a byte");
            let original_body = Fields::bytes(&fields.0["original_body"]);
            Body::Resend(Resend {
                original_message_id: fields.message("original_message_id"),
                original_sent_at_ms: fields.number("original_sent_at_ms"),
                original: Box::new(
                    Body::from_bytes(original_type, &original_body).expect("a body"),
                ),
            })
        }
        other => panic!("content type {other}"),
    }
}

// ENC-1, CNT-2, CNT-5
#[wasm_bindgen_test(unsupported = test)]
fn valid() {
    let vectors = load::<Contents>("content.json").valid;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let content = Content {
            conversation_id: ConversationId::from_bytes(vector.conversation_id.array()),
            message_id: MessageId::from_bytes(vector.message_id.array()),
            sent_at_ms: vector.sent_at_ms,
            body: body(vector.content_type, &vector.fields),
        };
        assert_eq!(content.body.content_type(), vector.content_type);
        assert_eq!(content.body.to_bytes().as_deref(), Ok(&*vector.body));
        assert_eq!(content.to_bytes().as_deref(), Ok(&*vector.encoded));
        assert_eq!(content.to_padded().as_deref(), Ok(&*vector.padded));
        assert_eq!(Content::from_bytes(&vector.encoded).as_ref(), Ok(&content));
        let decoded =
            Content::from_padded(&vector.padded, content.conversation_id, content.message_id);
        assert_eq!(decoded, Ok(content));
    }
}

// ENC-3, ENC-4, ENC-5, ENC-6, CNT-3, CNT-4
#[wasm_bindgen_test(unsupported = test)]
fn invalid_and_reserved() {
    let vectors: Contents = load("content.json");
    assert!(!vectors.invalid.is_empty() && !vectors.reserved.is_empty());
    for vector in vectors.invalid.iter().chain(&vectors.reserved) {
        assert_eq!(
            code(Content::from_bytes(&vector.encoded)),
            vector.code,
            "{}",
            vector.name
        );
        let padded = padding::pad(&vector.encoded);
        let result = padding::unpad(&padded).and_then(Content::from_bytes);
        assert_eq!(code(result), vector.code, "{}, padded", vector.name);
    }
}

// CNT-6, CNT-7
#[wasm_bindgen_test(unsupported = test)]
fn envelope() {
    let vectors = load::<Contents>("content.json").envelope;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let result = Content::from_padded(
            &vector.padded,
            ConversationId::from_bytes(vector.conversation_id.array()),
            MessageId::from_bytes(vector.message_id.array()),
        );
        let expected = vector.code.as_deref().unwrap_or("accepted");
        assert_eq!(code(result), expected, "{}", vector.name);
    }
}
