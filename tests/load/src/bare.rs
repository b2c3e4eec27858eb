//! The least that a server must do for a message: take it over HTTP, have it on disk, answer, push it. One writing thread shares a
//! transaction and its fsync among all that waits, on a file with the relay's own settings. No tokens, no accounts, no checks. What
//! this reaches is what the machine allows.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path as UrlPath, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::Result;

/// Messages in a transaction at most, as in the relay.
const BATCH: usize = 256;
/// Messages that may wait for one reader.
const QUEUE: usize = 1024;
struct Job {
    to: u64,
    content: Bytes,
    done: oneshot::Sender<()>,
}

struct Bare {
    writer: mpsc::Sender<Job>,
    readers: Mutex<HashMap<u64, Vec<mpsc::Sender<Bytes>>>>,
    file: std::path::PathBuf,
}

/// Serves until the process is ended.
pub(crate) async fn serve(file: &Path) -> Result<()> {
    let connection = open(file)?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS messages
         (recipient INTEGER NOT NULL, seq INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (recipient, seq)) WITHOUT ROWID",
    )?;
    let (writer, jobs) = mpsc::channel(QUEUE);
    std::thread::spawn(move || {
        if let Err(error) = write(connection, jobs) {
            drop(writeln!(
                std::io::stderr(),
                "the bare loop's writer: {error}"
            ));
        }
    });
    let bare = Arc::new(Bare {
        writer,
        readers: Mutex::default(),
        file: file.to_owned(),
    });
    let router = Router::new()
        .route("/messages/{to}", post(take))
        .route("/read/{to}", get(read))
        .with_state(bare);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "bare loop listening on http://{address}")?;
    Ok(axum::serve(listener, router).await?)
}

fn open(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Writes what waits, in one transaction for all of a moment.
fn write(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) -> rusqlite::Result<()> {
    let mut next: HashMap<u64, i64> = HashMap::new();
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        let transaction = connection.transaction()?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO messages VALUES (?1, ?2, ?3)")?;
            for job in &batch {
                let seq = next.entry(job.to).or_default();
                *seq += 1;
                insert.execute((job.to.cast_signed(), *seq, job.content.as_ref()))?;
            }
        }
        transaction.commit()?;
        for job in batch {
            if job.done.send(()).is_err() {
                // Whoever asked has gone; what is stored is stored.
            }
        }
    }
    Ok(())
}

async fn take(
    State(bare): State<Arc<Bare>>,
    UrlPath(to): UrlPath<u64>,
    content: Bytes,
) -> StatusCode {
    let (done, written) = oneshot::channel();
    let job = Job {
        to,
        content: content.clone(),
        done,
    };
    if bare.writer.send(job).await.is_err() || written.await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let readers = bare.readers.lock().unwrap_or_else(PoisonError::into_inner);
    let named = readers.get(&to).into_iter().flatten();
    for reader in named {
        // Who reads too slowly misses it, which the generator would notice.
        drop(reader.try_send(content.clone()));
    }
    StatusCode::NO_CONTENT
}

#[derive(serde::Deserialize)]
struct From {
    after: Option<i64>,
}

async fn read(
    State(bare): State<Arc<Bare>>,
    UrlPath(to): UrlPath<u64>,
    Query(From { after }): Query<From>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .read_buffer_size(4096)
        .on_upgrade(async move |socket| {
            let ended = match after {
                Some(after) => stored(&bare, to, after, socket).await,
                None => live(&bare, to, socket).await,
            };
            // The reader left.
            drop(ended);
        })
}

/// Sends what comes.
async fn live(bare: &Bare, to: u64, mut socket: WebSocket) -> std::result::Result<(), axum::Error> {
    let (sender, mut messages) = mpsc::channel(QUEUE);
    {
        let mut readers = bare.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.entry(to).or_default().push(sender);
    }
    // Says that it listens.
    socket.send(Message::Text("ready".into())).await?;
    while let Some(content) = messages.recv().await {
        socket.send(Message::Binary(content)).await?;
    }
    Ok(())
}

/// Sends what is stored, in order.
async fn stored(
    bare: &Bare,
    to: u64,
    mut after: i64,
    mut socket: WebSocket,
) -> std::result::Result<(), axum::Error> {
    loop {
        let file = bare.file.clone();
        let page = tokio::task::spawn_blocking(move || page(&file, to, after)).await;
        let page = page.map_err(axum::Error::new)?.map_err(axum::Error::new)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = *last;
        for (_, content) in page {
            socket.send(Message::Binary(content.into())).await?;
        }
    }
}

fn page(file: &Path, to: u64, after: i64) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let connection = open(file)?;
    let mut statement = connection.prepare_cached(
        "SELECT seq, content FROM messages WHERE recipient = ?1 AND seq > ?2 ORDER BY seq LIMIT 1024",
    )?;
    let rows = statement.query_map((to.cast_signed(), after), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.collect()
}
