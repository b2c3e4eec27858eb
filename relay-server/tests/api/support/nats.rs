//! NATS servers of a test's own, and what stands between them and the nodes.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A NATS server, which can be stopped and started again.
pub(crate) struct Nats {
    port: u16,
    child: Option<Child>,
}

impl Nats {
    /// A place for one that does not run yet.
    pub(crate) fn absent() -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        Self { port, child: None }
    }

    pub(crate) fn start() -> Self {
        let mut nats = Self::absent();
        nats.run();
        nats
    }

    pub(crate) fn run(&mut self) {
        let debians = "/usr/sbin/nats-server";
        let on_path = std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|folder| folder.join("nats-server").exists())
        });
        let child = Command::new(if on_path { "nats-server" } else { debians })
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child =
            Some(child.expect("missing: nats-server; on Debian: apt-get install nats-server"));
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(since.elapsed() < PATIENCE, "nats-server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a running server");
            child.wait().expect("an end");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// A test that fails leaves no server behind.
impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A line to a server on this machine that can be cut: then nothing comes through in either direction, and nobody is told.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    is_cut: Arc<AtomicBool>,
}

impl Line {
    pub(crate) async fn to(port: u16) -> Self {
        Self::from("127.0.0.1", port).await
    }

    /// The same, from an address of this machine.
    pub(crate) async fn from(near: &str, port: u16) -> Self {
        let listener = TcpListener::bind((near, 0)).await.expect("a port");
        let address = listener.local_addr().expect("a port");
        let is_cut = Arc::new(AtomicBool::new(false));
        let cut = Arc::clone(&is_cut);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let cut = Arc::clone(&cut);
                tokio::spawn(async move {
                    while cut.load(Ordering::SeqCst) {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                        return;
                    };
                    let (near, far) = (near.into_split(), far.into_split());
                    tokio::join!(
                        pass(near.0, far.1, Arc::clone(&cut)),
                        pass(far.0, near.1, cut)
                    );
                });
            }
        });
        Self { address, is_cut }
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

/// What is read while the line is cut waits, as on a network that repeats.
async fn pass(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    cut: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        while cut.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
