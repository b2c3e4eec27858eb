//! What everybody shares.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crypto_wasm::wire::ConversationId;

use super::{NOW, Person, Relay, TestStore};

/// The relay and the clock that everybody shares.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) relay: Rc<RefCell<Relay>>,
    pub(crate) now: Rc<Cell<u64>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            relay: Rc::default(),
            now: Rc::new(Cell::new(NOW)),
        }
    }

    /// Somebody who has opened the client and nothing else.
    pub(crate) fn stranger(&self, name: &str, store: TestStore) -> Person {
        Person::new(name, self, store)
    }

    /// Somebody with an account.
    pub(crate) fn person(&self, name: &str) -> Person {
        let person = self.stranger(name, TestStore::plain());
        person.register();
        person
    }

    /// Two people who know each other, and their direct conversation, whose first membership has arrived.
    pub(crate) fn pair(&self) -> (Person, Person, ConversationId) {
        let (alice, bob) = (self.person("alice"), self.person("bob"));
        alice.meet(&bob);
        let id = alice.converse(&[&bob], "");
        bob.fetch();
        (alice, bob, id)
    }

    /// Three people, and the group that the first of them has made, which has arrived.
    pub(crate) fn three(&self) -> ([Person; 3], ConversationId) {
        let people = ["alice", "bob", "carol"].map(|name| self.person(name));
        let [alice, bob, carol] = &people;
        alice.meet(bob);
        alice.meet(carol);
        let id = alice.converse(&[bob, carol], "three");
        self.settle(&[alice, bob, carol]);
        (people, id)
    }

    /// Two people, of whom the first has left the group that they were in.
    pub(crate) fn left(&self) -> (Person, ConversationId) {
        let [alice, bob] = ["alice", "bob"].map(|name| self.person(name));
        alice.meet(&bob);
        let id = alice.converse(&[&bob], "group");
        self.settle(&[&alice, &bob]);
        alice.change(id, &[], &[&alice], None).unwrap();
        (alice, id)
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }

    /// Lets everybody send and fetch until nothing happens any more.
    pub(crate) fn settle(&self, people: &[&Person]) {
        loop {
            let before = self.relay.borrow().posted.len();
            for person in people {
                person.fetch();
                person.pump();
            }
            if self.relay.borrow().posted.len() == before {
                return;
            }
        }
    }
}
