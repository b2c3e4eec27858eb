//! A topic at the relay, and the calls that found it, change it and post in it.

use axum::http::Method;
use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::group::{Change, NewTopic, PolicyDraft};
use crypto_wasm::forum::post;
use crypto_wasm::forum::wire::{History, Inviters, PostContent, PostHeader, Visibility};
use crypto_wasm::wire::{PostId, TopicId};
use serde_json::{Value, json};

use super::world::{Call, encoded, text};
use crate::core::topic::archive_key;
use crate::people::{NOW, Person};
use crate::rng::Rng;

/// The forum, as text and bytes.
const FORUM: &str = "0190a5c8-0000-7000-8000-0000000000f0";
pub(super) const FORUM_BYTES: [u8; 16] = bytes(0xf0);
const TOPIC: &str = "0190a5c8-0000-7000-8000-0000000000c0";
const POST: &str = "0190a5c8-0000-7000-8000-0000000000d0";

const fn bytes(last: u8) -> [u8; 16] {
    [
        0x01, 0x90, 0xa5, 0xc8, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, last,
    ]
}

/// What the founder calls, the founding first. The relay takes all of them, in this order and again.
pub(super) fn calls(founder: &Person) -> Vec<Call> {
    let rng = &mut Rng::new(40);
    let topic_id = TopicId::from_bytes(bytes(0xc0));
    let topic = NewTopic {
        topic_id,
        policy: PolicyDraft {
            visibility: Visibility::Open,
            history: History::Everything,
            history_days: 0,
            inviters: Inviters::Members,
            roles: Vec::new(),
        },
        now_ms: NOW,
    };
    let mut group = TopicGroup::create(&founder.device, &topic, rng).expect("founded");
    let founding = json!({
        "id": TOPIC,
        "groupInfo": text(group.group_info().expect("a group info")),
        "tree": text(group.tree().expect("a tree")),
        "policy": encoded(&group.state().policy),
        "publicTitle": "Gardening",
    });
    let header = PostHeader {
        topic_id,
        generation: 0,
        epoch: 0,
        post_id: PostId::from_bytes(bytes(0xd0)),
        author: founder.device.address(),
        parent_id: None,
        sent_at_ms: NOW,
    };
    let content = PostContent::Text {
        text: "hello".into(),
        mentions: Vec::new(),
    };
    let sealed = post::encrypt(&founder.device, header, &content, &archive_key(0).key, rng);
    let posted = json!({ "id": POST, "post": encoded(&sealed.expect("encrypted")) });
    let next = group
        .succeed(&founder.device, NOW / 1000, rng)
        .expect("the next group");
    let succeeded = json!({
        "groupInfo": text(next.group_info().expect("a group info")),
        "tree": text(next.tree().expect("a tree")),
        "policy": encoded(&next.state().policy),
    });
    let commit = group.commit(&Change::default(), NOW / 1000, rng);
    let commit = commit.expect("a commit");
    let committed = json!({
        "epoch": commit.epoch,
        "commit": text(&commit.commit),
        "groupInfo": text(&commit.group_info),
    });
    let call = |method: Method, path: String, body: Value| Call { method, path, body };
    let of = |rest: &str| format!("/api/forum-topics/{TOPIC}{rest}");
    vec![
        call(
            Method::POST,
            format!("/api/forums/{FORUM}/topics"),
            founding,
        ),
        call(Method::POST, of("/posts"), posted),
        call(Method::POST, of("/commits"), committed),
        call(Method::POST, of("/join-info"), json!({})),
        call(
            Method::POST,
            of("/links"),
            json!({ "links": [], "wraps": [] }),
        ),
        call(Method::GET, of("/posts?after=0&limit=10"), Value::Null),
        call(Method::GET, of("/commits?after=0&limit=10"), Value::Null),
        call(Method::GET, of("/links?from=0&to=1"), Value::Null),
        call(Method::GET, of("/group"), Value::Null),
        call(Method::POST, of("/generations"), succeeded),
    ]
}
