//! The stored records of topics, as a client writes them.

use crypto_wasm::client::Client;
use crypto_wasm::client::forums::{
    ForumCall, ForumId, ForumStep, History, Inviters, NewPost, PostBatch, TopicAction, TopicId,
    TopicOptions, TopicPost, Visibility, fuzzing,
};
use crypto_wasm::store::{Collection, KeyRange, MemoryStore, Query, Store as _};
use crypto_wasm::wire::Wire as _;

use super::{Seed, valid};
use crate::people::{NOW, Person};
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
        if let ForumStep::Call { entry, .. } = step {
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
        let mut seeds = stored(&store).await;
        send_posts(&client, topic).await;
        seeds.extend(epochs(&store).await);
        seeds
    })
}

/// Sends what waits and takes the posts in, up to the commit that covers them.
async fn send_posts(client: &Client<MemoryStore, Rng>, topic: TopicId) {
    for seq in 1.. {
        let step = client.forum_step(NOW).await.expect("a step").value;
        let ForumStep::Call { entry, call, .. } = step else {
            return;
        };
        let post = match call {
            ForumCall::Commit { .. } => return,
            ForumCall::Post { post, .. } => Some(post),
            _ => None,
        };
        let batch = PostBatch {
            items: vec![TopicPost {
                seq,
                post,
                dropped: None,
            }],
            ..PostBatch::default()
        };
        client.topic_posts(topic, &batch).await.expect("taken in");
        let accepted = client.forum_accepted(entry, Some(seq), NOW).await;
        accepted.expect("accepted");
    }
}

/// What is kept of epochs, by the byte after the topic's id.
async fn epochs(store: &MemoryStore) -> Vec<Seed> {
    let kinds: [(u8, &str, Recode); 4] = [
        (1, "EpochRecord", fuzzing::EpochRecord),
        (2, "PrefixRecord", fuzzing::PrefixRecord),
        (3, "EditPlaceRecord", fuzzing::EditPlaceRecord),
        (4, "MadeCoverRecord", fuzzing::MadeCoverRecord),
    ];
    let query = Query::scan(Collection::ForumEpochs, KeyRange::all());
    let mut found = store.read(&[query]).await.expect("read");
    let records = found.next_records().expect("records");
    let mut seeds = Vec::new();
    for (kind, name, recode) in kinds {
        let record = records.iter().find(|record| record.key[16] == kind);
        assert!(record.is_some(), "{name} is not there");
        let record = record.expect("it is there");
        seeds.push(valid(name, recode, record.value.as_bytes().to_vec()));
    }
    seeds
}

/// One device that is still to be brought into a topic's next group: version, length, certificate.
fn heirs() -> Seed {
    let heir = Person::new(1);
    let certificate = heir.device.certificate().certificate();
    let certificate = certificate.to_bytes().expect("encoded");
    let length = u16::try_from(certificate.len()).expect("short") | 0x4000;
    let bytes = [&[1], length.to_be_bytes().as_slice(), &certificate].concat();
    valid("HeirsRecord", fuzzing::HeirsRecord, bytes)
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
    seeds.push(heirs());
    seeds
}
