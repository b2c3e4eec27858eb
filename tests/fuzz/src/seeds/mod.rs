//! The corpus to begin with: valid encodings, out of the test vectors and made here. `cargo run -p sealpost-fuzz --example seeds`
//! writes them.

mod forums;
mod linking;
mod records;
mod topics;

use std::path::{Path, PathBuf};

use crypto_wasm::crypto::sign::Ed25519PublicKey;
use crypto_wasm::identity::{DeviceListPin, SafetyCode};
use crypto_wasm::wire::content::{
    Delete, Edit, Membership, Reaction, Receipt, RetryRequest, Text, Timer, Typing,
};
use crypto_wasm::wire::{
    Attachment, FileKey, Flag, Member, MessageId, PreKeyMessage, Preview, RelayAuth, UserId,
    Version1, Wire,
};
use rand_core::Rng as _;
use serde_json::Value;

use crate::core::session::scenarios;
use crate::core::vault;
use crate::people::{NOW, Person};
use crate::property::{Recode, recode};
use crate::rng::Rng;

/// A target's name and an input.
pub type Seed = (&'static str, Vec<u8>);

/// Targets whose inputs are edits of valid messages: any bytes are a beginning.
const EDITS: [&str; 15] = [
    "relay_changed_body",
    "relay_path",
    "Sealed",
    "Ed25519PublicKey",
    "damaged_state",
    "hostile_messages",
    "changed_bundle",
    "changed_certificate",
    "changed_device_list",
    "changed_login_proof",
    "topic_commit",
    "topic_join",
    "topic_link",
    "topic_post",
    "topic_state",
];

/// Bodies of the calls of topics that are well-formed and hold nothing of use.
const FOUNDING: &[u8] = b"{\"id\":\"0190a5c8-0000-7000-8000-0000000000c1\",\"groupInfo\":\"AAEAAg\",\"tree\":\"AA\",\"policy\":\"AQ\",\"publicTitle\":\"x\"}";
const POSTED: &[u8] = b"{\"id\":\"0190a5c8-0000-7000-8000-0000000000d1\",\"post\":\"AQ\"}";
const COMMITTED: &[u8] = b"{\"epoch\":0,\"commit\":\"AAEAAQ\",\"groupInfo\":\"AAEAAg\",\"links\":[\"AA\"],\"wraps\":[],\"welcome\":{\"bytes\":\"AA\",\"addresses\":[]}}";

/// The folder of this package.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// All seeds, the same ones each time.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let mut seeds = structures();
    seeds.extend(contents());
    seeds.extend(vectors());
    seeds.extend(states());
    seeds.extend(records::records());
    seeds.extend(linking::seeds());
    seeds.extend(topics::topics());
    seeds.extend(topics::posts());
    seeds.extend(forums::records());
    seeds.extend(vault::seeds().expect("encoded"));
    seeds.extend(relay());
    seeds.extend(arbitrary_bytes());
    seeds
}

fn valid(name: &'static str, recode: Recode, bytes: Vec<u8>) -> Seed {
    assert!(recode(&bytes).as_ref() == Ok(&bytes), "{name} is not valid");
    (name, bytes)
}

fn wire<T: Wire>(name: &'static str, value: &T) -> Seed {
    valid(name, recode::<T>, value.to_bytes().expect("encoded"))
}

/// The structures that people exchange.
fn structures() -> Vec<Seed> {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let bundle = bob.bundle(0);
    let address = bob.device.address();
    let list = bob
        .account
        .first_device_list(address.user_id, Vec::new(), NOW)
        .expect("a list");
    let (_, first) = alice.initiate(bob.bundle(0), b"first", &mut Rng::new(20));
    let message = PreKeyMessage::from_bytes(&first).expect("decoded");
    let login = RelayAuth {
        origin: b"https://relay.example".to_vec(),
        challenge: [4; 32],
        address,
        expires_at_ms: NOW,
    };
    let code = SafetyCode {
        version: Version1,
        own_user_id: address.user_id,
        own_account_key: bob.account.public_key(),
        peer_user_id: alice.device.address().user_id,
        peer_account_key: alice.account.public_key(),
    };
    let one_time = bundle.one_time_prekey.expect("asked for");
    let safety_number = [[1; 32], [2; 32], [3; 32]].concat();
    vec![
        wire("Address", &address),
        wire("DeviceCertificate", &bundle.certificate),
        wire("DeviceList", list.list()),
        wire("DeviceListPin", &DeviceListPin::of(&list)),
        wire("KemPreKey", &bundle.kem_prekey),
        wire("OneTimePreKey", &one_time),
        wire("PreKeyBundle", &bundle),
        wire("PreKeyBundle", &bob.reusable_bundle()),
        wire("PreKeyFields", &message.fields),
        wire("PreKeyMessage", &message),
        wire("RatchetMessage", &message.message),
        wire("Header", &message.message.header),
        wire("RelayAuth", &login),
        wire("SafetyCode", &code),
        wire("SignedPreKey", &bundle.signed_prekey),
        ("X25519PublicKey", one_time.public_key.as_bytes().to_vec()),
        (
            "KemPublicKey",
            bundle.kem_prekey.public_key.as_bytes().to_vec(),
        ),
        (
            "KemCiphertext",
            message.fields.kem_ciphertext.as_bytes().to_vec(),
        ),
        ("envelope_kind", b"prekey".to_vec()),
        ("envelope_kind", b"ratchet".to_vec()),
        ("safety_number", safety_number),
    ]
}

/// A body of every type.
fn contents() -> Vec<Seed> {
    let message_id = MessageId::from_bytes([2; 16]);
    let member = Member {
        user_id: UserId::from_bytes([5; 16]),
        account_key: Ed25519PublicKey::from_bytes([6; 32]),
    };
    let text = "Grüße 🔒".to_owned();
    vec![
        wire(
            "Attachment",
            &Attachment {
                blob_id: [1; 16],
                key: std::sync::Arc::new(FileKey::copy_from(&[2; 32])),
                digest: [3; 32],
                size: 4,
                name: "a.jpg".to_owned(),
                media_type: "image/jpeg".to_owned(),
                preview: Some(Preview {
                    width: 5,
                    height: 6,
                    jpeg: vec![0xff, 0xd8, 0xff, 0xe0],
                }),
            },
        ),
        wire("Delete", &Delete { message_id }),
        ("body", vec![10, 1, 2, 3]),
        wire(
            "Edit",
            &Edit {
                message_id,
                text: text.clone(),
            },
        ),
        wire("Member", &member),
        wire(
            "Membership",
            &Membership {
                revision: 3,
                members: vec![member.clone(), member],
                name: text.clone(),
            },
        ),
        wire(
            "Reaction",
            &Reaction {
                message_id,
                emoji: text.clone(),
                removed: Flag(true),
            },
        ),
        wire(
            "Receipt",
            &Receipt {
                message_ids: vec![message_id; 3],
            },
        ),
        wire(
            "RetryRequest",
            &RetryRequest {
                message_id,
                reason: 1,
            },
        ),
        wire(
            "Text",
            &Text {
                text,
                reply_to: Some(message_id),
            },
        ),
        wire("Timer", &Timer { seconds: 60 }),
        wire(
            "Typing",
            &Typing {
                started: Flag(true),
            },
        ),
    ]
}

/// The structures and contents of the test vectors, valid and not.
fn vectors() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let decoding = vector("decoding.json");
    for group in ["valid", "invalid"] {
        for case in list(&decoding[group]) {
            let name = case["struct"].as_str().expect("a name");
            let (target, _) = crate::target(structure(name)).expect("a target");
            let bytes = bytes(&case["bytes"]);
            // Of the large ones, those that are only cut short or longer teach little.
            if group == "valid" || bytes.len() < 1000 {
                seeds.push((target, bytes));
            }
        }
    }
    for case in list(&vector("content.json")["valid"]) {
        let content_type = case["content_type"].as_u64().expect("a type") as u8;
        let body = [vec![content_type], bytes(&case["body"])].concat();
        seeds.push(("body", body));
        seeds.push(("content", bytes(&case["encoded"])));
        seeds.push(("padded", bytes(&case["encoded"])));
        seeds.push(("padded", bytes(&case["padded"])));
    }
    let files = vector("files/attachments.json");
    for group in ["bodies", "bodies_refused"] {
        for case in list(&files[group]) {
            let body = bytes(&case["body"]);
            if body.len() < 1000 {
                seeds.push(("body", [vec![8], body].concat()));
            }
        }
    }
    seeds
}

/// The target of a structure that the vectors name.
fn structure(name: &str) -> &str {
    if name == "Content" { "content" } else { name }
}

fn vector(file: &str) -> Value {
    let path = folder().join("../vectors").join(file);
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a text")).expect("hex")
}

/// Exported states, small ones.
fn states() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut rng = Rng::new(21);
    let mut alice = Person::new(1);
    let (session, message) = alice.initiate(Person::new(2).bundle(0), b"first", &mut rng);
    seeds.push(("Session", session.export().expect("exported").to_vec()));
    let mut bob = Person::new(2);
    let (session, _) = crypto_wasm::session::Session::accept(
        &mut bob.device,
        &message,
        &alice.expected(),
        &mut rng,
    )
    .expect("accepted");
    seeds.push(("Session", session.export().expect("exported").to_vec()));
    alice.device.expire_prekeys(NOW);
    for scenario in scenarios().into_iter().take(2) {
        seeds.push(("Device", scenario.device));
        seeds.push(("SessionRecord", scenario.record));
    }
    seeds
}

/// What clients send to the relay.
fn relay() -> Vec<Seed> {
    let hello = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
    let invocation =
        "{\"type\":1,\"invocationId\":\"0\",\"target\":\"Resume\",\"arguments\":[0]}\u{1e}";
    let others = "{\"type\":6}\u{1e}{\"type\":3,\"invocationId\":\"1\",\"result\":[1.5,-1,\"a\"]}\u{1e}{\"type\":7}\u{1e}";
    let framed = |text: String| [vec![64], text.into_bytes()].concat();
    // [1, {}, "0", "Resume", [0]], [6] and [3, {}, "1", 3, bytes].
    let packed: [&[u8]; 3] = [
        b"\x0d\x95\x01\x80\xa10\xa6Resume\x91\x00",
        b"\x02\x91\x06",
        b"\x0a\x95\x03\x80\xa11\x03\xc4\x02\x01\x02",
    ];
    let packed = packed.concat();
    let sequence = "{\"type\":9,\"sequenceId\":1}\u{1e}{\"type\":8,\"sequenceId\":1}\u{1e}";
    let another = invocation.replace("\"0\"", "\"1\"");
    // [9, 1] and [8, 1].
    let packed_sequence = b"\x03\x92\x09\x01\x03\x92\x08\x01";
    let hello_packed = b"{\"protocol\":\"messagepack\",\"version\":1}\x1e";
    vec![
        ("hub_json", framed(format!("{invocation}{others}"))),
        ("hub_messagepack", [vec![64], packed.clone()].concat()),
        ("hub_handshake", framed(format!("{hello}{invocation}"))),
        ("hub_session", framed(format!("{hello}{invocation}{others}"))),
        ("hub_session", [&[65], &hello_packed[..], &packed].concat()),
        ("hub_stateful", framed(format!("{invocation}\x1d{sequence}{invocation}{another}\x1d{sequence}"))),
        ("hub_stateful", [&[65], &packed[..], &[0x1d], packed_sequence, &packed, &[0x1d]].concat()),
        ("relay_body", b"\x0a{\"upTo\":0}".to_vec()),
        (
            "relay_body",
            b"\x06{\"addresses\":[{\"userId\":\"0190a5c8-0000-7000-8000-0000000000af\",\"deviceId\":1}]}".to_vec(),
        ),
        ("relay_body", [&[22], FOUNDING].concat()),
        ("relay_body", [&[23], POSTED].concat()),
        ("relay_body", [&[24], COMMITTED].concat()),
        ("relay_changed_body", vec![9]),
        // As they are: founding a topic, a post in it, a commit.
        ("relay_changed_body", vec![22]),
        ("relay_changed_body", vec![23]),
        ("relay_changed_body", vec![24]),
        ("relay_path", vec![16]),
        (
            "upload_metadata",
            b"filename YS50eHQ=,id LV92Ny1fdjctX3Y3LV92Ny1fdjctdw==".to_vec(),
        ),
    ]
}

/// Some bytes for what makes edits of them.
fn arbitrary_bytes() -> Vec<Seed> {
    let mut rng = Rng::new(22);
    let mut seeds = Vec::new();
    for name in EDITS {
        for length in [8, 40, 120] {
            let mut bytes = vec![0; length];
            rng.fill_bytes(&mut bytes);
            seeds.push((name, bytes));
        }
    }
    seeds
}

/// Writes every seed into its target's folder below `corpus`, numbered.
///
/// # Errors
/// Those of the file system.
pub fn write(corpus: &Path) -> std::io::Result<()> {
    for (path, bytes) in files() {
        let path = corpus.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(corpus))?;
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

/// Every seed with its path below the corpus: the target's name, and a number among its seeds.
#[must_use]
pub fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut numbers = std::collections::BTreeMap::new();
    let numbered = |(name, bytes): Seed| {
        let number = numbers.entry(name).or_insert(0);
        *number += 1;
        (Path::new(name).join(format!("seed-{number:02}")), bytes)
    };
    seeds().into_iter().map(numbered).collect()
}
