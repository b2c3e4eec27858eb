//! The structures of topics (§7).

use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::archive::LinkSecret;
use crypto_wasm::forum::cover::{Cover, EpochCover, Trail, digest};
use crypto_wasm::forum::group::{InvitationRequest, Invitee, NewTopic, PolicyDraft, spend_link};
use crypto_wasm::forum::link::{InvitationLink, LinkHistory, LinkSeed};
use crypto_wasm::forum::wire::{
    Account, Authorization, History, Inviters, JoinId, Role, RoleEntry, Visibility,
};
use crypto_wasm::forum::wire::{Link, PostBody, Wrap};
use crypto_wasm::wire::{TopicId, Version1, Wire as _};

use super::{Seed, wire};
use crate::core::topic::{GROUP, archive_key, written};
use crate::people::{NOW, Person};
use crate::rng::Rng;

pub(super) fn topics() -> Vec<Seed> {
    let rng = &mut Rng::new(34);
    let (alice, bob) = (Person::new(1), Person::new(2));
    let topic = NewTopic {
        topic_id: TopicId::from_bytes([7; 16]),
        policy: PolicyDraft {
            visibility: Visibility::Invite,
            history: History::LastDays,
            history_days: 30,
            inviters: Inviters::Moderators,
            roles: Vec::new(),
        },
        now_ms: NOW,
    };
    let group = TopicGroup::create(&alice.device, &topic, rng).expect("founded");
    let state = group.state();
    let account = Account::of(bob.device.certificate().certificate());
    let mut draft = PolicyDraft::of(&state.policy);
    draft.roles.push(RoleEntry {
        account,
        role: Role::Moderator,
    });
    let mut later = state.clone();
    later.policy = group.next_policy(&draft).expect("signed");
    later.admission.bans.push(account);
    let link = Ed25519PrivateKey::generate(rng);
    let invite = |to| {
        let request = InvitationRequest {
            invitation_id: [9; 16],
            to,
            uses: 3,
        };
        group.invite(&request).expect("invited")
    };
    let by_name = invite(Invitee::Account(bob.account.public_key()));
    let by_link = invite(Invitee::Link(link.public_key()));
    let joiner = bob.device.certificate().certificate();
    let used = spend_link(by_link.clone(), &link, joiner).expect("spent");
    let leave = group.leave_request().expect("asked");
    let list = bob
        .account
        .first_device_list(bob.device.address().user_id, Vec::new(), NOW)
        .expect("a list");
    vec![
        wire("Genesis", &state.genesis),
        wire("Policy", &state.policy),
        wire("TopicState", state),
        wire("TopicState", &later),
        wire("JoinId", &JoinId([3; 16])),
        wire("Invitation", &by_name),
        wire("Invitation", &by_link),
        wire("InvitationUse", &used),
        wire("LeaveRequest", &leave),
        wire("Authorization", &Authorization::Invitation(used)),
        wire(
            "Authorization",
            &Authorization::NewDeviceList(list.list().clone()),
        ),
        wire("Authorization", &Authorization::Leave(leave)),
    ]
}

pub(super) fn posts() -> Vec<Seed> {
    let rng = &mut Rng::new(37);
    let (alice, post) = written();
    let secret = || LinkSecret::init(|secret| *secret = [6; 32]);
    let link = Link::make(&alice.device, GROUP, &archive_key(2), &archive_key(1), rng);
    let wrap = Wrap::make(GROUP, &archive_key(2), [8; 16], &secret(), rng);
    let body = PostBody {
        content_type: 3,
        body: vec![4; 16].into(),
        signature: crypto_wasm::crypto::sign::Signature::from_bytes([5; 64]),
    };
    let invitation_link = InvitationLink {
        version: Version1,
        topic_id: GROUP.topic_id,
        genesis_hash: [2; 32],
        invitation: None,
        seed: LinkSeed::init(|seed| *seed = [3; 32]),
        title: "Gardening".into(),
        history: Some(LinkHistory {
            secret_id: [8; 16],
            secret: secret(),
        }),
    };
    let mut trail = Trail::begin(GROUP, 2).expect("begun");
    let encoded = post.to_bytes().expect("encoded");
    let pushed = trail.push(post.header.post_id, &digest(&encoded));
    pushed.expect("taken in");
    let cover = |epoch| EpochCover { epoch, trail };
    let cover = Cover {
        version: Version1,
        epochs: vec![cover(2), cover(5)],
    };
    vec![
        wire("Cover", &cover),
        wire("Post", &post),
        wire("PostHeader", &post.header),
        wire("PostBody", &body),
        wire("Link", &link.expect("made")),
        wire("Wrap", &wrap.expect("made")),
        wire("InvitationLink", &invitation_link),
    ]
}
