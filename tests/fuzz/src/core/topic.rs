//! Topics (§7): their structures, and what MLS reads: commits, group infos, trees, Welcomes, KeyPackages, stored groups.

use std::cell::OnceCell;

use arbitrary::Unstructured;
use crypto_wasm::forum::archive::{self, ArchiveKey, Candidate};
use crypto_wasm::forum::cover::Cover;
use crypto_wasm::forum::group::{
    Change, Expected, JoinInfo, KeyPackageRequest, NewTopic, PolicyDraft, StoredKeyPackage,
    WelcomeInfo, describe_key_package, generate_key_packages, welcome_references,
};
use crypto_wasm::forum::link::InvitationLink;
use crypto_wasm::forum::post;
use crypto_wasm::forum::state::GroupId;
use crypto_wasm::forum::wire::{
    Authorization, Genesis, History, Invitation, InvitationUse, Inviters, JoinId, LeaveRequest,
    Link, Policy, Post, PostBody, PostContent, PostHeader, TopicState, Visibility, Wrap,
};
use crypto_wasm::forum::{PublicGroup, TopicGroup};
use crypto_wasm::wire::{PostId, TopicId, UserId, Wire as _};

use crate::people::{NOW, Person};
use crate::property::{recode, strict};
use crate::rng::Rng;
use crate::{Target, edits};

macro_rules! targets {
    ($($structure:ident)*) => {
        pub(crate) const TARGETS: &[Target] = &[
            $((stringify!($structure), |data| strict(stringify!($structure), recode::<$structure>, data)),)*
        ];
    };
}

targets!(
    Authorization Cover Genesis Invitation InvitationLink InvitationUse JoinId LeaveRequest Link Policy
    Post PostBody PostHeader TopicState Wrap
);

pub(crate) const ATTACKS: &[Target] = &[
    ("topic_commit", topic_commit),
    ("topic_join", topic_join),
    ("topic_link", topic_link),
    ("topic_post", topic_post),
    ("topic_state", topic_state),
];

const NOW_S: u64 = NOW / 1000;

/// An open topic of Alice's in epoch 2, with Bob, and what is under way to people.
pub(crate) struct Scenario {
    alice: Person,
    bob: Person,
    carol: Person,
    pub(crate) group: Vec<u8>,
    pub(crate) public: Vec<u8>,
    /// Bob's commit of this epoch, and an earlier one.
    pub(crate) commits: [Vec<u8>; 2],
    /// What Carol would come in with.
    join: JoinInfo,
    key_package: StoredKeyPackage,
    offered: Vec<u8>,
    welcome: WelcomeInfo,
}

fn scenario() -> Scenario {
    let rng = &mut Rng::new(31);
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let topic = NewTopic {
        topic_id: TopicId::from_bytes([7; 16]),
        policy: PolicyDraft {
            visibility: Visibility::Open,
            history: History::Everything,
            history_days: 0,
            inviters: Inviters::Members,
            roles: Vec::new(),
        },
        now_ms: NOW,
    };
    let mut founder = TopicGroup::create(&alice.device, &topic, rng).expect("founded");
    let mut public = PublicGroup::create(
        &founder.group_info().expect("a group info"),
        &founder.tree().expect("a tree"),
        NOW_S,
    )
    .expect("taken");
    let policies = vec![founder.state().policy.clone()];
    let info = |group: &TopicGroup| JoinInfo {
        group_info: group.group_info().expect("a group info"),
        tree: group.tree().expect("a tree"),
        policies: policies.clone(),
    };
    let expected = Expected::default();
    let (mut member, joined) =
        TopicGroup::join_external(&bob.device, &info(&founder), None, &expected, rng)
            .expect("joined");
    let renewal = Change::default();
    let next = member.commit(&renewal, NOW_S, rng);
    let earlier = joined.commit.clone();
    founder.process(&earlier).expect("processed");
    public.apply(&earlier, NOW_S).expect("applied");
    let commit = next.expect("a commit").commit;
    let request = KeyPackageRequest {
        one_time: 1,
        last_resort: false,
        now_s: NOW_S,
    };
    let made = generate_key_packages(&carol.device, &request, rng).expect("made");
    let package = made.into_iter().next().expect("a KeyPackage");
    let group = founder.export().expect("exported").to_vec();
    let mut adder = TopicGroup::import(&alice.device, &group).expect("imported");
    let change = Change {
        add: vec![package.key_package.clone()],
        ..Change::default()
    };
    let added = adder.commit(&change, NOW_S, rng).expect("a commit");
    adder.apply_pending().expect("applied");
    Scenario {
        join: info(&founder),
        public: public.snapshot().expect("a snapshot"),
        welcome: WelcomeInfo {
            welcome: added.welcome.expect("a Welcome"),
            tree: adder.tree().expect("a tree"),
            policies,
        },
        key_package: package.stored,
        offered: package.key_package,
        commits: [commit, earlier],
        group,
        alice,
        bob,
        carol,
    }
}

fn with_scenario(run: impl FnOnce(&Scenario)) {
    thread_local!(static SCENARIO: OnceCell<Scenario> = const { OnceCell::new() });
    SCENARIO.with(|cell| run(cell.get_or_init(scenario)));
}

fn changed(input: &mut Unstructured<'_>, original: &[u8], other: &[u8]) -> Vec<u8> {
    let changes = edits::read(input);
    edits::apply(original, &changes, &[], other)
}

/// A changed commit is refused by the relay and by a member, and has changed nothing there.
fn topic_commit(data: &[u8]) {
    with_scenario(|scenario| {
        let [commit, earlier] = &scenario.commits;
        let mut public = PublicGroup::from_snapshot(&scenario.public).expect("restored");
        let mut member =
            TopicGroup::import(&scenario.alice.device, &scenario.group).expect("imported");
        let hostile = changed(&mut Unstructured::new(data), commit, earlier);
        for bytes in [&hostile[..], data] {
            if bytes == commit {
                continue;
            }
            // The relay cannot check what is keyed with the group's secrets.
            if public.apply(bytes, NOW_S).is_err() {
                assert!(public.snapshot().expect("a snapshot") == scenario.public);
            } else {
                public = PublicGroup::from_snapshot(&scenario.public).expect("restored");
            }
            assert!(member.process(bytes).is_err(), "a changed commit was taken");
            assert!(*member.export().expect("exported") == scenario.group);
        }
        assert!(member.process(commit).is_ok());
    });
}

/// Nobody comes in by what was changed, and nothing panics.
fn topic_join(data: &[u8]) {
    with_scenario(|scenario| {
        let mut input = Unstructured::new(data);
        let rng = &mut Rng::new(32);
        let (info, expected) = (&scenario.join, Expected::default());
        let hostile = JoinInfo {
            group_info: changed(&mut input, &info.group_info, &info.tree),
            tree: changed(&mut input, &info.tree, &info.group_info),
            policies: info.policies.clone(),
        };
        let device = &scenario.bob.device;
        let joined = TopicGroup::join_external(device, &hostile, None, &expected, rng);
        assert!(
            joined.is_err() || hostile == *info,
            "a changed group was joined"
        );
        assert!(PublicGroup::create(&hostile.group_info, &hostile.tree, NOW_S).is_err());
        assert!(PublicGroup::create(data, data, NOW_S).is_err());
        let welcome = &scenario.welcome;
        let hostile = WelcomeInfo {
            welcome: changed(&mut input, &welcome.welcome, &welcome.tree),
            tree: changed(&mut input, &welcome.tree, &welcome.welcome),
            policies: welcome.policies.clone(),
        };
        let (device, package) = (&scenario.carol.device, &scenario.key_package);
        let joined = TopicGroup::join_welcome(device, &hostile, package, &expected, rng);
        assert!(
            joined.is_err() || hostile == *welcome,
            "a changed Welcome was used"
        );
        let offered = changed(&mut input, &scenario.offered, &welcome.welcome);
        let _ = (describe_key_package(&offered), welcome_references(&offered));
        let _ = (describe_key_package(data), welcome_references(data));
    });
}

/// A stored group with some bytes changed is refused, or works as far as it goes.
fn topic_state(data: &[u8]) {
    with_scenario(|scenario| {
        let mut input = Unstructured::new(data);
        let group = changed(&mut input, &scenario.group, &scenario.public);
        let public = changed(&mut input, &scenario.public, &scenario.group);
        let rng = &mut Rng::new(33);
        for bytes in [&group[..], data] {
            if let Ok(mut member) = TopicGroup::import(&scenario.alice.device, bytes) {
                let _ = member.process(&scenario.commits[0]);
                let _ = (member.archive_key(), member.members(), member.group_info());
                let _ = member.commit(&Change::default(), NOW_S, rng);
                assert!(member.export().is_ok());
            }
        }
        for bytes in [&public[..], data] {
            if let Ok(mut relay) = PublicGroup::from_snapshot(bytes) {
                let _ = relay.apply(&scenario.commits[0], NOW_S);
                let _ = (relay.members(), relay.tree());
                assert!(relay.snapshot().is_ok());
            }
        }
    });
}

/// The group that posts and links of the targets are of.
pub(crate) const GROUP: GroupId = GroupId {
    topic_id: TopicId::from_bytes([7; 16]),
    generation: 0,
};

pub(crate) fn archive_key(epoch: u64) -> Candidate {
    let byte = epoch.to_be_bytes()[7];
    Candidate {
        epoch,
        key: ArchiveKey::init(|key| *key = [byte; 32]),
    }
}

/// A text of Alice's in epoch 2.
pub(crate) fn written() -> (Person, Post) {
    let alice = Person::new(1);
    let header = PostHeader {
        topic_id: GROUP.topic_id,
        generation: 0,
        epoch: 2,
        post_id: PostId::from_bytes([5; 16]),
        author: alice.device.address(),
        parent_id: Some(PostId::from_bytes([4; 16])),
        sent_at_ms: NOW,
    };
    let content = PostContent::Text {
        text: "hello".into(),
        mentions: vec![UserId::from_bytes([2; 16])],
    };
    let rng = &mut Rng::new(35);
    let post = post::encrypt(&alice.device, header, &content, &archive_key(2).key, rng);
    (alice, post.expect("encrypted"))
}

/// A post that is not the one that was written is not read; nor is any content that does not re-encode.
fn topic_post(data: &[u8]) {
    let (alice, original) = written();
    let input = &mut Unstructured::new(data);
    let changed = changed(input, &original.to_bytes().expect("encoded"), &[]);
    if let Ok(read) = Post::from_bytes(&changed)
        && let Ok(opened) = post::decrypt(&read, &archive_key(2).key)
        && opened
            .verify(&read, alice.device.certificate().certificate())
            .is_ok()
    {
        assert!(read == original, "another post than was written");
    }
    if let Some((content_type, body)) = data.split_first()
        && let Ok(Some(content)) = PostContent::of(*content_type, body)
    {
        let encoded = content.to_body().expect("it was decoded");
        assert!(encoded.as_slice() == body && content.content_type() == *content_type);
    }
}

/// A changed link leads nowhere.
fn topic_link(data: &[u8]) {
    let rng = &mut Rng::new(36);
    let alice = Person::new(1);
    let link = Link::make(&alice.device, GROUP, &archive_key(2), &archive_key(1), rng);
    let link = link.expect("made");
    let input = &mut Unstructured::new(data);
    let changed = changed(input, &link.to_bytes().expect("encoded"), &[]);
    let Ok(read) = Link::from_bytes(&changed) else {
        return;
    };
    let verified = read.verify(alice.device.certificate().certificate());
    assert!(
        verified.is_err() || read == link,
        "another link than was made"
    );
    let found = archive::walk(GROUP.topic_id, vec![archive_key(2)], &[read]);
    let honest = |candidate: &Candidate| candidate.key == archive_key(candidate.epoch).key;
    assert!(found.iter().all(honest), "a changed link led somewhere");
}
