//! Many people who come, go, post and are offline at random, and in the end agree.

use crypto_wasm::client::forums::{History, Post as Shown, TopicId, Visibility};
use crypto_wasm::forum::wire::Post;
use crypto_wasm::wire::{Address, Wire as _};

use super::member::{Member, Stage};
use crate::support::TestRng;

/// Steps in `npm test`; `SEALPOST_STORM_STEPS` sets another number.
const STEPS: usize = 60;

struct Storm {
    stage: Stage,
    rng: TestRng,
    topic: TopicId,
    /// The first founds the topic and removes; it is always there.
    people: Vec<Member>,
    said: usize,
    /// In which epoch each came in last.
    joined: Vec<u64>,
    /// Who was removed, the epoch that began without them, and how far the remover had read.
    removed: Vec<(Address, u64, u64)>,
}

impl Storm {
    fn pick(&mut self, below: usize) -> usize {
        self.rng.below(below)
    }

    fn is_in(&self, person: &Member) -> bool {
        self.stage
            .relay
            .borrow_mut()
            .topic(self.topic)
            .has(person.address())
    }

    fn step(&mut self) {
        let (who, what) = (self.pick(self.people.len()), self.pick(10));
        let (topic, person) = (self.topic, &self.people[who]);
        let owner = &self.people[0];
        match (self.is_in(person), what) {
            (true, 0) if who > 0 => {
                owner.remove_later(topic, person);
                owner.send_all();
                let (epoch, seen, _) = owner.cursor_of(topic);
                self.removed.push((person.address(), epoch, seen));
                person.take_commits(topic).unwrap();
            }
            (true, 1..=2) => person.catch_up(topic),
            (true, 3..=8) => {
                person.write_post(topic, &format!("{:03}", self.said));
                self.said += 1;
                if what > 4 {
                    person.send_all();
                }
            }
            (false, 0..=4) => {
                owner.catch_up(topic);
                owner.add(topic, person);
                self.joined[who] = person.cursor_of(topic).0;
            }
            (false, _) => {
                owner.catch_up(topic);
                let link = owner.link(topic, true);
                person.join(topic, Some(&link));
                self.joined[who] = person.cursor_of(topic).0;
            }
            _ => {}
        }
    }
}

impl Storm {
    /// Late is exactly what the remover of its author had not seen, among what was posted in the member's own stay.
    fn check_late(&self, person: &Member, posts: &[Shown]) {
        let at = self.people.iter().position(|one| one.name == person.name);
        let since = self.joined[at.unwrap()];
        let at_relay = self
            .stage
            .relay
            .borrow_mut()
            .topic(self.topic)
            .posts
            .clone();
        for shown in posts {
            let seq = usize::try_from(shown.order).unwrap();
            let header = Post::from_bytes(&at_relay[seq - 1]).unwrap().header;
            let mut removals = self.removed.iter();
            let removal =
                removals.find(|(who, epoch, _)| *who == header.author && *epoch > header.epoch);
            let not_seen = removal.is_some_and(|(_, _, seen)| shown.order > *seen);
            let expected = not_seen && header.epoch >= since;
            assert_eq!(shown.late, expected, "{}: {shown:?}", person.name);
        }
    }
}

/// Everybody who is in at the end has the same epoch and members, and reads every post that anybody reads, in the same order.
fn storm(steps: usize, history: History) {
    let stage = Stage::new();
    let people: Vec<Member> = (0..6)
        .map(|number| stage.member(&format!("p{number}")))
        .collect();
    for (at, person) in people.iter().enumerate() {
        for other in people.iter().skip(at + 1) {
            person.meet(other);
            other.meet(person);
        }
    }
    let topic = people[0].found(Visibility::Invite, history);
    let mut storm = Storm {
        stage,
        rng: TestRng::new(),
        topic,
        joined: vec![0; people.len()],
        people,
        said: 0,
        removed: Vec::new(),
    };
    for _ in 0..steps {
        storm.step();
    }
    let present: Vec<&Member> = storm.people.iter().filter(|one| storm.is_in(one)).collect();
    for _ in 0..3 {
        for person in &present {
            person.catch_up(topic);
            person.send_all();
        }
    }
    let owner = &storm.people[0];
    owner.read_back(topic);
    let of_owner: Vec<_> = owner.posts(topic).iter().map(|post| post.id).collect();
    let all = owner.words(topic);
    assert!(
        !all.iter().any(|text| text == "?"),
        "the owner was always there"
    );
    for person in &present {
        person.catch_up(topic);
        person.read_back(topic);
        assert_eq!(person.cursor_of(topic).0, owner.cursor_of(topic).0);
        let members = |one: &Member| one.state(topic).members;
        assert_eq!(members(person), members(owner), "{}", person.name);
        assert_eq!(members(person) as usize, present.len());
        let posts = person.posts(topic);
        assert!(
            posts
                .iter()
                .all(|post| post.state == "sent" || post.state == "received")
        );
        storm.check_late(person, &posts);
        let words = person.words(topic);
        if history == History::Everything {
            assert_eq!(words, all, "{}", person.name);
        } else {
            assert!(words.iter().all(|text| all.contains(text)));
            let at = storm.people.iter().position(|one| one.name == person.name);
            let since = storm.joined[at.unwrap()];
            let mine: Vec<_> = posts.iter().map(|post| post.id).collect();
            let theirs = storm.stage.relay.borrow_mut().topic(topic).posts.clone();
            let headers = theirs
                .iter()
                .map(|post| Post::from_bytes(post).unwrap().header);
            for header in headers.filter(|header| header.epoch >= since) {
                let shown = of_owner.contains(&header.post_id);
                assert!(!shown || mine.contains(&header.post_id), "{}", person.name);
            }
        }
    }
}

fn steps() -> usize {
    let told = std::env::var("SEALPOST_STORM_STEPS").ok();
    told.and_then(|steps| steps.parse().ok()).unwrap_or(STEPS)
}

// PST-22
#[test]
fn a_storm_of_membership_ends_in_agreement() {
    storm(steps(), History::Everything);
}

#[test]
fn a_storm_under_since_joining_ends_in_agreement() {
    storm(steps(), History::SinceJoining);
}
