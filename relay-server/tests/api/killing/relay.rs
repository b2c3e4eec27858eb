//! SIGKILL of the relay.

use std::path::Path;
use std::process::{Command, Stdio};

use super::CROWD;
use super::crowd::Crowd;
use super::dice::{Dice, rounds, seed};
use crate::support::Place;
use crate::support::program::Program;

/// Starts the program and kills it before it is quite there, or just when it is.
async fn interrupt_a_start(database: &Place, dice: &mut Dice) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relay-server"))
        .env_clear()
        .env("LISTEN", "127.0.0.1:0")
        .env("DATABASE_URL", database.url())
        .env("RUST_LOG", "off")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a program");
    tokio::time::sleep(dice.milliseconds(1, 80)).await;
    child.kill().expect("a running program");
    child.wait().expect("an end");
}

fn start(database: &Place, folder: &Path) -> Program {
    Program::start(database, &folder.join("log"), "warn")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigkill_of_the_relay_loses_and_doubles_nothing() {
    let seed = seed();
    let mut dice = Dice::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let database = Place::new(folder.path());
    let mut program = start(&database, folder.path());
    let crowd = Crowd::gather(&program.api, CROWD, seed).await;
    let rounds = rounds("SEALPOST_KILLS", 10);
    for _ in 0..rounds {
        crowd.board.more_answers(1).await;
        tokio::time::sleep(dice.milliseconds(0, 700)).await;
        program.kill();
        if dice.one_in(4) {
            interrupt_a_start(&database, &mut dice).await;
        }
        program = start(&database, folder.path());
        crowd.board.connect(&program.api);
    }
    crowd.board.more_answers(64).await;
    let cut = crowd.board.tally.cut();
    assert!(cut >= rounds, "only {cut} calls were cut off");
    assert!(crowd.disperse().await > 64);
    assert!(program.terminate());
}
