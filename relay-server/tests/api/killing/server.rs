//! SIGKILL of the database server: all of it at once, as when its machine is gone.

use std::time::{Duration, Instant};

use super::CROWD;
use super::crowd::Crowd;
use super::dice::{Dice, rounds, seed};
use super::line::check_put_off;
use crate::support::cluster::Cluster;
use crate::support::program::Program;
use crate::support::{Person, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_of_postgresql_loses_and_doubles_nothing() {
    let seed = seed();
    let mut dice = Dice::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start();
    let database = Place::Server(cluster.url());
    let program = Program::start(&database, &folder.path().join("log"), "error");
    let witness = Person::register(&program.api, "witness").await;
    let crowd = Crowd::gather(&program.api, CROWD, seed).await;
    for _ in 0..rounds("SEALPOST_SERVER_KILLS", 5) {
        crowd.board.more_answers(1).await;
        tokio::time::sleep(dice.milliseconds(0, 700)).await;
        tokio::task::block_in_place(|| cluster.kill());
        let since = Instant::now();
        let answer = program.api.get("/api/mailbox", witness.token()).await;
        check_put_off(&answer);
        answer.refused(503, "unavailable");
        let ready = program.api.get("/readyz", "").await;
        check_put_off(&ready);
        assert_eq!(program.api.get("/healthz", "").await.status, 200);
        assert!(since.elapsed() < Duration::from_secs(10), "told at once");
        tokio::task::block_in_place(|| cluster.begin());
    }
    crowd.board.more_answers(64).await;
    assert!(crowd.board.tally.put_off() > 0);
    assert!(crowd.disperse().await > 64);
    assert!(program.terminate());
}
