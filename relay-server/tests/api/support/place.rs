//! Where a relay of a test keeps everything: a file, or with `TEST_DATABASE=postgres` a database of a server.

use std::path::{Path, PathBuf};

use relay_server::Config;
use relay_server::config::Database;

use super::postgres;

/// A database of a test's own.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    /// By its URL.
    Server(String),
}

impl Place {
    /// An empty one; a file is made in the folder.
    pub(crate) fn new(folder: &Path) -> Self {
        match std::env::var("TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Server(postgres::server().database()),
            Ok(other) => panic!("TEST_DATABASE: {other} is not known"),
            Err(_) => Self::File(folder.join("relay.db")),
        }
    }

    /// As `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.display()),
            Self::Server(url) => url.clone(),
        }
    }

    /// As the relay reads it.
    pub(crate) fn database(&self) -> Database {
        let url = self.url();
        let read = Config::read(|name| (name == "DATABASE_URL").then(|| url.clone()));
        read.expect("a good URL").database
    }

    /// Everything that is kept, except what logging in leaves there.
    pub(crate) fn contents(&self) -> Vec<String> {
        match self {
            Self::File(path) => super::relay::rows_of(path),
            Self::Server(url) => postgres::contents(url),
        }
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &str) -> usize {
        match self {
            Self::File(path) => {
                let db = rusqlite::Connection::open(path).expect("a database");
                let sql = format!("SELECT count(*) FROM {table}");
                db.query_row(&sql, (), |row| row.get(0)).expect("a count")
            }
            Self::Server(url) => postgres::count(url, table),
        }
    }

    /// Everything in the folder and where the database is kept, by path.
    pub(crate) fn files(&self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut found = files(folder);
        if let Self::Server(_) = self {
            found.extend(files(&postgres::server().files()));
        }
        found
    }
}

/// All files under a folder, but for one that is deleted meanwhile.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(content) = std::fs::read(&path) {
            found.push((path.display().to_string(), content));
        }
    }
    found
}
