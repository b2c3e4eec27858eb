//! A step happens or it does not: the store fails at every operation of a scenario in turn, or a caller stops waiting.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crypto_wasm::client::{Client, MessageState};

use crate::support::{Dump, Fault, Person, TestRng, TestStore, World, block_on};

/// Two people, one of whom has the given store, from registration to a group in which both have written.
fn scenario(store: TestStore) -> (World, Person, Person) {
    let world = World::new();
    let alice = world.stranger("alice", store);
    alice.register();
    let bob = world.person("bob");
    alice.meet(&bob);
    let id = alice.converse(&[&bob], "");
    alice.say(id, "one");
    bob.fetch();
    bob.say(id, "two");
    alice.fetch();
    alice
        .act(async || alice.client.mark_read(id, alice.now()).await)
        .unwrap();
    // Receipts, so that what is refused is the text.
    alice.pump();
    world.relay.borrow_mut().refuse = Some("too-large");
    let refused = alice.say(id, "three");
    assert_eq!(alice.state_of(&refused).0, MessageState::Failed);
    alice
        .act(async || alice.client.retry_message(id, refused.id).await)
        .unwrap();
    alice.pump();
    alice
        .act(async || alice.client.set_verified(bob.id(), true, None).await)
        .unwrap();
    let group = bob.converse(&[&alice], "group");
    alice.fetch();
    alice.change(group, &[], &[], Some("renamed")).unwrap();
    alice.pump();
    bob.fetch();
    (world, alice, bob)
}

/// What people see in the end: of every conversation its lines and their states.
fn outcome(person: &Person) -> Vec<(String, Vec<(String, MessageState)>)> {
    let listed = block_on(person.client.conversations()).unwrap();
    let mut all: Vec<_> = listed
        .into_iter()
        .map(|conversation| {
            let lines = person.messages(conversation.id);
            let said = lines
                .iter()
                .map(|line| (crate::support::text_of(line), line.state));
            (conversation.name, said.collect())
        })
        .collect();
    all.sort_by(|a: &(String, Vec<_>), b| a.0.cmp(&b.0));
    all
}

fn fails_everywhere(fault: Fault) {
    let plain = TestStore::plain();
    let (world, alice, bob) = scenario(plain.clone());
    let operations = plain.operations();
    let expected = (
        outcome(&alice),
        outcome(&bob),
        world.relay.borrow().posted.len(),
    );
    assert_eq!(expected.0[0].1.len(), 4);
    assert_eq!(expected.1[1].0, "renamed");
    assert!(operations > 50, "{operations}");
    for number in 1..=operations {
        let store = TestStore::plain();
        store.fail_at(number, fault);
        let (world, alice, bob) = scenario(store.clone());
        assert!(!store.is_armed(), "operation {number} was never made");
        let posted = world.relay.borrow().posted.len();
        let found = (outcome(&alice), outcome(&bob), posted);
        assert_eq!(found, expected, "after operation {number} failed");
        assert_eq!((alice.errors(), bob.errors()), (vec![], vec![]));
    }
}

// SES-9
#[test]
fn a_step_whose_store_fails_has_changed_nothing_and_succeeds_when_repeated() {
    fails_everywhere(Fault::Backend);
}

#[test]
fn a_step_that_lost_a_race_is_done_again_by_itself() {
    fails_everywhere(Fault::Conflict);
}

/// Polls a future so often and then drops it; true if it was done before.
fn abandon<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(_)))
}

// SES-8, SES-9
#[test]
fn a_step_that_nobody_waits_for_leaves_all_or_nothing_and_the_client_goes_on() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let mut expected = Vec::new();
    let mut whole = 0;
    for polls in 0..12 {
        let text = format!("poll {polls}");
        let before: Dump = alice.store.dump();
        let done = abandon(alice.client.send_text(id, &text, None, 5), polls);
        let after = alice.store.dump();
        if after != before {
            assert_eq!(after.revision, before.revision + 1);
            assert_eq!(
                after.only(&["outbox"]).len(),
                before.only(&["outbox"]).len() + 1
            );
            assert_eq!(
                after.only(&["messages"]).len(),
                before.only(&["messages"]).len() + 1
            );
            assert_ne!(after.only(&["sessions"]), before.only(&["sessions"]));
            expected.push(text);
            whole += 1;
        } else {
            assert!(!done);
        }
        alice.say(id, "between");
        expected.push("between".to_owned());
    }
    assert!((1..12).contains(&whole), "{whole}");
    bob.fetch();
    assert_eq!(bob.texts(id), expected);
    assert_eq!(alice.texts(id), expected);
}

#[test]
fn a_client_that_always_loses_the_race_says_so() {
    /// Another tab commits before every commit of this one.
    struct Busy(TestStore);

    impl crypto_wasm::store::Store for Busy {
        async fn read(
            &self,
            queries: &[crypto_wasm::store::Query],
        ) -> Result<crypto_wasm::store::Snapshot, crypto_wasm::store::StoreError> {
            self.0.read(queries).await
        }

        async fn commit(
            &self,
            _: crypto_wasm::store::Revision,
            _: crypto_wasm::store::WriteSet,
        ) -> Result<crypto_wasm::store::Revision, crypto_wasm::store::StoreError> {
            Err(crypto_wasm::store::StoreError::Conflict)
        }
    }

    let alice = World::new().person("alice");
    let before = alice.store.dump();
    let client = Client::new(Busy(alice.store.clone()), TestRng::new());
    let refused = block_on(client.begin_registration("alice", 1));
    assert_eq!(crate::support::code(refused), "already-registered");
    let empty = Client::new(Busy(TestStore::plain()), TestRng::new());
    let refused = block_on(empty.user_missing(alice.id(), 1));
    assert!(refused.is_ok(), "nothing to write, nothing to lose");
    let document = alice.world.relay.borrow().document(alice.id()).unwrap();
    let refused = block_on(empty.learn_user(&document, 1));
    assert_eq!(crate::support::code(refused), "storage-conflict");
    assert_eq!(alice.store.dump(), before);
}
