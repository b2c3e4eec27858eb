//! A PostgreSQL server of one test's own, which the test may kill, start again and set otherwise. What it commits is on disk.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::postgres::{apart, binaries, connect, run, unprivileged};

/// How long the server may take to start, or to recover.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs as a user who is not root; starts the server at each line of the input. The end of the input is the end of the tests.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
umask 077
cd "$FOLDER" || exit 1
"$BIN/initdb" -D data -U relay -A trust -E UTF8 --locale C --no-sync || exit 1
while read -r _; do
    "$BIN/postgres" -D data -k "$FOLDER" -p "$PORT" -c listen_addresses=127.0.0.1 -c max_connections=60 -c shared_buffers=16MB < /dev/null &
done
kill -KILL $(head -n 1 data/postmaster.pid)
wait
cd / && rm -rf "$FOLDER"
"#;

/// A server that can be killed.
pub(crate) struct Cluster {
    port: u16,
    folder: PathBuf,
    shell: Child,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let bin = binaries().expect("PostgreSQL's initdb, on PATH or in /usr/lib/postgresql");
        let folder = tempfile::tempdir().expect("a folder").keep();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        drop(listener);
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let shell = unprivileged(&folder, &[])
            .args(["sh", "-c", SCRIPT])
            .env("BIN", bin)
            .env("FOLDER", &folder)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("a shell");
        let mut cluster = Self {
            port,
            folder,
            shell,
        };
        cluster.begin();
        cluster
    }

    /// Starts the server that was killed, and waits until it answers.
    pub(crate) fn begin(&mut self) {
        let input = self.shell.stdin.as_mut().expect("an input");
        input.write_all(b"start\n").expect("a running shell");
        let since = Instant::now();
        while apart(connect(&self.url())).is_err() {
            let ended = self.shell.try_wait().expect("a state");
            if ended.is_some() || since.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://relay@127.0.0.1:{}/postgres", self.port)
    }

    /// Sets something for all connections to come, and lets those there are know.
    pub(crate) fn set(&self, setting: &str) {
        run(&self.url(), &format!("ALTER SYSTEM SET {setting}"));
        run(&self.url(), "SELECT pg_reload_conf()");
    }

    /// The server's process, and those of its connections.
    fn processes(&self) -> Vec<String> {
        let file = self.folder.join("data/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("a running server");
        let server = text.lines().next().expect("an id").to_owned();
        let children = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(children).expect("a running server");
        let mut all = vec![server];
        all.extend(children.split_whitespace().map(str::to_owned));
        all
    }

    /// SIGKILL of everything.
    pub(crate) fn kill(&self) {
        let all = self.processes();
        // The server first, so that it does nothing about the others. A connection may have ended meanwhile.
        let mut kill = Command::new("kill");
        kill.arg("-KILL").args(&all).stderr(Stdio::null());
        kill.status().expect("kill");
        let is_alive = |id: &String| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            !(stat.is_empty() || stat.contains(") Z "))
        };
        while all.iter().any(is_alive) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
