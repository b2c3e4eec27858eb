//! Somebody with topics, and the network between them and the relay.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;

use crypto_wasm::client::forums::{
    ForumCall, ForumStep, History, Inviters, NewPost, Post, PostFilter, Topic, TopicAction,
    TopicCommit, TopicId, TopicOptions, Visibility,
};
use crypto_wasm::client::{ClientError, Event};

use super::relay::{Answer, FORUM, TopicsRelay};
use crate::support::{Person, World};

/// Everybody's relay.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) relay: Rc<RefCell<TopicsRelay>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            world: World::new(),
            relay: Rc::default(),
        }
    }

    /// Somebody with an account whose KeyPackages are at the relay.
    pub(crate) fn member(&self, name: &str) -> Member {
        let member = Member {
            person: self.world.person(name),
            relay: self.relay.clone(),
        };
        member.upload();
        member
    }
}

pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) relay: Rc<RefCell<TopicsRelay>>,
}

impl Deref for Member {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}

/// What a topic is founded with.
pub(crate) fn options(visibility: Visibility, history: History) -> TopicOptions {
    TopicOptions {
        forum_id: FORUM,
        title: "Gardening".to_owned(),
        description: String::new(),
        visibility,
        history,
        history_days: 0,
        inviters: Inviters::Moderators,
    }
}

impl Member {
    /// The same profile after a restart.
    pub(crate) fn restarted(&self) -> Self {
        Self {
            person: self.person.tab(),
            relay: self.relay.clone(),
        }
    }

    fn upload(&self) {
        let now = self.now();
        let made = self
            .act(async || self.client.key_package_upload(0, now).await)
            .unwrap()
            .unwrap();
        let mut relay = self.relay.borrow_mut();
        relay.key_packages.insert(self.address(), made.one_time);
        drop(relay);
        self.act(async || self.client.key_packages_uploaded().await)
            .unwrap();
    }

    /// One of this device's KeyPackages, which the relay hands out once.
    pub(crate) fn key_package(&self) -> Vec<u8> {
        let mut relay = self.relay.borrow_mut();
        let held = relay.key_packages.get_mut(&self.address()).unwrap();
        held.pop().unwrap()
    }

    pub(crate) fn found(&self, visibility: Visibility, history: History) -> TopicId {
        let (now, options) = (self.now(), options(visibility, history));
        let made = self
            .act(async || self.client.create_topic(&options, now).await)
            .unwrap();
        self.send_all();
        made.id
    }

    /// What the outbox wants done next.
    pub(crate) fn forum_step(&self) -> ForumStep {
        let now = self.now();
        self.act(async || self.client.forum_step(now).await)
            .unwrap()
    }

    /// Makes a call, without telling the client how it went.
    pub(crate) fn carry(&self, topic: TopicId, call: &ForumCall) -> Answer {
        let mut relay = self.relay.borrow_mut();
        relay.call(self.address(), topic, call, self.now())
    }

    pub(crate) fn report(&self, entry: u64, topic: TopicId, answer: Answer) {
        let now = self.now();
        match answer {
            Ok(seq) => self
                .act(async || self.client.forum_accepted(entry, seq, now).await)
                .unwrap(),
            Err((refusal, epoch)) => {
                self.act(async || self.client.forum_refused(entry, &refusal, epoch).await)
                    .unwrap();
                if refusal.code == "epoch-conflict" {
                    self.take_commits(topic).unwrap();
                }
            }
        }
    }

    /// Sends until nothing waits.
    pub(crate) fn send_all(&self) {
        for _ in 0..500 {
            match self.forum_step() {
                ForumStep::Idle => return,
                ForumStep::Call {
                    entry,
                    topic_id,
                    call,
                } => {
                    let answer = self.carry(topic_id, &call);
                    self.report(entry, topic_id, answer);
                }
            }
        }
        panic!("{}'s outbox goes in circles", self.name);
    }

    pub(crate) fn cursor_of(&self, topic: TopicId) -> (u64, u64, u64) {
        let cursor = self
            .attempt(async || self.client.topic_cursor(topic).await)
            .unwrap();
        (cursor.epoch, cursor.seq, cursor.oldest)
    }

    pub(crate) fn take_commits(&self, topic: TopicId) -> Result<u64, ClientError> {
        let (epoch, ..) = self.cursor_of(topic);
        let mut commits: Vec<TopicCommit> = self.relay.borrow_mut().topic(topic).commits.clone();
        commits.retain(|commit| commit.epoch >= epoch);
        let now = self.now();
        self.act(async || self.client.topic_commits(topic, &commits, now).await)
    }

    /// Takes in every commit and every new post.
    pub(crate) fn catch_up(&self, topic: TopicId) {
        self.take_commits(topic).unwrap();
        let mut asked = None;
        for _ in 0..100 {
            let (_, seq, _) = self.cursor_of(topic);
            let mut batch = self.relay.borrow_mut().topic(topic).after(seq);
            batch.without_keys = asked.is_some();
            let taken = self
                .act(async || self.client.topic_posts(topic, &batch).await)
                .unwrap();
            if let Some((from, to)) = taken.keys {
                self.take_links(topic, from, to);
            } else if taken.users.is_empty() {
                return;
            }
            asked = taken.keys;
            for user in taken.users {
                self.learn(user).unwrap();
            }
        }
        panic!("{} asks for the same users again and again", self.name);
    }

    fn take_links(&self, topic: TopicId, from: u64, to: u64) -> bool {
        let links = self.relay.borrow_mut().topic(topic).links(from, to);
        self.act(async || self.client.topic_links(topic, &links).await)
            .unwrap()
    }

    pub(crate) fn keys_wanted(&self, topic: TopicId) -> Option<(u64, u64)> {
        self.attempt(async || self.client.topic_keys_wanted(topic).await)
            .unwrap()
    }

    /// Asks for the keys that are wanted, and reads back once more if that helps.
    pub(crate) fn seek_keys(&self, topic: TopicId) {
        if let Some((from, to)) = self.keys_wanted(topic)
            && self.take_links(topic, from, to)
        {
            self.read_back(topic);
        }
    }

    /// Reads back to the beginning, or as far as may be.
    pub(crate) fn read_back(&self, topic: TopicId) {
        let mut asked = None;
        let mut without_keys = false;
        for _ in 0..10_000 {
            let (.., oldest) = self.cursor_of(topic);
            let mut batch = self.relay.borrow_mut().topic(topic).before(oldest);
            batch.without_keys = without_keys;
            let taken = self
                .act(async || self.client.topic_older(topic, &batch).await)
                .unwrap();
            for user in &taken.users {
                self.learn(*user).unwrap();
            }
            if taken.complete {
                return;
            }
            if let Some((from, to)) = taken.keys {
                without_keys = asked == Some((from, to));
                asked = Some((from, to));
                self.take_links(topic, from, to);
            } else {
                without_keys = false;
            }
        }
        panic!("{} does not come to the beginning", self.name);
    }

    pub(crate) fn write_post(&self, topic: TopicId, text: &str) -> Post {
        let new = NewPost::Text {
            text: text.to_owned(),
            parent_id: None,
            mentions: Vec::new(),
        };
        self.post(topic, &new).unwrap()
    }

    pub(crate) fn post(&self, topic: TopicId, new: &NewPost) -> Result<Post, ClientError> {
        let now = self.now();
        self.act(async || self.client.send_post(topic, new, now).await)
    }

    /// Writes a post and sends it.
    pub(crate) fn tell(&self, topic: TopicId, text: &str) -> Post {
        let post = self.write_post(topic, text);
        self.send_all();
        post
    }

    pub(crate) fn want(&self, topic: TopicId, action: &TopicAction) -> Result<u64, ClientError> {
        let now = self.now();
        self.act(async || self.client.topic_action(topic, action, now).await)
    }

    /// Wants somebody to be a moderator.
    pub(crate) fn want_moderator(&self, topic: TopicId, other: &Self) {
        let roles = TopicAction::Policy {
            roles: vec![(other.id(), 2)],
            visibility: None,
            history: None,
            inviters: None,
        };
        self.want(topic, &roles).unwrap();
    }

    /// Adds somebody, who takes the Welcome.
    pub(crate) fn add(&self, topic: TopicId, other: &Self) {
        self.meet(other);
        let action = TopicAction::Add {
            user_id: other.id(),
            key_packages: vec![other.key_package()],
        };
        self.want(topic, &action).unwrap();
        self.send_all();
        other.welcomed(topic);
    }

    pub(crate) fn welcomed(&self, topic: TopicId) {
        let offer = self
            .relay
            .borrow_mut()
            .welcomes
            .remove(&(self.address(), topic))
            .unwrap();
        let now = self.now();
        let joined = self
            .act(async || self.client.receive_welcome(&offer, now).await)
            .unwrap();
        assert!(joined.is_some());
    }

    /// Puts a removal into the outbox.
    pub(crate) fn remove_later(&self, topic: TopicId, other: &Self) {
        let action = TopicAction::Remove {
            user_id: other.id(),
            ban: false,
        };
        self.want(topic, &action).unwrap();
    }

    pub(crate) fn remove(&self, topic: TopicId, other: &Self, ban: bool) {
        let action = TopicAction::Remove {
            user_id: other.id(),
            ban,
        };
        self.want(topic, &action).unwrap();
        self.send_all();
    }

    /// A link for nine.
    pub(crate) fn link(&self, topic: TopicId, with_history: bool) -> String {
        let now = self.now();
        let invited = self
            .act(async || {
                let client = &self.client;
                client.create_invitation(topic, 9, with_history, now).await
            })
            .unwrap();
        self.send_all();
        invited.link
    }

    /// Begins to come in; the outbox has the rest.
    pub(crate) fn begin_join(
        &self,
        topic: TopicId,
        link: Option<&str>,
    ) -> Result<Topic, ClientError> {
        let offer = self.relay.borrow_mut().topic(topic).offer();
        let now = self.now();
        self.act(async || self.client.begin_join(topic, link, &offer, now).await)
            .map(|(topic, _)| topic)
    }

    pub(crate) fn join(&self, topic: TopicId, link: Option<&str>) {
        self.begin_join(topic, link).unwrap();
        self.send_all();
        assert_eq!(self.standing(topic), "active");
    }

    pub(crate) fn state(&self, topic: TopicId) -> Topic {
        self.attempt(async || self.client.topic(topic).await)
            .unwrap()
            .unwrap()
    }

    pub(crate) fn standing(&self, topic: TopicId) -> &'static str {
        self.state(topic).standing.name()
    }

    /// Every post that is stored here, oldest first.
    pub(crate) fn posts(&self, topic: TopicId) -> Vec<Post> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self
                .attempt(async || {
                    let client = &self.client;
                    client.posts(topic, PostFilter::All, before, 200).await
                })
                .unwrap();
            all.splice(0..0, page.items);
            match page.next {
                Some(next) => before = Some(next),
                None => return all,
            }
        }
    }

    /// The words of every post; `?` for what cannot be read.
    pub(crate) fn words(&self, topic: TopicId) -> Vec<String> {
        let posts = self.posts(topic).into_iter();
        posts
            .map(|post| post.text.unwrap_or_else(|| "?".to_owned()))
            .collect()
    }

    /// Codes of what was shown to nobody.
    pub(crate) fn refused(&self) -> Vec<String> {
        let heard = self.heard().into_iter();
        heard
            .filter_map(|event| match event {
                Event::TopicError { failure, .. } => Some(failure.code),
                _ => None,
            })
            .collect()
    }
}
