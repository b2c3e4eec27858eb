//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use crate::Result;

const USAGE: &str = "usage: npm run load -- [--only CASE,…] [--seconds N] [--postgres] [--json FILE]
       npm run load -- --simulate [--json FILE] [--users N] [--devices N] [--messages N] [--peak N] [--online SHARE]
cases: direct, half-load, fanout, backlog, idle, bundles, nodes";

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Be the bare loop, on a file.
    Bare(PathBuf),
    Run(Run),
    Simulate(Simulate),
}

/// A run of the load generator.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The relay's program.
    pub(crate) relay: PathBuf,
    /// The cases to run; none are all.
    pub(crate) only: Vec<String>,
    /// How long each case sends.
    pub(crate) time: Duration,
    /// Whether the relay stores in PostgreSQL.
    pub(crate) postgres: bool,
    /// Where the results go.
    pub(crate) json: PathBuf,
}

impl Run {
    pub(crate) fn wants(&self, case: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == case)
    }
}

/// A calculation for many users.
#[derive(Debug)]
pub(crate) struct Simulate {
    /// Results of a run, if they are to be taken from one.
    pub(crate) json: Option<PathBuf>,
    pub(crate) users: f64,
    pub(crate) devices: f64,
    pub(crate) messages: f64,
    pub(crate) peak: f64,
    pub(crate) online: f64,
}

const CASES: [&str; 7] = [
    "direct",
    "half-load",
    "fanout",
    "backlog",
    "idle",
    "bundles",
    "nodes",
];

/// Reads the arguments.
pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Task> {
    let mut arguments = arguments.peekable();
    if arguments.next_if_eq("bare").is_some() {
        return Ok(Task::Bare(arguments.next().ok_or(USAGE)?.into()));
    }
    let mut run = Run {
        relay: "target/release/relay-server".into(),
        only: Vec::new(),
        time: Duration::from_secs(10),
        postgres: false,
        json: "data/load.json".into(),
    };
    let mut simulate = Simulate {
        json: None,
        users: 1e8,
        devices: 2.0,
        messages: 40.0,
        peak: 3.0,
        online: 0.2,
    };
    let mut simulates = false;
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or(USAGE);
        match name.as_str() {
            "--simulate" => simulates = true,
            "--postgres" => run.postgres = true,
            "--relay" => run.relay = value()?.into(),
            "--only" => run.only = value()?.split(',').map(str::to_owned).collect(),
            "--seconds" => run.time = Duration::from_secs(value()?.parse()?),
            "--json" => {
                run.json = value()?.into();
                simulate.json = Some(run.json.clone());
            }
            "--users" => simulate.users = positive(&value()?)?,
            "--devices" => simulate.devices = positive(&value()?)?,
            "--messages" => simulate.messages = positive(&value()?)?,
            "--peak" => simulate.peak = positive(&value()?)?,
            "--online" => simulate.online = positive(&value()?)?,
            _ => return Err(USAGE.into()),
        }
    }
    if let Some(unknown) = run.only.iter().find(|case| !CASES.contains(&case.as_str())) {
        return Err(format!("no such case: {unknown}\n{USAGE}").into());
    }
    if run.time.is_zero() {
        return Err("--seconds: at least 1".into());
    }
    Ok(if simulates {
        Task::Simulate(simulate)
    } else {
        Task::Run(run)
    })
}

fn positive(text: &str) -> Result<f64> {
    let number: f64 = text.parse()?;
    if number.is_finite() && number > 0.0 {
        Ok(number)
    } else {
        Err(format!("{text}: not a positive number").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(line: &str) -> Result<Task> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let Task::Run(run) = task("--only direct,idle --seconds 3 --postgres").unwrap() else {
            panic!("a run");
        };
        assert!(run.wants("idle") && !run.wants("fanout") && run.postgres);
        let Task::Simulate(simulate) = task("--simulate --users 1e6 --json x.json").unwrap() else {
            panic!("a simulation");
        };
        assert_eq!(
            (simulate.users, simulate.json),
            (1e6, Some("x.json".into()))
        );
        assert!(matches!(task("bare file").unwrap(), Task::Bare(_)));
        for wrong in [
            "--only nothing",
            "--users -1",
            "--users NaN",
            "--seconds 0",
            "--seconds",
            "x",
        ] {
            assert!(task(wrong).is_err(), "{wrong}");
        }
    }
}
