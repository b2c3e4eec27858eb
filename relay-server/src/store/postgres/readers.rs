//! The reading connections.

use deadpool_postgres::Pool;

use super::StoreResult;
use super::db::Db;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A few connections, lent to one reader at a time.
pub(super) struct Readers {
    pool: Pool,
}

impl Readers {
    pub(super) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Lends no connections any more, and closes those that are not lent.
    pub(super) fn stop(&self) {
        self.pool.close();
    }

    /// Runs `work`, which is one statement.
    pub(super) async fn one<T, F>(&self, work: F) -> StoreResult<T>
    where
        F: AsyncFnOnce(&Db) -> StoreResult<T>,
    {
        let db = Db::new(self.pool.get().await?);
        work(&db).await
    }

    /// Runs `work`, all of whose statements see one state of the store.
    pub(super) async fn run<T, F>(&self, work: F) -> StoreResult<T>
    where
        F: AsyncFnOnce(&Db) -> StoreResult<T>,
    {
        let db = Db::new(self.pool.get().await?);
        db.begin(BEGIN).await?;
        let result = work(&db).await;
        db.end("COMMIT").await?;
        result
    }
}
