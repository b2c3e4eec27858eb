//! The relay as a program of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use super::{Api, Place};

const BINARY: &str = env!("CARGO_BIN_EXE_relay-server");

/// A running program.
pub(crate) struct Program {
    child: Mutex<Child>,
    pub(crate) api: Api,
    /// Where it shows its metrics.
    pub(crate) metrics: Option<String>,
}

impl Program {
    /// Starts the program on a database; its log goes to a file.
    pub(crate) fn start(database: &Place, log: &Path, level: &str) -> Self {
        Self::start_with(database, log, level, &[])
    }

    /// The same, with more settings.
    pub(crate) fn start_with(
        database: &Place,
        log: &Path,
        level: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        Self::start_by(&[], database, log, level, settings)
    }

    /// The same, in a network namespace.
    #[cfg(feature = "soak")]
    pub(crate) fn start_in(
        namespace: &str,
        database: &Place,
        log: &Path,
        settings: &[(&str, &str)],
    ) -> Self {
        let way = ["ip", "netns", "exec", namespace].map(str::to_owned);
        Self::start_by(&way, database, log, "info", settings)
    }

    /// The same, by way of another program that becomes it.
    pub(crate) fn start_by(
        way: &[String],
        database: &Place,
        log: &Path,
        level: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log file");
        let program = BINARY.to_owned();
        let mut words = way.iter().chain([&program]);
        let mut child = Command::new(words.next().expect("a program"))
            .args(words)
            .env_clear()
            .env("PATH", path)
            .env("LISTEN", "127.0.0.1:0")
            .env("DATABASE_URL", database.url())
            .env("RUST_LOG", level)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("a program");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("output");
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line).expect("a line");
        let metrics = settings
            .iter()
            .any(|(name, _)| *name == "METRICS_ADDR")
            .then(|| {
                let mut line = String::new();
                stdout.read_line(&mut line).expect("a second line");
                let url = line.trim().strip_prefix("metrics on ");
                url.expect("the url of metrics").to_owned()
            });
        let url = line
            .trim()
            .strip_prefix("relay listening on ")
            .expect("the url")
            .to_owned();
        Self {
            child: Mutex::new(child),
            api: Api::new(url),
            metrics,
        }
    }

    /// What `relay-server check` says to settings, and whether it is content.
    pub(crate) fn check(settings: &[(&str, &str)]) -> (bool, String) {
        let output = Command::new(BINARY)
            .arg("check")
            .env_clear()
            .env("RUST_LOG", "off")
            .envs(settings.iter().copied())
            .output()
            .expect("a program");
        let said = String::from_utf8(output.stdout).expect("text");
        (output.status.success(), said)
    }

    /// What `relay-server admin` says, and whether it was done.
    pub(crate) fn administer(database: &Place, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(BINARY)
            .arg("admin")
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", database.url())
            .env("RUST_LOG", "off")
            .output()
            .expect("a program");
        let said = String::from_utf8(output.stdout).expect("text");
        (output.status.success(), said)
    }

    /// Makes a user of a database an administrator; whether that was done.
    pub(crate) fn grant(database: &Place, username: &str) -> bool {
        let status = Command::new(BINARY)
            .args(["admin", "grant", username])
            .env_clear()
            .env("DATABASE_URL", database.url())
            .env("RUST_LOG", "off")
            .status();
        status.expect("a program").success()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.lock().expect("a child").id()
    }

    /// SIGKILL.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().expect("a child");
        child.kill().expect("a running program");
        child.wait().expect("an end");
    }

    /// SIGTERM, and whether it ended well.
    pub(crate) fn terminate(&self) -> bool {
        let mut child = self.child.lock().expect("a child");
        let status = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        assert!(status.expect("kill").success());
        child.wait().expect("an end").success()
    }
}

/// A test that fails leaves no program behind.
impl Drop for Program {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
