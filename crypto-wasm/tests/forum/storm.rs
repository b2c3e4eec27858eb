//! Random membership: joins, additions, removals, leaves, lost states, and commits that race, with members who are away.

use crypto_wasm::forum::group::Change;
use crypto_wasm::forum::wire::{Authorization, LeaveRequest, Visibility};

use crate::support::{NOW_S, Relay, Seat, TestRng, stranger};

struct Storm {
    relay: Relay,
    /// The first is the owner.
    seats: Vec<Seat>,
    gone: Vec<Seat>,
    leaving: Vec<LeaveRequest>,
    rng: TestRng,
}

impl Storm {
    fn new() -> Self {
        let mut rng = TestRng::new();
        let owner = Seat::found(Visibility::Open, &mut rng);
        Self {
            relay: Relay::of(&owner.group),
            seats: vec![owner],
            gone: Vec::new(),
            leaving: Vec::new(),
            rng,
        }
    }

    fn somebody(&mut self) -> usize {
        self.rng.below(self.seats.len())
    }

    /// Somebody but the owner.
    fn other(&mut self) -> Option<usize> {
        match self.seats.len() {
            1 => None,
            count => Some(1 + self.rng.below(count - 1)),
        }
    }

    fn step(&mut self) {
        match self.rng.below(10) {
            0..=3 => self.join(),
            4 => self.add(),
            5 => self.remove(),
            6 => self.leave(),
            7 => self.lose_state(),
            _ => self.race(),
        }
    }

    fn join(&mut self) {
        let phone = stranger(&mut self.rng);
        let seat = Seat::join(&mut self.relay, phone, None, &mut self.rng).unwrap();
        self.seats.push(seat);
    }

    fn add(&mut self) {
        let phone = stranger(&mut self.rng);
        self.seats[0].catch_up(&self.relay);
        let added = self.seats[0].add(&mut self.relay, phone, &mut self.rng);
        self.seats.push(added.unwrap());
    }

    fn remove(&mut self) {
        if let Some(index) = self.other() {
            let seat = self.seats.remove(index);
            self.forget(&seat);
            self.seats[0].catch_up(&self.relay);
            self.seats[0].remove(&mut self.relay, seat.address(), &mut self.rng);
            self.gone.push(seat);
        }
    }

    fn forget(&mut self, seat: &Seat) {
        self.leaving
            .retain(|request| request.address != seat.address());
    }

    /// Somebody asks to leave; whoever commits next removes it.
    fn leave(&mut self) {
        if let Some(index) = self.other() {
            let mut seat = self.seats.remove(index);
            seat.catch_up(&self.relay);
            self.leaving.push(seat.group.leave_request().unwrap());
            self.gone.push(seat);
        }
    }

    fn lose_state(&mut self) {
        let index = self.somebody();
        let (seat, relay) = (&mut self.seats[index], &mut self.relay);
        seat.come_back(relay, &mut self.rng);
    }

    /// Several commit in one epoch, knowing it: one is taken, the others catch up and make theirs anew, one after the other.
    fn race(&mut self) {
        let mut racers: Vec<usize> = (0..3).map(|_| self.somebody()).collect();
        racers.sort_unstable();
        racers.dedup();
        for &index in &racers {
            self.seats[index].catch_up(&self.relay);
        }
        while !racers.is_empty() {
            let change = Change {
                remove: self.leaving.iter().map(|request| request.address).collect(),
                authorizations: self
                    .leaving
                    .iter()
                    .cloned()
                    .map(Authorization::Leave)
                    .collect(),
                ..Change::default()
            };
            let mut made = Vec::new();
            for &index in &racers {
                let group = &mut self.seats[index].group;
                made.push(group.commit(&change, NOW_S, &mut self.rng).unwrap());
            }
            let winner = self.rng.below(racers.len());
            self.relay.take(&made[winner]).unwrap();
            self.leaving.clear();
            for (turn, &index) in racers.iter().enumerate() {
                let group = &mut self.seats[index].group;
                if turn == winner {
                    group.apply_pending().unwrap();
                } else {
                    assert!(self.relay.take(&made[turn]).is_err());
                    group.process(&made[winner].commit).unwrap();
                    assert!(!group.has_pending());
                }
            }
            racers.remove(winner);
        }
    }

    /// All present members are in one epoch with one key; who is gone is in none.
    fn settle(&mut self) {
        self.race();
        for seat in &mut self.seats {
            seat.catch_up(&self.relay);
        }
        let (first, others) = self.seats.split_first().unwrap();
        let key = first.group.archive_key().unwrap();
        for seat in others {
            assert_eq!(seat.group.epoch(), self.relay.group.epoch());
            assert!(seat.group.archive_key().unwrap() == key);
            assert_eq!(
                seat.group.members().unwrap(),
                first.group.members().unwrap()
            );
        }
        assert_eq!(self.relay.group.members().unwrap().len(), self.seats.len());
        for seat in &mut self.gone {
            seat.catch_up(&self.relay);
            assert!(seat.group.archive_key().unwrap() != key);
            assert!(
                self.relay
                    .group
                    .members()
                    .unwrap()
                    .iter()
                    .all(|present| present.address != seat.address())
            );
        }
    }
}

// TOP-11, TOP-12, TOP-21
#[test]
fn t15_a_storm_of_memberships_ends_in_one_epoch() {
    for _ in 0..4 {
        let mut storm = Storm::new();
        for step in 0..60 {
            storm.step();
            if step % 20 == 19 {
                storm.settle();
            }
        }
    }
}
