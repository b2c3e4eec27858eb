//! A PostgreSQL server of the tests' own: on a port of its own, in a temporary folder, stopped and removed when the process
//! ends, however it ends. Each database of a test is a schema of its own.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use super::random;

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs as a user who is not root. The end of the standard input is the end of the tests.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
umask 077
cd "$FOLDER" || exit 1
printf %s "$PASSWORD" > password
"$BIN/initdb" -D data -U relay -A scram-sha-256 --pwfile password -E UTF8 --locale C --no-sync || exit 1
"$BIN/postgres" -D data -k "$FOLDER" -p "$PORT" -c listen_addresses=127.0.0.1 -c max_connections=800 \
    -c ssl=on -c ssl_cert_file="$FOLDER/certificate.pem" -c ssl_key_file="$FOLDER/key.pem" \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c deadlock_timeout=500ms &
server=$!
cat > ended
kill -INT "$server"
wait "$server"
cd / && rm -rf "$FOLDER"
"#;

/// A running server.
pub(crate) struct Server {
    port: u16,
    password: String,
    folder: PathBuf,
    /// Its standard input stays open as long as this process lives.
    _child: Child,
}

/// The server of this process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    fn start() -> Self {
        let bin = binaries().expect("PostgreSQL's initdb, on PATH or in /usr/lib/postgresql");
        let folder = tempfile::tempdir().expect("a folder").keep();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        drop(listener);
        let password = hex(&random::<16>());
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        self_signed(&folder);
        let mut command = unprivileged(&folder, &["key.pem"]);
        let child = command
            .args(["sh", "-c", SCRIPT])
            .env("BIN", bin)
            .env("FOLDER", &folder)
            .env("PORT", port.to_string())
            .env("PASSWORD", &password)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("a shell");
        let mut server = Self {
            port,
            password,
            folder,
            _child: child,
        };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let since = Instant::now();
        while apart(connect(&self.url("postgres"))).is_err() {
            let ended = self._child.try_wait().expect("a state");
            if ended.is_some() || since.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL does not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where a schema is found.
    fn url(&self, schema: &str) -> String {
        let Self { port, password, .. } = self;
        format!(
            "postgres://relay:{password}@127.0.0.1:{port}/postgres?options=-c%20search_path%3D{schema}"
        )
    }

    /// The URL of an empty database.
    pub(crate) fn database(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let schema = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let url = self.url(&schema);
        run(&url, &format!("CREATE SCHEMA {schema}"));
        url
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What clients need to trust to know the server.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// Where the server keeps its files; everything so far is in them.
    pub(crate) fn files(&self) -> PathBuf {
        run(&self.url("public"), "CHECKPOINT");
        self.folder.join("data")
    }
}

/// Writes a certificate for the server's address, and its key.
pub(crate) fn self_signed(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = folder.join("key.pem");
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).expect("a file");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    std::fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("a file");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The folder with the server's programs: that of PATH, else the newest of the system's.
pub(crate) fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).filter_map(|folder| {
        let initdb = folder.join("initdb").canonicalize().ok()?;
        Some(initdb.parent()?.to_owned())
    });
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
        .chain(of_system)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// A command that runs as somebody who is not root, to whom the folder and these files in it then belong: PostgreSQL refuses root.
pub(crate) fn unprivileged(folder: &Path, files: &[&str]) -> Command {
    if std::fs::metadata(folder).expect("a folder").uid() != 0 {
        return Command::new("env");
    }
    let id = |option: &str, user: &str| {
        let output = Command::new("id").args([option, user]).output().ok()?;
        String::from_utf8(output.stdout)
            .ok()?
            .trim()
            .parse::<u32>()
            .ok()
    };
    let (user, group) = ["postgres", "nobody"]
        .iter()
        .find_map(|user| Some((id("-u", user)?, id("-g", user)?)))
        .expect("the user postgres or nobody");
    let files = files.iter().map(|file| folder.join(file));
    for path in files.chain([folder.to_owned()]) {
        chown(path, Some(user), Some(group)).expect("root");
    }
    let mut command = Command::new("setpriv");
    command.args([
        format!("--reuid={user}"),
        format!("--regid={group}"),
        "--clear-groups".to_owned(),
    ]);
    command
}

/// A connection besides the store's.
pub(crate) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Runs a future on a thread of its own, from within a runtime or without one.
pub(crate) fn apart<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(future)
        });
        thread.join().expect("an end")
    })
}

/// Runs statements.
pub(crate) fn run(url: &str, sql: &str) {
    apart(async {
        let client = connect(url).await.expect("a connection");
        client.batch_execute(sql).await.expect("a good end");
    });
}

/// Everything in a database, except what logging in leaves there.
pub(crate) fn contents(url: &str) -> Vec<String> {
    apart(async {
        let client = connect(url).await.expect("a connection");
        let tables = client
            .query(
                "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = current_schema()
                 AND tablename NOT IN ('challenges', 'tokens') ORDER BY 1",
                &[],
            )
            .await
            .expect("tables");
        let mut contents = Vec::new();
        for table in tables {
            let name: String = table.get(0);
            let sql = format!("SELECT to_jsonb({name})::TEXT FROM {name} ORDER BY 1");
            for row in client.query(&sql, &[]).await.expect("rows") {
                contents.push(format!("{name} {}", row.get::<_, String>(0)));
            }
        }
        contents
    })
}

/// How many rows a table has.
pub(crate) fn count(url: &str, table: &str) -> usize {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows: i64 = apart(async {
        let client = connect(url).await.expect("a connection");
        client.query_one(&sql, &[]).await.expect("a count").get(0)
    });
    usize::try_from(rows).expect("a count")
}
