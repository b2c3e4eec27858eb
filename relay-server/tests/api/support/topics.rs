//! Topics with real groups, and their members.

use std::time::{SystemTime, UNIX_EPOCH};

use crypto_wasm::crypto::sign::Ed25519PrivateKey;
use crypto_wasm::forum::TopicGroup;
use crypto_wasm::forum::group::{
    Change, Expected, InvitationRequest, Invitee, JoinInfo, KeyPackageRequest, NewCommit,
    NewKeyPackage, NewTopic, PolicyDraft, WelcomeInfo, generate_key_packages, spend_link,
};
use crypto_wasm::forum::wire::{History, Invitation, InvitationUse, Inviters, Policy, Visibility};
use crypto_wasm::identity;
use crypto_wasm::wire::{Address, TopicId, Wire as _};
use serde_json::{Value, json};

use super::people::{rng, wire_user};
use super::{Answer, Api, Device, Person, bytes, new_id, random, text};

/// A device in a topic.
pub(crate) struct Member {
    pub(crate) topic: String,
    pub(crate) token: String,
    pub(crate) device: identity::Device,
    pub(crate) group: TopicGroup,
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time")
        .as_secs()
}

/// The forum that a relay begins with.
pub(crate) async fn general(relay: &Api, token: &str) -> String {
    let forums = relay.get("/api/forums", token).await.ok();
    assert_eq!(forums["items"][0]["name"], "General");
    forums["items"][0]["id"].as_str().expect("an id").to_owned()
}

/// A policy of this visibility and everything readable; members may invite.
pub(crate) fn draft(visibility: Visibility) -> PolicyDraft {
    PolicyDraft {
        visibility,
        history: History::Everything,
        history_days: 0,
        inviters: Inviters::Members,
        roles: Vec::new(),
    }
}

pub(crate) fn device_of(device: &Device) -> identity::Device {
    let identity = Ed25519PrivateKey::from_seed(device.identity.seed());
    identity::Device::from_identity(device.certificate.clone(), identity).expect("a device")
}

pub(crate) fn address_of(device: &Device) -> Address {
    device.certificate.address
}

fn wire_topic(id: &str) -> TopicId {
    TopicId::from_bytes(*wire_user(id).as_bytes())
}

/// The body of the call that creates a topic.
pub(crate) fn founding(id: &str, group: &TopicGroup) -> Value {
    json!({
        "id": id,
        "groupInfo": text(group.group_info().expect("a group info")),
        "tree": text(group.tree().expect("a tree")),
        "policy": text(group.state().policy.to_bytes().expect("bytes")),
    })
}

pub(crate) fn found(device: &identity::Device, id: &str, policy: PolicyDraft) -> TopicGroup {
    let topic = NewTopic {
        topic_id: wire_topic(id),
        policy,
        now_ms: now_s() * 1000,
    };
    TopicGroup::create(device, &topic, &mut rng()).expect("a group")
}

/// The body of a commit's call.
pub(crate) fn body(commit: &NewCommit) -> Value {
    let mut body = json!({
        "epoch": commit.epoch,
        "commit": text(&commit.commit),
        "groupInfo": text(&commit.group_info),
        "links": [],
        "wraps": [],
    });
    if let Some(welcome) = &commit.welcome {
        let addresses: Vec<_> = commit.welcomed.iter().map(address_json).collect();
        body["welcome"] = json!({ "bytes": text(welcome), "addresses": addresses });
    }
    body
}

pub(crate) fn address_json(address: &Address) -> Value {
    let id = uuid::Uuid::from_bytes(*address.user_id.as_bytes()).to_string();
    json!({ "userId": id, "deviceId": address.device_id })
}

/// KeyPackages of a device.
pub(crate) fn key_packages(
    device: &Device,
    one_time: usize,
    last_resort: bool,
) -> Vec<NewKeyPackage> {
    let request = KeyPackageRequest {
        one_time,
        last_resort,
        now_s: now_s(),
    };
    generate_key_packages(&device_of(device), &request, &mut rng()).expect("KeyPackages")
}

fn policies(value: &Value) -> Vec<Policy> {
    let chain = value.as_array().expect("policies").iter();
    chain
        .map(|policy| Policy::from_bytes(&bytes(policy)).expect("a policy"))
        .collect()
}

pub(crate) fn join_info(answer: &Value) -> JoinInfo {
    JoinInfo {
        group_info: bytes(&answer["groupInfo"]),
        tree: bytes(&answer["tree"]),
        policies: policies(&answer["policies"]),
    }
}

/// An external commit by what the relay gave.
pub(crate) fn external(
    device: &Device,
    info: &Value,
    invitation: Option<InvitationUse>,
) -> (TopicGroup, NewCommit) {
    TopicGroup::join_external(
        &device_of(device),
        &join_info(info),
        invitation,
        &Expected::default(),
        &mut rng(),
    )
    .expect("an external commit")
}

impl Member {
    /// Founds a topic in "General".
    pub(crate) async fn found(relay: &Api, person: &Person, policy: PolicyDraft) -> Self {
        let id = new_id();
        let device = device_of(person.device());
        let group = found(&device, &id, policy);
        let forum = general(relay, person.token()).await;
        let path = format!("/api/forums/{forum}/topics");
        let topic = relay
            .post(&path, person.token(), &founding(&id, &group))
            .await
            .ok();
        assert_eq!((&topic["id"], &topic["epoch"]), (&json!(id), &json!(0)));
        Self {
            topic: id,
            token: person.token().to_owned(),
            device,
            group,
        }
    }

    /// Comes in by an external commit.
    pub(crate) async fn join(
        relay: &Api,
        device: &Device,
        topic: &str,
        invitation: Option<InvitationUse>,
    ) -> Self {
        let mut request = json!({});
        if let Some(used) = &invitation {
            request["invitation"] = text(used.invitation.to_bytes().expect("bytes")).into();
        }
        let path = format!("/api/forum-topics/{topic}");
        let info = relay
            .post(&format!("{path}/join-info"), &device.token, &request)
            .await
            .ok();
        let (group, commit) = external(device, &info, invitation);
        let answer = relay
            .post(&format!("{path}/commits"), &device.token, &body(&commit))
            .await
            .ok();
        assert_eq!(answer["epoch"], group.epoch());
        Self {
            topic: topic.to_owned(),
            token: device.token.clone(),
            device: device_of(device),
            group,
        }
    }

    /// Comes in by the Welcome that waits.
    pub(crate) async fn welcome(relay: &Api, device: &Device, key_package: &NewKeyPackage) -> Self {
        let waiting = relay
            .get("/api/forum-topics/welcomes", &device.token)
            .await
            .ok();
        let item = &waiting["items"][0];
        let info = WelcomeInfo {
            welcome: bytes(&item["welcome"]),
            tree: bytes(&item["tree"]),
            policies: policies(&item["policies"]),
        };
        let own = device_of(device);
        let group = TopicGroup::join_welcome(
            &own,
            &info,
            &key_package.stored,
            &Expected::default(),
            &mut rng(),
        )
        .expect("a group");
        assert_eq!(item["epoch"], group.epoch());
        Self {
            topic: item["topicId"].as_str().expect("an id").to_owned(),
            token: device.token.clone(),
            device: own,
            group,
        }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/forum-topics/{}{rest}", self.topic)
    }

    pub(crate) fn prepare(&mut self, change: &Change) -> NewCommit {
        self.group
            .commit(change, now_s(), &mut rng())
            .expect("a commit")
    }

    pub(crate) async fn submit(&self, relay: &Api, body: &Value) -> Answer {
        relay.post(&self.path("/commits"), &self.token, body).await
    }

    /// Commits, and applies what the relay took.
    pub(crate) async fn commit(&mut self, relay: &Api, change: &Change) -> Value {
        let commit = self.prepare(change);
        let answer = self.submit(relay, &body(&commit)).await.ok();
        self.group.apply_pending().expect("applied");
        answer
    }

    /// Applies what others committed.
    pub(crate) async fn catch_up(&mut self, relay: &Api) {
        let path = self.path(&format!("/commits?after={}", self.group.epoch()));
        let page = relay.get(&path, &self.token).await.ok();
        for item in page["items"].as_array().expect("items") {
            self.group
                .process(&bytes(&item["commit"]))
                .expect("a commit");
        }
    }

    /// A link's invitation, spent for a device.
    pub(crate) fn invite(&self, joiner: &Device, uses: u32) -> InvitationUse {
        let key = Ed25519PrivateKey::generate(&mut rng());
        let invitation = self.invitation(&key, uses);
        spend_link(invitation, &key, &joiner.certificate).expect("spent")
    }

    pub(crate) fn invitation(&self, key: &Ed25519PrivateKey, uses: u32) -> Invitation {
        let request = InvitationRequest {
            invitation_id: random(),
            to: Invitee::Link(key.public_key()),
            uses,
        };
        self.group.invite(&request).expect("an invitation")
    }

    /// A post of an epoch, under a key that nobody has.
    pub(crate) fn post_of(&self, id: &str, epoch: u64, content: &[u8]) -> Vec<u8> {
        let mut post = vec![1];
        post.extend(wire_user(&self.topic).as_bytes());
        post.extend(0_u32.to_be_bytes());
        post.extend(epoch.to_be_bytes());
        post.extend(wire_user(id).as_bytes());
        post.extend(self.address());
        post.push(0);
        post.extend((now_s() * 1000).to_be_bytes());
        post.extend(random::<44>());
        vector(&mut post, content);
        post
    }

    fn address(&self) -> Vec<u8> {
        let address = self.device.address();
        let mut encoded = address.user_id.as_bytes().to_vec();
        encoded.extend(address.device_id.to_be_bytes());
        encoded
    }

    pub(crate) fn post_body(&self, content: &[u8]) -> Value {
        let id = new_id();
        let post = self.post_of(&id, self.group.epoch(), content);
        json!({ "id": id, "post": text(post) })
    }

    pub(crate) async fn send(&self, relay: &Api, body: &Value) -> Answer {
        relay.post(&self.path("/posts"), &self.token, body).await
    }

    /// Posts in the present epoch.
    pub(crate) async fn post(&self, relay: &Api, content: &[u8]) -> Value {
        self.send(relay, &self.post_body(content)).await.ok()
    }

    /// A link between two epochs.
    pub(crate) fn link(&self, from: u64, to: u64) -> Vec<u8> {
        let mut link = wire_user(&self.topic).as_bytes().to_vec();
        link.extend(0_u32.to_be_bytes());
        link.extend(from.to_be_bytes());
        link.extend(to.to_be_bytes());
        link.extend(self.address());
        link.extend(random::<12>());
        vector(&mut link, &random::<48>());
        link.extend(random::<64>());
        link
    }

    /// A wrap of an epoch under a link secret.
    pub(crate) fn wrap(&self, epoch: u64, secret: &str) -> Vec<u8> {
        let mut wrap = wire_user(&self.topic).as_bytes().to_vec();
        wrap.extend(0_u32.to_be_bytes());
        wrap.extend(epoch.to_be_bytes());
        wrap.extend(wire_user(secret).as_bytes());
        wrap.extend(random::<12>());
        vector(&mut wrap, &random::<48>());
        wrap
    }
}

/// A vector with its length (RFC 9420 §2.1.2).
fn vector(to: &mut Vec<u8>, content: &[u8]) {
    let length = u32::try_from(content.len()).expect("short");
    match length {
        0..0x40 => to.push(u8::try_from(length).expect("short")),
        0x40..0x4000 => to.extend((0x4000 | u16::try_from(length).expect("short")).to_be_bytes()),
        _ => to.extend((0x8000_0000 | length).to_be_bytes()),
    }
    to.extend(content);
}

/// An external commit with an invitation that was spent for another device; none if it cannot even be made.
pub(crate) fn external_unchecked(
    device: &Device,
    info: &Value,
    invitation: InvitationUse,
) -> Option<NewCommit> {
    let made = TopicGroup::join_external(
        &device_of(device),
        &join_info(info),
        Some(invitation),
        &Expected::default(),
        &mut rng(),
    );
    made.ok().map(|(_, commit)| commit)
}
