//! ejabberd, the peer: a widely used messaging server, as Debian has it, with PostgreSQL behind it. Each message is archived
//! (XEP-0313) before the server acknowledges it (XEP-0198), so that, as in the relay, what was acknowledged is on disk.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::postgres::{Postgres, free_port, unprivileged};
use crate::process::{Process, Server, on_path};
use crate::xmpp::Client;

/// What is missing, and where it is.
pub(crate) const MISSING: &str = "ejabberd or PostgreSQL is not installed, so there is no peer to compare with: \
     apt-get install ejabberd erlang-p1-pgsql postgresql";

/// The domain of its users.
pub(crate) const DOMAIN: &str = "load.test";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "load";

/// Runs as a user who is not root. The end of the standard input is the end of the server.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cd "$FOLDER" || exit 1
erl -noinput +K true +P 250000 -mnesia dir "\"$FOLDER/spool\"" -s ejabberd < /dev/null &
server=$!
cat > ended
kill -KILL "$server"
wait "$server"
"#;

/// A running server and its database.
pub(crate) struct Ejabberd {
    pub(crate) server: Server,
    _folder: tempfile::TempDir,
}

impl Ejabberd {
    /// Starts one, with so many users, if it is installed.
    pub(crate) async fn start(postgres: Option<&Postgres>, users: usize) -> Result<Option<Self>> {
        let sql = Path::new("/usr/share/ejabberd/sql/pg.sql");
        let (Some(postgres), Some(_), Some(_), true) = (
            postgres,
            on_path("ejabberdctl"),
            on_path("erl"),
            sql.exists() && has_driver(),
        ) else {
            return Ok(None);
        };
        postgres.database("ejabberd")?;
        postgres.file("ejabberd", sql)?;
        let insert = format!(
            "INSERT INTO users (username, password) SELECT 'user' || n, '{PASSWORD}' FROM generate_series(0, {users}) n"
        );
        postgres.sql("ejabberd", &insert)?;
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let file = folder.path().join("ejabberd.yml");
        std::fs::write(&file, configuration(port, postgres.port()))?;
        let log = std::fs::File::create(folder.path().join("output"))?;
        let mut command = unprivileged(folder.path(), &["ejabberd", "postgres", "nobody"])?;
        let process = Process::spawn(
            command
                .args(["sh", "-c", SCRIPT])
                .env("FOLDER", folder.path())
                .env("HOME", folder.path())
                .env("ERL_LIBS", libraries())
                .env("EJABBERD_CONFIG_PATH", &file)
                .env("EJABBERD_LOG_PATH", folder.path().join("ejabberd.log"))
                .env("EJABBERD_PID_PATH", folder.path().join("pid"))
                .stdin(Stdio::piped())
                .stdout(log.try_clone()?)
                .stderr(log),
        )?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut ejabberd = Self {
            server: Server { process, address },
            _folder: folder,
        };
        ejabberd.wait().await?;
        Ok(Some(ejabberd))
    }

    async fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while let Err(error) = Client::connect(self.server.address, 0).await {
            if !self.server.process.is_running() || begun.elapsed() > Duration::from_secs(60) {
                let output = std::fs::read_to_string(self._folder.path().join("output"));
                let output = output.unwrap_or_default();
                return Err(format!("ejabberd does not start: {error}\n{output}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Ends the server.
    pub(crate) fn stop(self) {
        self.server.process.finish();
    }
}

/// The folder in which Debian has ejabberd's modules.
fn libraries() -> String {
    let machine = Command::new("dpkg-architecture")
        .arg("-qDEB_HOST_MULTIARCH")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|machine| machine.trim().to_owned())
        .filter(|machine| !machine.is_empty());
    let machine = machine.unwrap_or_else(|| format!("{}-linux-gnu", std::env::consts::ARCH));
    format!("/usr/lib/{machine}")
}

/// Whether Erlang has the driver of PostgreSQL.
fn has_driver() -> bool {
    let folders = ["/usr/lib/erlang/lib".to_owned(), libraries()];
    folders.iter().map(PathBuf::from).any(|folder| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name())
            .any(|name| name.to_string_lossy().starts_with("p1_pgsql"))
    })
}

fn configuration(port: u16, postgres: u16) -> String {
    format!(
        r#"hosts: ["{DOMAIN}"]
loglevel: error
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    starttls: false
    shaper: none
    access: all
auth_method: [sql]
auth_password_format: plain
default_db: sql
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: {postgres}
sql_database: ejabberd
sql_username: load
sql_password: ""
sql_pool_size: 16
modules:
  mod_offline: {{}}
  mod_mam:
    assume_mam_usage: true
    default: always
  mod_stream_mgmt:
    max_ack_queue: 5000
    ack_timeout: 1 hour
"#
    )
}
