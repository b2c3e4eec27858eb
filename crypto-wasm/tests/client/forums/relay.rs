//! The relay's side of topics, in memory: it follows each group by [`PublicGroup`], and keeps what it is given. Tests reach into it
//! to make it lie.

use std::collections::BTreeMap;

use crypto_wasm::client::Refusal;
use crypto_wasm::client::forums::{
    DroppedPost, ForumCall, ForumId, LinkBatch, PostBatch, TopicCommit, TopicId, TopicOffer,
    TopicPost, WelcomeOffer,
};
use crypto_wasm::forum::PublicGroup;
use crypto_wasm::forum::cover::digest;
use crypto_wasm::forum::wire::{Link, Post, Wrap};
use crypto_wasm::wire::{Address, DeviceCertificate, PostId, Wire as _};

/// What the relay answers: a post's place, or why not and in which epoch the topic is.
pub(crate) type Answer = Result<Option<u64>, (Refusal, Option<u64>)>;

/// The forum that every topic is in.
pub(crate) const FORUM: ForumId = ForumId::from_bytes([0xf0; 16]);

fn refuse(code: &str, epoch: Option<u64>) -> Answer {
    let refusal = Refusal {
        code: code.to_owned(),
        ..Refusal::default()
    };
    Err((refusal, epoch))
}

/// A topic as the relay knows it.
#[derive(Clone)]
pub(crate) struct TopicAtRelay {
    pub(crate) group: PublicGroup,
    pub(crate) group_info: Vec<u8>,
    pub(crate) policies: Vec<Vec<u8>>,
    /// With the epoch in which each was made.
    pub(crate) commits: Vec<TopicCommit>,
    /// In order of their places, from 1 on.
    pub(crate) posts: Vec<Vec<u8>>,
    /// Posts that it let go of.
    pub(crate) dropped: Vec<PostId>,
    pub(crate) links: Vec<Vec<u8>>,
    pub(crate) wraps: Vec<Vec<u8>>,
    pub(crate) leaves: Vec<Vec<u8>>,
    /// Of everybody who was ever in it.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Whether the last commit removed somebody.
    removed: bool,
}

/// All topics, and the KeyPackages of devices.
#[derive(Default)]
pub(crate) struct TopicsRelay {
    pub(crate) topics: BTreeMap<TopicId, TopicAtRelay>,
    pub(crate) key_packages: BTreeMap<Address, Vec<Vec<u8>>>,
    pub(crate) welcomes: BTreeMap<(Address, TopicId), WelcomeOffer>,
}

impl TopicAtRelay {
    fn new(group_info: &[u8], tree: &[u8], policy: &[u8], now_ms: u64) -> Self {
        let mut new = Self {
            group: PublicGroup::create(group_info, tree, now_ms / 1000).unwrap(),
            group_info: group_info.to_vec(),
            policies: vec![policy.to_vec()],
            commits: Vec::new(),
            posts: Vec::new(),
            dropped: Vec::new(),
            links: Vec::new(),
            wraps: Vec::new(),
            leaves: Vec::new(),
            certificates: Vec::new(),
            removed: false,
        };
        new.note();
        new
    }

    /// The topic's next group. Who was in the one before waits for a Welcome.
    fn succeed(&mut self, group_info: &[u8], tree: &[u8], policy: &[u8], now_ms: u64) -> Answer {
        if self.policies.iter().any(|known| known == policy) {
            return Ok(None);
        }
        match self.group.succeed(group_info, tree, now_ms / 1000) {
            Ok(next) => self.group = next,
            Err(error) => return refuse(error.code(), None),
        }
        self.group_info = group_info.to_vec();
        self.policies.push(policy.to_vec());
        self.wraps.clear();
        self.leaves.clear();
        self.removed = true;
        Ok(None)
    }

    fn note(&mut self) {
        for certificate in self.group.members().unwrap() {
            let bytes = certificate.to_bytes().unwrap();
            if !self.certificates.contains(&bytes) {
                self.certificates.push(bytes);
            }
        }
    }

    pub(crate) fn members(&self) -> Vec<DeviceCertificate> {
        self.group.members().unwrap()
    }

    pub(crate) fn has(&self, device: Address) -> bool {
        let members = self.members();
        members.iter().any(|member| member.address == device)
    }

    fn keep(&mut self, links: &[Vec<u8>], wraps: &[Vec<u8>]) {
        self.links.extend(links.iter().cloned());
        for bytes in wraps {
            let secret = |bytes: &Vec<u8>| Wrap::from_bytes(bytes).unwrap().secret_id;
            let id = secret(bytes);
            self.wraps.retain(|held| secret(held) != id);
            self.wraps.push(bytes.clone());
        }
    }

    fn commit(&mut self, call: &ForumCall, now_ms: u64) -> Answer {
        let ForumCall::Commit {
            epoch,
            commit,
            group_info,
            links,
            wraps,
            ..
        } = call
        else {
            panic!("no commit");
        };
        if self.commits.iter().any(|known| known.commit == *commit) {
            return Ok(None);
        }
        if *epoch != self.group.epoch() {
            return refuse("epoch-conflict", Some(self.group.epoch()));
        }
        let mut group = self.group.clone();
        let applied = match group.apply(commit, now_ms / 1000) {
            Ok(applied) => applied,
            Err(error) => return refuse(error.code(), None),
        };
        group
            .check_group_info(group_info, applied.committer)
            .unwrap();
        self.group = group;
        self.removed = !applied.removed.is_empty();
        let policy = applied.state.policy.to_bytes().unwrap();
        if self.policies.last() != Some(&policy) {
            self.policies.push(policy);
        }
        self.group_info.clone_from(group_info);
        self.commits.push(TopicCommit {
            epoch: *epoch,
            commit: commit.clone(),
        });
        self.keep(links, wraps);
        self.note();
        Ok(None)
    }

    fn post(&mut self, caller: Address, id: PostId, bytes: &[u8]) -> Answer {
        let known = |bytes: &Vec<u8>| Post::from_bytes(bytes).unwrap().header.post_id == id;
        if let Some(at) = self.posts.iter().position(known) {
            return Ok(Some(at as u64 + 1));
        }
        let header = Post::from_bytes(bytes).unwrap().header;
        let epoch = self.group.epoch();
        let in_time = header.epoch == epoch || (header.epoch + 1 == epoch && !self.removed);
        if header.author != caller || !self.has(caller) {
            return refuse("not-found", None);
        }
        if !in_time {
            return refuse("epoch-conflict", Some(epoch));
        }
        self.posts.push(bytes.to_vec());
        Ok(Some(self.posts.len() as u64))
    }

    /// New posts after a place.
    pub(crate) fn after(&self, seq: u64) -> PostBatch {
        let mut items = self.items();
        items.retain(|item| item.seq > seq);
        self.batch(items)
    }

    /// Some posts before a place, newest first.
    pub(crate) fn before(&self, seq: u64) -> PostBatch {
        let mut items = self.items();
        items.retain(|item| item.seq < seq);
        items.reverse();
        items.truncate(7);
        self.batch(items)
    }

    fn items(&self) -> Vec<TopicPost> {
        let numbered = (1..).zip(&self.posts);
        numbered.map(|(seq, post)| self.item(seq, post)).collect()
    }

    /// A post at a place, or what is left of it.
    fn item(&self, seq: u64, post: &[u8]) -> TopicPost {
        let header = Post::from_bytes(post).map(|post| post.header);
        let dropped = header
            .ok()
            .filter(|header| self.dropped.contains(&header.post_id));
        TopicPost {
            seq,
            post: dropped.is_none().then(|| post.to_vec()),
            dropped: dropped.map(|header| DroppedPost {
                generation: header.generation,
                epoch: header.epoch,
                post_id: header.post_id,
                digest: digest(post),
            }),
        }
    }

    fn batch(&self, items: Vec<TopicPost>) -> PostBatch {
        PostBatch {
            items,
            authors: self.certificates.clone(),
            first: 1,
            ..PostBatch::default()
        }
    }

    /// Links that lead from the one epoch on to the other.
    pub(crate) fn links(&self, from: u64, to: u64) -> LinkBatch {
        let (low, high) = (from.min(to), from.max(to));
        let between = |bytes: &&Vec<u8>| {
            Link::from_bytes(bytes)
                .map_or(true, |link| link.from_epoch <= high && link.to_epoch >= low)
        };
        LinkBatch {
            links: self.links.iter().filter(between).cloned().collect(),
            authors: self.certificates.clone(),
        }
    }

    /// What a joiner gets.
    pub(crate) fn offer(&self) -> TopicOffer {
        TopicOffer {
            forum_id: FORUM,
            last_seq: self.posts.len() as u64,
            group_info: self.group_info.clone(),
            tree: self.group.tree().unwrap(),
            policies: self.policies.clone(),
            wraps: self.wraps.clone(),
            public_title: None,
        }
    }
}

impl TopicsRelay {
    pub(crate) fn topic(&mut self, id: TopicId) -> &mut TopicAtRelay {
        self.topics.get_mut(&id).unwrap()
    }

    /// A call of a device.
    pub(crate) fn call(
        &mut self,
        caller: Address,
        id: TopicId,
        call: &ForumCall,
        now_ms: u64,
    ) -> Answer {
        if let ForumCall::CreateTopic {
            group_info,
            tree,
            policy,
            ..
        } = call
        {
            let new = || TopicAtRelay::new(group_info, tree, policy, now_ms);
            self.topics.entry(id).or_insert_with(new);
            return Ok(None);
        }
        let topic = self.topics.get_mut(&id).unwrap();
        match call {
            ForumCall::Commit { welcome, .. } => {
                topic.commit(call, now_ms)?;
                if let Some((bytes, addresses)) = welcome {
                    let offer = WelcomeOffer {
                        topic_id: id,
                        forum_id: FORUM,
                        last_seq: topic.posts.len() as u64,
                        epoch: topic.group.epoch(),
                        welcome: bytes.clone(),
                        tree: topic.group.tree().unwrap(),
                        policies: topic.policies.clone(),
                    };
                    for address in addresses {
                        self.welcomes.insert((*address, id), offer.clone());
                    }
                }
                Ok(None)
            }
            ForumCall::Post { id, post } => topic.post(caller, *id, post),
            ForumCall::Links { links, wraps } => {
                topic.keep(links, wraps);
                Ok(None)
            }
            ForumCall::Succeed {
                group_info,
                tree,
                policy,
            } => topic.succeed(group_info, tree, policy, now_ms),
            ForumCall::Leave { request } => {
                topic.leaves.push(request.clone());
                Ok(None)
            }
            ForumCall::Drop { id } => {
                topic.dropped.push(*id);
                Ok(None)
            }
            ForumCall::CreateTopic { .. } => Ok(None),
        }
    }
}
