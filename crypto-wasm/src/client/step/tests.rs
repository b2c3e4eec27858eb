use std::cell::RefCell;

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use pollster::block_on;

use super::*;
use crate::client::Failure;
use crate::client::keys::Place;
use crate::store::{Collection, KeyRange, MemoryStore, Query, Revision, Snapshot, WriteSet};

/// A store that notes what is read, and into which somebody else writes once in between.
#[derive(Default)]
struct Noting {
    below: MemoryStore,
    reads: RefCell<Vec<Vec<Query>>>,
    intruder: RefCell<Option<WriteSet>>,
}

impl Store for Noting {
    async fn read(&self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        self.reads.borrow_mut().push(queries.to_vec());
        self.below.read(queries).await
    }

    async fn commit(&self, expected: Revision, writes: WriteSet) -> Result<Revision, StoreError> {
        let intruder = self.intruder.take();
        if let Some(writes) = intruder {
            self.below.commit(expected, writes).await?;
        }
        self.below.commit(expected, writes).await
    }
}

type TestClient = Client<Noting, UnwrapErr<SysRng>>;

fn client() -> TestClient {
    Client::new(Noting::default(), UnwrapErr(SysRng))
}

fn place(key: &str) -> Place {
    (Collection::Users, key.as_bytes().to_vec())
}

fn everything() -> Query {
    Query::scan(Collection::Users, KeyRange::all())
}

fn event(code: &str) -> Event {
    Event::Error(Failure {
        code: code.to_owned(),
        message: String::new(),
    })
}

fn keys(client: &TestClient) -> Vec<String> {
    let mut all = block_on(client.store.below.read(&[everything()])).unwrap();
    let key = |record: crate::store::Record| String::from_utf8(record.key).unwrap();
    all.next_records().unwrap().into_iter().map(key).collect()
}

#[test]
fn a_step_runs_again_with_everything_that_it_missed_read_at_once() {
    let client = client();
    let mut runs = 0;
    block_on(client.ask(|txn| {
        runs += 1;
        txn.load(vec![place("a"), place("b"), place("a")])?;
        txn.each(["c", "d"], |txn, key| txn.get(place(key)).map(drop))?;
        txn.scan(everything())
    }))
    .unwrap();
    assert_eq!(runs, 4);
    let get = |key: &str| Query::get(Collection::Users, key);
    let reads = client.store.reads.take();
    assert_eq!(
        reads,
        [
            vec![get("a"), get("b")],
            vec![get("c"), get("d")],
            vec![everything()]
        ]
    );
    // What was read is in memory from then on, ranges excepted.
    block_on(client.ask(|txn| txn.load(vec![place("a"), place("d")]))).unwrap();
    assert_eq!(client.store.reads.take(), Vec::<Vec<Query>>::new());
}

#[test]
fn what_an_abandoned_run_did_never_shows() {
    let client = client();
    let mut run = 0;
    let outcome = block_on(client.step(|txn| {
        run += 1;
        let name = format!("run {run}");
        txn.put(place(&name), vec![1].into());
        txn.emit(event(&name));
        // Seen by the run itself, and by no other.
        assert!(txn.get(place(&name))?.is_some());
        if run == 3 {
            assert_eq!(txn.get(place("run 1"))?, None);
            assert_eq!(txn.get(place("run 2"))?, None);
        }
        txn.get(place("missing"))?;
        txn.scan(everything())?;
        Ok(name)
    }))
    .unwrap();
    // Two runs stop at what they miss, the third at what the others wrote.
    assert_eq!(run, 4);
    assert_eq!(outcome.value, "run 4");
    assert_eq!(outcome.events, [event("run 4")]);
    assert_eq!(keys(&client), ["run 4"]);
}

#[test]
fn a_run_that_missed_something_is_not_done_whatever_it_says() {
    let client = client();
    let mut runs = 0;
    let done = block_on(client.ask(|txn| {
        runs += 1;
        Ok(txn.get(place("a")).is_ok())
    }));
    assert!(done.unwrap());
    assert_eq!(runs, 2);
    let refused = block_on(client.ask(|txn| {
        let swallowed = txn.get(place("b")).map_err(|_| ClientError::KeyChanged)?;
        assert_eq!(swallowed, None);
        Err::<(), _>(ClientError::NotAMember)
    }));
    assert!(matches!(refused, Err(ClientError::NotAMember)));
}

#[test]
fn what_is_kept_is_not_done_again() {
    let client = client();
    let mut done = Vec::new();
    let outcome = block_on(client.step(|txn| {
        for item in ["a", "b", "c"] {
            if txn.get(place(item))?.is_some() {
                continue;
            }
            txn.put(place(item), vec![2].into());
            txn.emit(event(item));
            txn.get(place(&format!("for {item}")))?;
            txn.keep();
            done.push(item);
        }
        txn.delete_prefix(Collection::Users, b"a");
        txn.emit(event("end"));
        txn.scan(everything()).map(drop)
    }))
    .unwrap();
    assert_eq!(done, ["a", "b", "c"]);
    assert_eq!(
        outcome.events,
        ["a", "b", "c", "end"].map(event),
        "each once, in order"
    );
    assert_eq!(keys(&client), ["b", "c"]);
}

#[test]
fn a_step_that_lost_a_race_begins_anew() {
    let client = client();
    let mut writes = WriteSet::new();
    writes.put(Collection::Users, "theirs", vec![3]);
    client.store.intruder.replace(Some(writes));
    let (mut runs, mut begun) = (0, 0);
    let outcome = block_on(client.step(|txn| {
        runs += 1;
        begun += usize::from(txn.begins());
        let theirs = txn.get(place("theirs"))?.is_some();
        txn.put(place(&format!("kept {runs}")), vec![4].into());
        txn.keep();
        txn.emit(event(&format!("{runs}")));
        Ok(theirs)
    }))
    .unwrap();
    assert!(outcome.value, "read again");
    assert_eq!((runs, begun), (4, 2));
    assert_eq!(outcome.events, [event("4")]);
    assert_eq!(keys(&client), ["kept 4", "theirs"]);
}

#[test]
fn a_step_that_fails_leaves_no_trace() {
    let client = client();
    let refused = block_on(client.step(|txn| {
        txn.put(place("a"), vec![5].into());
        txn.keep();
        txn.put(place("b"), vec![5].into());
        Err::<(), _>(ClientError::NotAMember)
    }));
    assert!(matches!(refused, Err(ClientError::NotAMember)));
    assert_eq!(keys(&client), Vec::<String>::new());
    assert_eq!(
        block_on(client.ask(|txn| txn.get(place("a")))).unwrap(),
        None
    );
}
