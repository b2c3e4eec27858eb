//! The writing thread. Jobs that wait at the same moment share one transaction, each under a savepoint of its own, and
//! are answered when it is committed: that is, on disk.

use std::sync::Mutex;
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, StoreResult};

/// Jobs that may wait; more are refused as [`StoreError::Unavailable`].
const QUEUE: usize = 1024;
/// Jobs that share a transaction at most.
const BATCH: usize = 256;

/// The way to the writing thread.
pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// One unit of work in a shared transaction.
trait Job: Send {
    /// Does the work; whether it is to be kept.
    fn run(&mut self, db: &Connection) -> bool;

    /// Answers, now that the transaction is committed, or with the reason why not.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, F> {
    work: Option<F>,
    result: Option<StoreResult<T>>,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> StoreResult<T> + Send,
{
    fn run(&mut self, db: &Connection) -> bool {
        let result = self.work.take().map(|work| work(db));
        let keep = matches!(result, Some(Ok(_)));
        self.result = result;
        keep
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let answer = committed.and_then(|()| result.unwrap_or(Err(StoreError::Unavailable)));
        // Whoever asked may have gone; what was stored is stored.
        drop(reply.send(answer));
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> StoreResult<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(connection, jobs))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Self {
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in a transaction; its error undoes just what it did.
    pub(super) async fn run<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        {
            let queue = self.queue.lock().map_err(|_| StoreError::Unavailable)?;
            let job = Box::new(Task {
                work: Some(work),
                result: None,
                reply,
            });
            queue
                .as_ref()
                .ok_or(StoreError::Unavailable)?
                .try_send(job)
                .map_err(|_| StoreError::Unavailable)?;
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

fn serve(mut connection: Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        let committed = commit(&mut connection, &mut batch);
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = batch.len(), "a transaction failed");
        }
        for job in batch {
            job.answer(match &committed {
                Ok(()) => Ok(()),
                Err(_) => Err(StoreError::Unavailable),
            });
        }
    }
}

fn commit(connection: &mut Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        let savepoint = transaction.savepoint()?;
        if job.run(&savepoint) {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
        }
    }
    transaction.commit()
}
