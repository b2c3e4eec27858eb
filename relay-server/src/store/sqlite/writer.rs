//! The writing thread. Jobs that wait at the same moment share one transaction, each under a savepoint of its own, and
//! are answered when it is committed: that is, on disk.

use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, StoreResult};
use crate::metrics;

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
    /// Does the work; whether it is to be kept. An error is one of the file: then nothing of the transaction is.
    fn run(&mut self, db: &Connection) -> StoreResult<bool>;

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
    fn run(&mut self, db: &Connection) -> StoreResult<bool> {
        let result = self.work.take().map(|work| work(db));
        let keep = match &result {
            Some(Err(
                error @ (StoreError::Full | StoreError::ReadOnly | StoreError::Unavailable),
            )) => Err(error.shared()),
            result => Ok(matches!(result, Some(Ok(_)))),
        };
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
    /// Starts the thread. `connect` gives it a connection, and another one whenever the file cannot be written to by the last.
    pub(super) fn start(
        connect: impl Fn() -> StoreResult<Connection> + Send + 'static,
    ) -> StoreResult<Self> {
        let connection = connect()?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || serve(connection, connect, jobs))
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

fn serve(
    mut connection: Connection,
    connect: impl Fn() -> StoreResult<Connection>,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        let begun = Instant::now();
        let committed = commit(&mut connection, &mut batch);
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
        // What was opened while the disk was read-only stays so, and what an error of the disk left behind is unknown.
        if committed.is_err()
            && let Ok(fresh) = connect()
        {
            connection = fresh;
        }
    }
}

fn commit(connection: &mut Connection, batch: &mut [Box<dyn Job>]) -> StoreResult<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        let savepoint = transaction.savepoint()?;
        if job.run(&savepoint)? {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
        }
        // An error within a job may have ended the whole transaction; what came before is gone with it.
        if transaction.is_autocommit() {
            return Err(StoreError::Unavailable);
        }
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::domain::Refusal;

    fn writer() -> Arc<Writer> {
        let connect = || {
            let connection = Connection::open_in_memory()?;
            connection.execute_batch("CREATE TABLE numbers (number INTEGER)")?;
            Ok(connection)
        };
        Arc::new(Writer::start(connect).unwrap())
    }

    fn insert(db: &Connection, number: usize) -> StoreResult<()> {
        db.execute("INSERT INTO numbers VALUES (?1)", (number,))?;
        Ok(())
    }

    async fn count(writer: &Writer) -> usize {
        writer
            .run(|db| Ok(db.query_row("SELECT count(*) FROM numbers", (), |row| row.get(0))?))
            .await
            .unwrap()
    }

    /// Keeps the thread busy until the sender is dropped.
    async fn block(
        writer: &Arc<Writer>,
    ) -> (
        std::sync::mpsc::Sender<()>,
        tokio::task::JoinHandle<StoreResult<()>>,
    ) {
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let busy = Arc::clone(writer);
        let task = tokio::spawn(async move {
            busy.run(move |_| {
                begin.send(()).unwrap();
                blocked.recv().unwrap_err();
                Ok(())
            })
            .await
        });
        begun.await.unwrap();
        (release, task)
    }

    #[tokio::test]
    async fn jobs_of_one_transaction_fail_alone() {
        let writer = writer();
        let (release, busy) = block(&writer).await;
        let jobs: Vec<_> = (0..100)
            .map(|number| {
                let writer = Arc::clone(&writer);
                tokio::spawn(async move {
                    writer
                        .run(move |db| {
                            insert(db, number)?;
                            if number % 3 == 0 {
                                return Err(Refusal::Conflict.into());
                            }
                            Ok(())
                        })
                        .await
                        .is_ok()
                })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(release);
        busy.await.unwrap().unwrap();
        let mut kept = 0;
        for job in jobs {
            kept += usize::from(job.await.unwrap());
        }
        assert_eq!((kept, count(&writer).await), (66, 66));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_loses_nothing() {
        let writer = writer();
        let (release, busy) = block(&writer).await;
        let mut context = Context::from_waker(Waker::noop());
        let (mut waiting, mut refused) = (Vec::new(), 0);
        for number in 0..QUEUE + 50 {
            let mut job = Box::pin(writer.run(move |db| insert(db, number)));
            match job.as_mut().poll(&mut context) {
                Poll::Pending => waiting.push(job),
                Poll::Ready(Err(StoreError::Unavailable)) => refused += 1,
                Poll::Ready(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((waiting.len(), refused), (QUEUE, 50));
        drop(release);
        busy.await.unwrap().unwrap();
        for job in waiting {
            job.await.unwrap();
        }
        assert_eq!(count(&writer).await, QUEUE);
    }

    #[tokio::test]
    async fn stopping_finishes_what_is_queued() {
        let writer = writer();
        let (release, busy) = block(&writer).await;
        let queued = tokio::spawn({
            let writer = Arc::clone(&writer);
            async move { writer.run(|db| insert(db, 1)).await }
        });
        tokio::task::yield_now().await;
        drop(release);
        writer.stop().await;
        busy.await.unwrap().unwrap();
        queued.await.unwrap().unwrap();
        assert!(matches!(
            writer.run(|_| Ok(())).await,
            Err(StoreError::Unavailable)
        ));
    }
}
