//! Topics, grown by people who come in by themselves. What a browser takes for a thousand members: `npm run bench:topics`.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run stops")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group};
use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::archive::ArchiveKey;
use crypto_wasm::forum::group::{Change, Expected, JoinInfo, NewTopic, PolicyDraft};
use crypto_wasm::forum::post;
use crypto_wasm::forum::wire::{History, Inviters, PostContent, PostHeader, Visibility};
use crypto_wasm::identity::{Account, Device};
use crypto_wasm::wire::{Address, PostId, TopicId, UserId};
use getrandom::SysRng;
use rand_core::UnwrapErr;

const NOW_MS: u64 = 1_760_000_000_000;
const MEMBERS: u32 = 100;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn device(number: u32) -> Device {
    let mut user_id = [0; 16];
    user_id[..4].copy_from_slice(&number.to_be_bytes());
    let address = Address {
        user_id: UserId::from_bytes(user_id),
        device_id: 1,
    };
    let account = Account::generate(&mut rng());
    Device::create(&account, address, NOW_MS, &mut rng()).expect("a device")
}

fn found(founder: &Device) -> TopicGroup {
    let topic = NewTopic {
        topic_id: TopicId::from_bytes([7; 16]),
        policy: PolicyDraft {
            visibility: Visibility::Open,
            history: History::Everything,
            history_days: 0,
            inviters: Inviters::Moderators,
            roles: Vec::new(),
        },
        now_ms: NOW_MS,
    };
    TopicGroup::create(founder, &topic, &mut rng()).expect("a topic")
}

fn offer(topic: &TopicGroup) -> JoinInfo {
    JoinInfo {
        group_info: topic.group_info().expect("a group info"),
        tree: topic.tree().expect("a tree"),
        policies: vec![topic.state().policy.clone()],
    }
}

fn join(device: &Device, offer: &JoinInfo) -> (TopicGroup, Vec<u8>) {
    let expected = Expected::default();
    let (joined, made) = TopicGroup::join_external(device, offer, None, &expected, &mut rng())
        .expect("an external commit");
    (joined, made.commit)
}

/// A topic of so many members, as its founder has it.
fn grown(founder: &Device) -> TopicGroup {
    let mut topic = found(founder);
    for number in 1..MEMBERS {
        let (_, commit) = join(&device(number), &offer(&topic));
        topic.process(&commit).expect("a member more");
    }
    topic
}

fn groups(c: &mut Criterion) {
    let founder = device(0);
    c.bench_function("forum-create", |b| b.iter(|| found(black_box(&founder))));
    let mut topic = grown(&founder);
    let state = topic.export().expect("a state");
    let offer = offer(&topic);
    let joiner = device(MEMBERS);
    let (_, commit) = join(&joiner, &offer);
    c.bench_function("forum-join-100", |b| {
        b.iter(|| join(&joiner, black_box(&offer)))
    });
    let open = || TopicGroup::import(&founder, &state).expect("the topic");
    c.bench_function("forum-process-commit-100", |b| {
        b.iter_batched(
            open,
            |mut topic| topic.process(black_box(&commit)).expect("a commit"),
            BatchSize::LargeInput,
        );
    });
    c.bench_function("forum-commit-100", |b| {
        b.iter_batched(
            open,
            |mut topic| {
                topic
                    .commit(&Change::default(), NOW_MS / 1000, &mut rng())
                    .expect("a commit")
            },
            BatchSize::LargeInput,
        );
    });
}

fn posts(c: &mut Criterion) {
    let author = device(0);
    let key = ArchiveKey::copy_from(&[5; 32]);
    let header = PostHeader {
        topic_id: TopicId::from_bytes([7; 16]),
        generation: 0,
        epoch: 3,
        post_id: PostId::from_bytes([8; 16]),
        author: author.address(),
        parent_id: None,
        sent_at_ms: NOW_MS,
    };
    let content = PostContent::Text {
        text: "a".repeat(200),
        mentions: Vec::new(),
    };
    let seal = || post::encrypt(&author, header, &content, &key, &mut rng()).expect("a post");
    c.bench_function("forum-post", |b| b.iter(seal));
    let sealed = seal();
    let certificate = author.certificate().certificate().clone();
    c.bench_function("forum-read", |b| {
        b.iter(|| {
            let opened = post::decrypt(black_box(&sealed), &key).expect("a post");
            opened.verify(&sealed, &certificate).expect("its author")
        });
    });
}

criterion_group!(
    name = run;
    config = Criterion::default().sample_size(20).configure_from_args();
    targets = groups, posts
);
