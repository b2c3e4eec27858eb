//! More writes than the store takes: beyond the bound of the queue they are refused at once, memory stays within bounds, and what was
//! taken is stored when the store goes on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::killing::line::check_put_off;
use crate::support::program::Program;
use crate::support::{Answer, Person, Place};

/// More than wait at the same time in the queue and in transactions under way.
const CALLS: usize = 2000;
/// How much the relay may grow by those calls, in KiB.
const GROWTH: u64 = 160 * 1024;

/// The memory that a program occupies, in KiB.
fn memory(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()));
    let status = status.expect("a running program");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.expect("a number").parse().expect("a number")
}

/// Floods a relay whose store is held up, until the hold is released; then everything that was taken must be there.
async fn flood(program: Program, hold: impl FnOnce(), release: impl FnOnce()) {
    let alice = Arc::new(Person::register(&program.api, "alice").await);
    let bob = Person::register(&program.api, "bob").await;
    let conversation = alice.converse(&program.api, &[&bob]).await;
    let before = memory(&program);
    hold();
    let calls: Vec<_> = (0..CALLS)
        .map(|_| {
            let body = alice.message(&conversation, &[&bob], &[7; 12_000]);
            let (api, alice) = (program.api.clone(), Arc::clone(&alice));
            tokio::spawn(async move { api.post("/api/messages", alice.token(), &body).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let answered = calls.iter().filter(|call| call.is_finished()).count();
    assert!(answered >= CALLS / 10, "only {answered} were told at once");
    assert!(answered < CALLS, "nothing was held up");
    let grown = memory(&program).saturating_sub(before);
    assert!(grown < GROWTH, "{grown} KiB more");
    release();
    let answers: Vec<Answer> = join_all(calls)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        check_put_off(answer);
        assert_eq!(answer.body["code"], "unavailable");
    }
    assert!((100..CALLS - 100).contains(&taken), "{taken} were taken");
    let page = bob.mailbox(&program.api).await;
    assert!(page["lastSeq"].as_u64().unwrap() >= u64::try_from(taken).unwrap());
    alice
        .send(&program.api, &conversation, &[&bob], b"on")
        .await;
    let metrics = program.metrics.as_ref().expect("metrics");
    let shown = program.api.client.get(metrics).send().await.unwrap();
    let shown = shown.text().await.unwrap();
    let refused = shown
        .lines()
        .find_map(|line| line.strip_prefix("sealpost_store_refused_busy_total "));
    assert!(
        refused.unwrap().parse::<f64>().unwrap() > 0.0,
        "{refused:?}"
    );
    assert!(program.terminate());
}

fn start(database: &Place, folder: &std::path::Path) -> Program {
    let metrics = [("METRICS_ADDR", "127.0.0.1:0")];
    Program::start_with(database, &folder.join("log"), "off", &metrics)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_file_holds_up_no_more_than_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relay.db");
    let program = start(&Place::File(path.clone()), folder.path());
    let other = rusqlite::Connection::open(&path).unwrap();
    flood(
        program,
        || other.execute_batch("BEGIN IMMEDIATE").unwrap(),
        || other.execute_batch("COMMIT").unwrap(),
    )
    .await;
}
