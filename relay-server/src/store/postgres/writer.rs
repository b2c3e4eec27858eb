//! The writing thread. Jobs that wait at the same moment share one transaction, each under a savepoint of its own, and
//! are answered when it is committed: that is, on the server's disk. A few transactions are under way at once.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Instant;

use deadpool_postgres::Pool;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::task::LocalSet;

use super::db::Db;
use super::locks::Locks;
use super::{StoreError, StoreResult};
use crate::metrics;

/// Jobs that may wait; more are refused as [`StoreError::Unavailable`].
const QUEUE: usize = 1024;
/// Jobs that share a transaction at most; PostgreSQL keeps track of this many savepoints without spilling.
const BATCH: usize = 64;
/// Times that a transaction is run when it loses against others.
const TRIES: usize = 4;

/// It does not insist on writing: a server that is read-only says so at the first write.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The way to the writing thread.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

type Kept<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// One unit of work in a shared transaction.
trait Job: Send {
    /// What it needs to hold.
    fn locks(&self) -> Locks;

    /// Does the work, maybe anew; whether it is to be kept.
    fn run<'a>(&'a mut self, db: &'a Db) -> Kept<'a>;

    /// Answers, now that the transaction is committed, or with the reason why not.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, F> {
    locks: Locks,
    work: F,
    result: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: AsyncFn(&Db) -> StoreResult<T> + Send,
{
    fn locks(&self) -> Locks {
        self.locks.clone()
    }

    fn run<'a>(&'a mut self, db: &'a Db) -> Kept<'a> {
        Box::pin(async move {
            let result = (self.work)(db).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let answer = committed.and_then(|()| result.unwrap_or(Err(StoreError::Unavailable)));
        // Whoever asked may have gone; what was stored is stored.
        drop(reply.send(answer));
    }
}

impl Writer {
    /// Starts the thread, which uses all connections of the pool.
    pub(super) fn start(pool: Pool) -> StoreResult<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || LocalSet::new().block_on(&runtime, serve(pool, jobs)))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in a transaction that holds `locks`; its error undoes just what it did.
    pub(super) async fn run<T, F>(&self, locks: Locks, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: AsyncFn(&Db) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        {
            let queue = self.queue.lock().map_err(|_| StoreError::Unavailable)?;
            let job = Box::new(Task {
                locks,
                work,
                result: None,
                reply,
            });
            queue
                .as_ref()
                .ok_or(StoreError::Unavailable)?
                .try_send(job)
                .map_err(|_| {
                    metrics::write_refused();
                    StoreError::Unavailable
                })?;
            metrics::write_queued();
        }
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Lets the thread finish what is queued, and waits for it.
    pub(super) async fn stop(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            // A thread that panicked has reported that itself.
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
    }
}

type Jobs = Rc<AsyncMutex<mpsc::Receiver<Box<dyn Job>>>>;

async fn serve(pool: Pool, jobs: mpsc::Receiver<Box<dyn Job>>) {
    let jobs: Jobs = Rc::new(AsyncMutex::new(jobs));
    let writers: Vec<_> = (0..pool.status().max_size)
        .map(|_| tokio::task::spawn_local(write(pool.clone(), Rc::clone(&jobs))))
        .collect();
    for writer in writers {
        drop(writer.await);
    }
    pool.close();
}

/// One transaction after another.
async fn write(pool: Pool, jobs: Jobs) {
    loop {
        let mut batch = Vec::new();
        if jobs.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        let begun = Instant::now();
        let committed = commit(&pool, &mut batch).await;
        metrics::committed(batch.len(), begun.elapsed(), committed.is_ok());
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = batch.len(), "a transaction failed");
        }
        for job in batch {
            job.answer(match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(error.shared()),
            });
        }
    }
}

async fn commit(pool: &Pool, batch: &mut [Box<dyn Job>]) -> StoreResult<()> {
    let mut tries = 1;
    loop {
        let db = Db::new(pool.get().await?);
        let done = attempt(&db, batch).await;
        if done.is_ok() || !db.has_lost_race() || tries == TRIES {
            return done;
        }
        tries += 1;
        db.end("ROLLBACK").await?;
    }
}

async fn attempt(db: &Db, batch: &mut [Box<dyn Job>]) -> StoreResult<()> {
    db.begin(BEGIN).await?;
    let mut locks = Locks::none();
    for job in batch.iter() {
        locks.join(job.locks());
    }
    locks.take(db).await?;
    let mut kept = None;
    for job in batch.iter_mut() {
        db.control(match kept {
            None => "SAVEPOINT job",
            Some(true) => "RELEASE SAVEPOINT job; SAVEPOINT job",
            Some(false) => "ROLLBACK TO SAVEPOINT job",
        })
        .await?;
        kept = Some(job.run(db).await);
        if db.has_lost_race() {
            return Err(StoreError::Unavailable);
        }
    }
    // COMMIT alone would pass over a statement that failed unnoticed.
    db.end(match kept {
        Some(false) => "ROLLBACK TO SAVEPOINT job; COMMIT",
        _ => "RELEASE SAVEPOINT job; COMMIT",
    })
    .await
}
