//! The reading connections.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, StoreResult};

/// A few connections, lent to one reader at a time.
pub(super) struct Readers {
    permits: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self {
            permits: Semaphore::new(connections.len()),
            idle: Arc::new(Mutex::new(connections)),
        }
    }

    /// Closes the connections that are not lent, and lends none any more.
    pub(super) fn stop(&self) {
        self.permits.close();
        if let Ok(mut idle) = self.idle.lock() {
            idle.clear();
        }
    }

    /// Runs `work` where it is asked for, in one read transaction: for a row or two that are found by an index and are in memory as a
    /// rule, where handing the work to another thread would take longer than the work.
    pub(super) async fn run_here<T>(
        &self,
        work: impl FnOnce(&Connection) -> StoreResult<T> + Send,
    ) -> StoreResult<T> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let mut lent = Lent::take(&self.idle)?;
        let connection = lent.connection.as_mut().ok_or(StoreError::Unavailable)?;
        let snapshot = connection.transaction()?;
        work(&snapshot)
    }

    /// Runs `work` on a thread that may block, in one read transaction.
    pub(super) async fn run<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> StoreResult<T> + Send + 'static,
    {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| StoreError::Unavailable)?;
        let idle = Arc::clone(&self.idle);
        tokio::task::spawn_blocking(move || {
            let mut lent = Lent::take(&idle)?;
            let connection = lent.connection.as_mut().ok_or(StoreError::Unavailable)?;
            let snapshot = connection.transaction()?;
            work(&snapshot)
        })
        .await
        .map_err(|error| StoreError::Failed(error.to_string()))?
    }
}

/// A connection that goes back when it is dropped.
struct Lent<'a> {
    connection: Option<Connection>,
    idle: &'a Mutex<Vec<Connection>>,
}

impl<'a> Lent<'a> {
    fn take(idle: &'a Mutex<Vec<Connection>>) -> StoreResult<Self> {
        let connection = idle.lock().map_err(|_| StoreError::Unavailable)?.pop();
        Ok(Self { connection, idle })
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let (Some(connection), Ok(mut idle)) = (self.connection.take(), self.idle.lock()) {
            idle.push(connection);
        }
    }
}
