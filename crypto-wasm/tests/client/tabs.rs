//! Several tabs over one store, taking turns in the middle of everything (T19).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crypto_wasm::client::{ClientError, OutboxCall, OutboxStep};
use crypto_wasm::wire::{Address, ConversationId, Header, PreKeyMessage, RatchetMessage, Wire};

use crate::support::{Person, Posted, TestRng, World};

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Polls the tasks in a random order until all are done.
fn race(mut tasks: Vec<Task<'_>>) {
    let mut rng = TestRng::new();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2_000_000 {
        if tasks.is_empty() {
            return;
        }
        let at = rng.below(tasks.len());
        if matches!(tasks[at].as_mut().poll(&mut context), Poll::Ready(())) {
            drop(tasks.swap_remove(at));
        }
    }
    panic!("the tabs never end");
}

/// A tab's outbox loop. Whoever comes second with a report finds that the entry is gone.
async fn pump(tab: &Person) {
    loop {
        let now = tab.now();
        match tab.client.outbox_step(now).await.unwrap().value {
            OutboxStep::Idle => return,
            OutboxStep::Users(users) => {
                for user in users {
                    let document = tab.world.relay.borrow().document(user).unwrap();
                    tab.client.learn_user(&document, now).await.unwrap();
                }
            }
            OutboxStep::Bundles(addresses) => {
                let bundles: Vec<(Address, Vec<u8>)> = addresses
                    .iter()
                    .map(|address| {
                        let bundle = tab.world.relay.borrow_mut().bundle(*address);
                        (*address, bundle.unwrap())
                    })
                    .collect();
                tab.client.add_bundles(&bundles, &[], now).await.unwrap();
            }
            OutboxStep::Call {
                entry,
                conversation,
                call,
            } => {
                answer(tab, conversation, &call);
                match tab.client.outbox_accepted(entry, now).await {
                    Ok(_) | Err(ClientError::NotFound(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

fn answer(tab: &Person, conversation: ConversationId, call: &OutboxCall) {
    let mut relay = tab.world.relay.borrow_mut();
    relay.call(tab.address(), conversation, call).unwrap();
}

async fn talk(tab: &Person, id: ConversationId, texts: &[String]) {
    for text in texts {
        tab.client
            .send_text(id, text, None, tab.now())
            .await
            .unwrap();
        pump(tab).await;
    }
}

async fn fetch(tab: &Person) {
    let items = {
        let mut relay = tab.world.relay.borrow_mut();
        relay.device(tab.address()).mailbox.clone()
    };
    loop {
        let now = tab.now();
        let users = tab.client.receive(&items, now).await.unwrap().value.users;
        if users.is_empty() {
            return;
        }
        for user in users {
            let document = tab.world.relay.borrow().document(user).unwrap();
            tab.client.learn_user(&document, now).await.unwrap();
        }
    }
}

fn message(posted: &Posted) -> RatchetMessage {
    match posted.kind {
        "prekey" => PreKeyMessage::from_bytes(&posted.content).unwrap().message,
        _ => RatchetMessage::from_bytes(&posted.content).unwrap(),
    }
}

/// Among all envelopes ever released, a header is of one ciphertext alone (so a message key encrypts once), and so is a nonce.
fn check_unique(posted: &[Posted]) {
    let mut headers: BTreeMap<(Address, [u8; 40]), &[u8]> = BTreeMap::new();
    let mut nonces: BTreeMap<[u8; 12], &[u8]> = BTreeMap::new();
    for posted in posted {
        let message = message(posted);
        let header: Header = message.header;
        let header: [u8; 40] = header.to_bytes().unwrap().try_into().unwrap();
        let content = posted.content.as_slice();
        let first = *headers.entry((posted.to, header)).or_insert(content);
        assert_eq!(first, content, "a message key was used twice");
        let first = *nonces.entry(message.nonce).or_insert(content);
        assert_eq!(first, content, "a nonce was used twice");
    }
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

#[test]
fn t19_two_tabs_that_send_at_once_use_no_key_twice_and_lose_nothing() {
    for round in 0..8 {
        let world = World::new();
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        alice.meet(&bob);
        let id = alice.converse(&[&bob], "");
        if round % 2 == 1 {
            // With answers, so that tabs race with the ratchet's turns too.
            bob.fetch();
            bob.say(id, "answer");
        }
        let tabs = [alice.tab(), alice.tab(), alice.tab()];
        let texts: Vec<Vec<String>> = (0..3)
            .map(|tab| (0..6).map(|n| format!("tab {tab} text {n}")).collect())
            .collect();
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for (tab, texts) in tabs.iter().zip(&texts) {
            tasks.push(Box::pin(talk(tab, id, texts)));
            tasks.push(Box::pin(fetch(tab)));
        }
        race(tasks);
        bob.fetch();
        let expected = sorted(texts.concat());
        let mine = |text: &String| text != "answer";
        let arrived: Vec<String> = bob.texts(id).into_iter().filter(mine).collect();
        assert_eq!(sorted(arrived.clone()), expected);
        let shown: Vec<String> = alice.texts(id).into_iter().filter(mine).collect();
        assert_eq!(shown, arrived, "one order for everybody");
        for (tab, texts) in texts.iter().enumerate() {
            let prefix = format!("tab {tab}");
            let of_tab: Vec<_> = arrived
                .iter()
                .filter(|text| text.starts_with(&prefix))
                .collect();
            assert_eq!(of_tab, texts.iter().collect::<Vec<_>>());
        }
        assert_eq!(bob.errors(), Vec::<String>::new());
        check_unique(&world.relay.borrow().posted);
        bob.say(id, "last");
        alice.fetch();
        assert_eq!(alice.texts(id).pop().unwrap(), "last");
    }
}

#[test]
fn t19_two_tabs_that_fetch_at_once_show_everything_once() {
    for _ in 0..6 {
        let world = World::new();
        let (alice, bob, id) = world.pair();
        let texts: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        for text in &texts {
            alice.say(id, text);
        }
        let tabs = [bob.tab(), bob.tab()];
        let answers = ["x".to_owned()];
        race(vec![
            Box::pin(fetch(&tabs[0])),
            Box::pin(fetch(&tabs[1])),
            Box::pin(talk(&tabs[1], id, &answers)),
        ]);
        let shown: Vec<String> = bob
            .texts(id)
            .into_iter()
            .filter(|text| text != "x")
            .collect();
        assert_eq!(shown, texts);
        assert_eq!(bob.cursor(), 11);
        alice.fetch();
        assert_eq!(alice.texts(id).pop().unwrap(), "x");
        check_unique(&world.relay.borrow().posted);
    }
}

#[test]
fn t19_people_with_two_tabs_each_who_all_talk_at_once() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let tabs = [alice.tab(), alice.tab(), bob.tab(), bob.tab()];
    let texts: Vec<Vec<String>> = (0..4)
        .map(|tab| (0..5).map(|n| format!("{tab}.{n}")).collect())
        .collect();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for (tab, texts) in tabs.iter().zip(&texts) {
        tasks.push(Box::pin(async move {
            for text in texts.chunks(1) {
                talk(tab, id, text).await;
                fetch(tab).await;
            }
        }));
    }
    race(tasks);
    world.settle(&[&alice, &bob]);
    let expected = sorted(texts.concat());
    assert_eq!(sorted(alice.texts(id)), expected);
    assert_eq!(sorted(bob.texts(id)), expected);
    check_unique(&world.relay.borrow().posted);
}

#[test]
fn t19_calls_of_one_client_may_overlap() {
    let world = World::new();
    let (alice, bob, id) = world.pair();
    let done = Rc::new(RefCell::new(Vec::new()));
    let tasks = (0..10).map(|n| {
        let (alice, done) = (&alice, done.clone());
        let task: Task<'_> = Box::pin(async move {
            let text = n.to_string();
            let sent = alice.client.send_text(id, &text, None, alice.now()).await;
            done.borrow_mut().push(sent.unwrap().value.order);
            let _ = alice.client.conversations().await.unwrap();
        });
        task
    });
    race(tasks.collect());
    let orders: BTreeSet<u64> = done.borrow().iter().copied().collect();
    assert_eq!(orders, (2..=11).collect());
    alice.pump();
    bob.fetch();
    assert_eq!(bob.texts(id), alice.texts(id));
    assert_eq!(bob.texts(id).len(), 10);
    check_unique(&world.relay.borrow().posted);
}

#[test]
fn t19_two_tabs_that_register_at_once_make_one_account() {
    let world = World::new();
    let tab = world.stranger("alice", crate::support::TestStore::plain());
    let tabs = [tab.tab(), tab.tab()];
    let bodies = RefCell::new(Vec::new());
    let tasks = tabs.iter().map(|tab| {
        let bodies = &bodies;
        let task: Task<'_> = Box::pin(async move {
            let made = tab.client.begin_registration("alice", tab.now()).await;
            bodies.borrow_mut().push(made.unwrap().value);
        });
        task
    });
    race(tasks.collect());
    let bodies = bodies.into_inner();
    assert_eq!(bodies[0], bodies[1]);
}
