//! The cases, each on servers that it starts itself.

mod backlog;
mod bundles;
mod direct;
mod fanout;
mod idle;
mod nodes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::ejabberd::{Ejabberd, MISSING};
use crate::options::Run;
use crate::people::{self, Person};
use crate::postgres::Postgres;
use crate::process::Server;
use crate::report::{BARE, Report, say};
use crate::stats::number;

/// People on the relay: as many as the largest topic has members, and some to call on them; 16 connections each are as many as the
/// idle ones.
const PEOPLE: usize = 1200;
/// People whose bundles everybody wants, with as many keys as that takes.
const WANTED: usize = 100;
/// Senders, and recipients.
const LANES: usize = 64;
/// How often the systems that are compared take turns.
const ROUNDS: usize = 3;

/// What the cases have in common.
struct Setting {
    options: Run,
    folder: tempfile::TempDir,
    database: String,
    people: Vec<Arc<Person>>,
    report: Report,
    postgres: Option<Postgres>,
    relays: usize,
}

impl Setting {
    /// A relay that has done nothing yet, on what the earlier ones stored.
    fn relay(&self) -> Result<Server> {
        self.relay_on(&self.database)
    }

    fn relay_on(&self, database: &str) -> Result<Server> {
        Server::relay(&self.options.relay, database, self.folder.path())
    }

    /// A bare loop with a file of its own.
    fn bare(&mut self) -> Result<Server> {
        self.relays += 1;
        Server::bare(&self.folder.path().join(format!("bare-{}.db", self.relays)))
    }

    /// Some of the people.
    fn some(&self, from: usize, count: usize) -> Result<Vec<Arc<Person>>> {
        let some = self.people.get(from..from + count);
        Ok(some.ok_or("too few people")?.to_vec())
    }

    fn person(&self, place: usize) -> Result<Arc<Person>> {
        let person = self.people.get(place);
        Ok(Arc::clone(person.ok_or("too few people")?))
    }
}

/// Runs what is asked for.
pub(crate) async fn run(options: &Run) -> Result<()> {
    if !options.relay.is_file() {
        let relay = options.relay.display();
        return Err(format!("{relay}: no such program; npm run load builds it").into());
    }
    let folder = tempfile::tempdir()?;
    let needs_postgres =
        options.postgres || ["direct", "nodes"].iter().any(|case| options.wants(case));
    let postgres = if needs_postgres {
        Postgres::start()?
    } else {
        None
    };
    let database = match (&postgres, options.postgres) {
        (Some(postgres), true) => postgres.database("relay")?,
        (None, true) => return Err("--postgres: PostgreSQL is not installed".into()),
        _ => format!("sqlite://{}", folder.path().join("relay.db").display()),
    };
    let mut setting = Setting {
        options: options.clone(),
        folder,
        database,
        people: Vec::new(),
        report: Report {
            at: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)?
                .as_secs(),
            machine: machine(),
            settings: settings(options),
            ..Report::default()
        },
        postgres,
        relays: 0,
    };
    fsyncs(&mut setting)?;
    setting.people = {
        let relay = setting.relay()?;
        register(relay.address, PEOPLE).await?
    };
    if options.wants("direct") || options.wants("half-load") {
        direct::run(&mut setting).await?;
    }
    if options.wants("fanout") {
        fanout::run(&mut setting).await?;
    }
    if options.wants("backlog") {
        backlog::run(&mut setting).await?;
    }
    if options.wants("bundles") {
        bundles::run(&mut setting).await?;
    }
    if options.wants("nodes") {
        nodes::run(&mut setting).await?;
    }
    if options.wants("idle") {
        idle::run(&mut setting).await?;
    }
    setting.report.judge();
    say(&format!("\n{}", setting.report.tables()));
    setting.report.write(&options.json)?;
    say(&format!("\nwritten to {}", options.json.display()));
    Ok(())
}

async fn register(relay: SocketAddr, count: usize) -> Result<Vec<Arc<Person>>> {
    let begun = Instant::now();
    let keys = |place| if place < WANTED { 80 } else { 6 };
    let people = people::register(relay, count, keys).await?;
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!(
        "{count} people registered and logged in within {seconds:.1} s"
    ));
    Ok(people)
}

/// How often the disk can be waited for: what bounds the latency of all that is stored.
fn fsyncs(setting: &mut Setting) -> Result<()> {
    let connection = rusqlite::Connection::open(setting.folder.path().join("fsync.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE numbers (number INTEGER)")?;
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        connection.execute("INSERT INTO numbers VALUES (?1)", (count,))?;
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    setting.report.add("fsync", BARE, &[("commits/s", rate)]);
    Ok(())
}

/// Starts the peer, or says what is missing.
async fn ejabberd(setting: &Setting, users: usize) -> Result<Option<Ejabberd>> {
    let started = Ejabberd::start(setting.postgres.as_ref(), users).await?;
    if started.is_none() {
        say(MISSING);
    }
    Ok(started)
}

fn machine() -> BTreeMap<String, String> {
    let read = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_matches([':', ' ', '\t']).to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    BTreeMap::from([
        (
            "processor".to_owned(),
            read("/proc/cpuinfo", "model name").unwrap_or_default(),
        ),
        ("cores".to_owned(), cores.to_string()),
        (
            "memory".to_owned(),
            read("/proc/meminfo", "MemTotal").unwrap_or_default(),
        ),
        ("system".to_owned(), format!("Linux {}", kernel.trim())),
    ])
}

fn settings(options: &Run) -> BTreeMap<String, String> {
    let database = if options.postgres {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    BTreeMap::from([
        ("database".to_owned(), database.to_owned()),
        ("seconds".to_owned(), options.time.as_secs().to_string()),
        ("content bytes".to_owned(), crate::work::CONTENT.to_string()),
        ("senders".to_owned(), LANES.to_string()),
    ])
}

/// Microseconds of processor time for each of so many.
fn micros_each(seconds: f64, count: usize) -> f64 {
    seconds * 1e6 / number(count.max(1))
}
