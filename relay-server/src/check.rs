//! `relay-server check`: what is wrong with the settings, all of it, before anything is started or changed.

use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::Path;

use crate::auth::Host;
use crate::config::{BlobPlace, Config, ConfigError, Database};
use crate::store::postgres::PostgresStore;
use crate::store::sqlite::SqliteStore;

/// Prefixes of names that are the relay's alone: another name that begins so is a slip.
const OWN_PREFIXES: [&str; 4] = ["AUTH_", "BLOB_", "RATE_", "RETENTION_"];

/// Reads settings as the relay does and looks at what they name.
///
/// # Errors
/// One line for each thing that is wrong: the variable, and why.
pub async fn check(variables: &[(String, String)]) -> Result<Config, Vec<String>> {
    let mut problems: Vec<String> = unknown(variables)
        .map(|name| format!("{name}: no setting of this relay"))
        .collect();
    let config = match read_all(variables) {
        Ok(config) => config,
        Err(errors) => {
            problems.extend(errors.iter().map(ToString::to_string));
            return Err(problems);
        }
    };
    problems.extend(database(&config.database).await.err());
    if let Some(nats) = &config.nats
        && let Err(error) = nats.check().await
    {
        problems.push(format!("NATS_URL: {error}"));
    }
    if let Some(BlobPlace::Folder(folder)) = &config.blobs.place
        && let Err(error) = writable(folder)
    {
        problems.push(format!("BLOB_STORE: {error}"));
    }
    for (name, address) in [
        ("LISTEN", Some(config.listen)),
        ("METRICS_ADDR", config.metrics),
    ] {
        if let Some(Err(error)) = address.map(TcpListener::bind)
            && error.kind() != std::io::ErrorKind::AddrInUse
        {
            problems.push(format!("{name}: cannot be listened on: {error}"));
        }
    }
    if let Some(root) = &config.web_root
        && !root.join("index.html").is_file()
    {
        problems.push("WEB_ROOT: a folder without index.html".to_owned());
    }
    if config.public_origins.is_empty() && !config.listen.ip().is_loopback() {
        problems.push(
            "PUBLIC_ORIGIN: not set, though LISTEN is open to other machines: nobody could log in by a name"
                .to_owned(),
        );
    }
    if let Some(host) = &config.host {
        let usable = match Host::open(host) {
            Ok(host) => host.check().await,
            Err(error) => Err(error),
        };
        problems.extend(usable.err().map(|error| error.to_string()));
    }
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(problems)
    }
}

/// Reads on without each value that is not usable, to find the others.
fn read_all(variables: &[(String, String)]) -> Result<Config, Vec<ConfigError>> {
    let mut errors: Vec<ConfigError> = Vec::new();
    loop {
        let read = Config::read(|name| {
            let refused = errors.iter().any(|error| error.name() == name);
            let mut found = variables.iter().filter(|(key, _)| key == name && !refused);
            found.next().map(|(_, value)| value.clone())
        });
        match read {
            Ok(config) if errors.is_empty() => return Ok(config),
            // What is missing stays missing.
            Err(error) if !errors.iter().any(|known| known.name() == error.name()) => {
                errors.push(error);
            }
            Ok(_) | Err(_) => return Err(errors),
        }
    }
}

fn unknown(variables: &[(String, String)]) -> impl Iterator<Item = &str> {
    let names = variables.iter().map(|(name, _)| name.as_str());
    names.filter(|name| {
        let looks_own = OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        looks_own && !Config::VARIABLES.contains(name)
    })
}

/// Whether the database can be used.
async fn database(database: &Database) -> Result<(), String> {
    match database {
        Database::Sqlite(path) => file(path),
        Database::Postgres(config) => PostgresStore::check(config)
            .await
            .map_err(|error| format!("DATABASE_URL: {error}")),
    }
}

/// Whether files can be made in a folder; one that is not there is made by the relay.
fn writable(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        return Ok(());
    }
    let probe = folder.join(format!(".sealpost-check-{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe);
    made.map_err(|error| format!("no file can be made there: {error}"))?;
    std::fs::remove_file(&probe).map_err(|error| format!("the folder: {error}"))
}

/// Whether a database file can be used, or made.
fn file(path: &Path) -> Result<(), String> {
    let problem = |what: String| format!("DATABASE_URL: {what}");
    if path.exists() {
        let opened = OpenOptions::new().append(true).open(path);
        opened.map_err(|error| problem(format!("the file cannot be written: {error}")))?;
        return SqliteStore::check(path).map_err(|error| problem(error.to_string()));
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let probe = folder.join(format!(".sealpost-check-{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe);
    made.map_err(|error| problem(format!("no file can be made there: {error}")))?;
    std::fs::remove_file(&probe).map_err(|error| problem(format!("the folder: {error}")))
}
