//! The load generator: `npm run load`. It starts a relay and two servers to compare it with, and measures what they reach.

mod bare;
mod cases;
mod ejabberd;
mod http;
mod hub;
mod lanes;
mod options;
mod people;
mod postgres;
mod process;
mod report;
mod simulation;
mod stamp;
mod stats;
mod topic;
mod work;
mod xmpp;

use std::process::ExitCode;

use options::Task;

/// What can fail here fails the run, with a text for a person.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match options::read(std::env::args().skip(1)) {
        Ok(Task::Bare(file)) => bare::serve(&file).await,
        Ok(Task::Run(options)) => cases::run(&options).await,
        Ok(Task::Simulate(options)) => simulation::run(&options),
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("✘ {error}"));
            ExitCode::FAILURE
        }
    }
}
