//! A PostgreSQL server of this program's own, in a temporary folder, with its settings as they come: fsync is on. It ends with this
//! process, however that ends.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::process::{Process, on_path};

/// Runs as a user who is not root. The end of the standard input is the end of the server.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
umask 077
cd "$FOLDER" || exit 1
"$BIN/initdb" -D data -U load -A trust -E UTF8 --locale C || exit 1
"$BIN/postgres" -D data -k "$FOLDER" -p "$PORT" -c listen_addresses=127.0.0.1 -c max_connections=200 \
    -c shared_buffers=256MB -c max_wal_size=4GB &
server=$!
cat > ended
kill -INT "$server"
wait "$server"
cd / && rm -rf "$FOLDER"
"#;

/// A running server.
pub(crate) struct Postgres {
    port: u16,
    bin: PathBuf,
    process: Option<Process>,
}

impl Postgres {
    /// Starts one if PostgreSQL is installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let Some(bin) = binaries() else {
            return Ok(None);
        };
        let folder = tempfile::tempdir()?.keep();
        let port = free_port()?;
        let log = std::fs::File::create(folder.join("log"))?;
        let mut command = unprivileged(&folder, &["postgres", "nobody"])?;
        command
            .args(["sh", "-c", SCRIPT])
            .env("BIN", &bin)
            .env("FOLDER", &folder)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut server = Self {
            port,
            bin,
            process: Some(Process::spawn(&mut command)?),
        };
        let begun = Instant::now();
        while server.sql("postgres", "SELECT 1").is_err() {
            let runs = server.process.as_mut().is_some_and(Process::is_running);
            if !runs || begun.elapsed() > Duration::from_secs(120) {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL does not start:\n{log}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Some(server))
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database; its URL.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://load@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs statements.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Result<()> {
        self.psql(database, &["-c", sql])
    }

    /// Runs the statements of a file.
    pub(crate) fn file(&self, database: &str, file: &Path) -> Result<()> {
        self.psql(database, &["-f", &file.to_string_lossy()])
    }

    fn psql(&self, database: &str, what: &[&str]) -> Result<()> {
        let port = self.port.to_string();
        let output = Command::new(self.bin.join("psql"))
            .args([
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "load",
            ])
            .args(["-p", &port, "-d", database])
            .args(what)
            .output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.finish();
        }
    }
}

pub(crate) fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}

/// The folder with the server's programs: that of PATH, else the newest of the system's.
fn binaries() -> Option<PathBuf> {
    let on_path =
        on_path("initdb").and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_owned()));
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .collect();
    versions.sort();
    let of_system = versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder.join("bin"));
    on_path
        .into_iter()
        .chain(of_system)
        .find(|folder| folder.join("postgres").exists())
}

/// A command that runs as one of these users, to whom the folder then belongs, if this is root; else as this user.
pub(crate) fn unprivileged(folder: &Path, users: &[&str]) -> Result<Command> {
    if std::fs::metadata(folder)?.uid() != 0 {
        return Ok(Command::new("env"));
    }
    let id = |option: &str, user: &str| {
        let output = Command::new("id").args([option, user]).output().ok()?;
        String::from_utf8(output.stdout)
            .ok()?
            .trim()
            .parse::<u32>()
            .ok()
    };
    let (user, group) = users
        .iter()
        .find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
        .ok_or("no user to run a server as")?;
    chown(folder, Some(user), Some(group))?;
    let mut command = Command::new("setpriv");
    command.args([
        format!("--reuid={user}"),
        format!("--regid={group}"),
        "--clear-groups".to_owned(),
    ]);
    Ok(command)
}
