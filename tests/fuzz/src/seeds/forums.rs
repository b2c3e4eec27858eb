//! The stored records of topics, as a client writes them.

use crypto_wasm::client::Client;
use crypto_wasm::client::forums::{
    ForumId, History, Inviters, NewPost, TopicAction, TopicOptions, Visibility, fuzzing,
};
use crypto_wasm::store::{Collection, KeyRange, MemoryStore, Query, Store as _};

use super::{Seed, valid};
use crate::people::NOW;
use crate::property::Recode;
use crate::rng::Rng;

/// Which records lie in which collection.
const RECORDS: [(Collection, &str, Recode); 6] = [
    (Collection::ForumTopics, "TopicRecord", fuzzing::TopicRecord),
    (Collection::ForumKeys, "KeyRecord", fuzzing::KeyRecord),
    (
        Collection::ForumMembers,
        "MembersRecord",
        fuzzing::MembersRecord,
    ),
    (Collection::ForumPosts, "PostRecord", fuzzing::PostRecord),
    (
        Collection::ForumEffects,
        "EffectsRecord",
        fuzzing::EffectsRecord,
    ),
    (
        Collection::ForumOutbox,
        "ForumOutboxRecord",
        fuzzing::ForumOutboxRecord,
    ),
];

pub(super) fn records() -> Vec<Seed> {
    pollster::block_on(async {
        let store = MemoryStore::new();
        let client = Client::new(store.clone(), Rng::new(38));
        let registered = client.begin_registration("alice", NOW).await;
        registered.expect("begun");
        client.registration_accepted().await.expect("registered");
        client.key_package_upload(98, NOW).await.expect("made");
        let options = TopicOptions {
            forum_id: ForumId::from_bytes([1; 16]),
            title: "Gardening".into(),
            description: "Trees".into(),
            visibility: Visibility::Invite,
            history: History::LastDays,
            history_days: 30,
            inviters: Inviters::Members,
        };
        let topic = client.create_topic(&options, NOW).await.expect("founded");
        let topic = topic.value.id;
        let text = NewPost::Text {
            text: "hello".into(),
            parent_id: None,
            mentions: Vec::new(),
        };
        let post = client.send_post(topic, &text, NOW).await.expect("sent");
        let post_id = post.value.id;
        let acts = [
            NewPost::Reaction {
                post_id,
                emoji: "+".into(),
                removed: false,
            },
            NewPost::Edit {
                post_id,
                text: "Hello".into(),
                mentions: Vec::new(),
            },
            NewPost::Pin {
                post_id,
                removed: false,
            },
            NewPost::Delete { post_id },
        ];
        for act in &acts {
            client.send_post(topic, act, NOW).await.expect("sent");
        }
        let step = client.forum_step(NOW).await.expect("a step").value;
        if let crypto_wasm::client::forums::ForumStep::Call { entry, .. } = step {
            let accepted = client.forum_accepted(entry, None, NOW).await;
            accepted.expect("accepted");
        }
        let voided = TopicAction::Policy {
            roles: Vec::new(),
            visibility: Some(Visibility::Closed),
            history: None,
            inviters: None,
        };
        let acted = client.topic_action(topic, &voided, NOW).await;
        acted.expect("wanted");
        stored(&store).await
    })
}

async fn stored(store: &MemoryStore) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (collection, name, recode) in RECORDS {
        let query = Query::scan(collection, KeyRange::all());
        let mut found = store.read(&[query]).await.expect("read");
        let records = found.next_records().expect("records");
        assert!(!records.is_empty(), "{name} is not there");
        for record in records {
            seeds.push(valid(name, recode, record.value.as_bytes().to_vec()));
        }
    }
    let query = Query::get(Collection::Meta, b"key-packages".as_slice());
    let mut found = store.read(&[query]).await.expect("read");
    let packages = found.next_value().expect("a value").expect("KeyPackages");
    let bytes = packages.as_bytes().to_vec();
    seeds.push(valid(
        "KeyPackagesRecord",
        fuzzing::KeyPackagesRecord,
        bytes,
    ));
    seeds
}
