use crypto_wasm::forum::PublicGroup;
use crypto_wasm::forum::group::NewCommit;
use crypto_wasm::forum::wire::{Role, Visibility};

use super::{NOW_S, Person, Phone, Relay, Seat, TestRng, stranger};

/// A topic with two people of each role. The first of each role acts, the second is acted on.
pub(crate) struct World {
    pub(crate) relay: Relay,
    /// Two owners, two moderators, two plain members.
    pub(crate) seats: Vec<Seat>,
    /// The actors themselves, by role.
    pub(crate) people: Vec<Person>,
    /// A second device in the group of each actor.
    pub(crate) second: Vec<Seat>,
    /// A banned account's device.
    pub(crate) banned: Phone,
}

pub(crate) const OWNER: usize = 0;
pub(crate) const MODERATOR: usize = 2;
pub(crate) const MEMBER: usize = 4;

impl World {
    pub(crate) fn new(visibility: Visibility, rng: &mut TestRng) -> Self {
        let people: Vec<Person> = (0..3).map(|_| Person::new(rng)).collect();
        let mut owner = Seat::found_on(people[0].phone(1, rng), visibility, rng);
        let mut relay = Relay::of(&owner.group);
        let phones = [
            stranger(rng),
            people[1].phone(1, rng),
            stranger(rng),
            people[2].phone(1, rng),
            stranger(rng),
        ];
        let mut seats = Vec::new();
        for phone in phones {
            seats.push(owner.add(&mut relay, phone, rng).unwrap());
        }
        let mut second = Vec::new();
        for person in &people {
            let phone = person.phone(2, rng);
            second.push(owner.add(&mut relay, phone, rng).unwrap());
        }
        let roles = [
            (seats[0].account(), Role::Owner),
            (seats[1].account(), Role::Moderator),
            (seats[2].account(), Role::Moderator),
        ];
        owner.set_roles(&mut relay, &roles, rng);
        let banned = stranger(rng);
        let change = crypto_wasm::forum::group::Change {
            ban: vec![banned.account()],
            ..Default::default()
        };
        owner.commit(&mut relay, &change, rng).unwrap();
        seats.insert(0, owner);
        let mut world = Self {
            relay,
            seats,
            people,
            second,
            banned,
        };
        world.catch_up();
        world
    }

    pub(crate) fn catch_up(&mut self) {
        for seat in self.seats.iter_mut().chain(&mut self.second) {
            seat.catch_up(&self.relay);
        }
    }

    /// What the relay and all members say of a commit that is forwarded to them, whoever's it is: they agree, and who refuses has
    /// not changed. Nobody keeps what was accepted.
    pub(crate) fn verdict(
        &mut self,
        new: &NewCommit,
        committer: usize,
    ) -> Result<(), &'static str> {
        let before = self.relay.group.snapshot().unwrap();
        let mut relay = PublicGroup::from_snapshot(&before).unwrap();
        let verdict = relay.apply(&new.commit, NOW_S).map(|_| ());
        if verdict.is_err() {
            assert!(relay.snapshot().unwrap() == before, "the relay changed");
        }
        let verdict = verdict.map_err(|error| error.code());
        for (index, seat) in self.seats.iter_mut().enumerate() {
            if index == committer {
                continue;
            }
            let before = seat.group.export().unwrap();
            let said = seat.group.process(&new.commit).map(|_| ());
            assert_eq!(
                said.map_err(|error| error.code()),
                verdict,
                "member {index}"
            );
            if verdict.is_err() {
                assert!(
                    *seat.group.export().unwrap() == *before,
                    "member {index} changed"
                );
            }
            let phone = &seat.phone.device;
            seat.group = crypto_wasm::forum::TopicGroup::import(phone, &before).unwrap();
        }
        verdict
    }
}
