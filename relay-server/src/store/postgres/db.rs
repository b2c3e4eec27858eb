//! A connection, as the store's operations see it: statements are prepared once.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Client;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::StoreResult;
use super::error::is_lost_race;

/// A parameter of a statement.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A connection lent from a pool. One that is dropped within a transaction is closed, not lent again.
pub(super) struct Db {
    client: Option<Client>,
    in_transaction: AtomicBool,
    lost_race: AtomicBool,
}

impl Db {
    pub(super) const fn new(client: Client) -> Self {
        Self {
            client: Some(client),
            in_transaction: AtomicBool::new(false),
            lost_race: AtomicBool::new(false),
        }
    }

    fn client(&self) -> StoreResult<&Client> {
        self.client.as_ref().ok_or(super::StoreError::Unavailable)
    }

    /// Remembers whether another transaction won.
    fn noted<T>(&self, result: Result<T, tokio_postgres::Error>) -> StoreResult<T> {
        if let Err(error) = &result
            && is_lost_race(error)
        {
            self.lost_race.store(true, Ordering::Relaxed);
        }
        Ok(result?)
    }

    /// Whether a statement since the last [`Db::begin`] failed only because another transaction came first.
    pub(super) fn has_lost_race(&self) -> bool {
        self.lost_race.load(Ordering::Relaxed)
    }

    /// Begins a transaction with this statement.
    pub(super) async fn begin(&self, statement: &str) -> StoreResult<()> {
        self.in_transaction.store(true, Ordering::Relaxed);
        self.lost_race.store(false, Ordering::Relaxed);
        self.control(statement).await
    }

    /// Ends the transaction with this statement.
    pub(super) async fn end(&self, statement: &str) -> StoreResult<()> {
        self.control(statement).await?;
        self.in_transaction.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Statements without parameters or answers.
    pub(super) async fn control(&self, statements: &str) -> StoreResult<()> {
        let done = self.client()?.batch_execute(statements).await;
        self.noted(done)
    }

    /// How many rows a statement changed.
    pub(super) async fn execute(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> StoreResult<u64> {
        let client = self.client()?;
        let statement = self.noted(client.prepare_cached(sql).await)?;
        self.noted(client.execute(&statement, parameters).await)
    }

    /// All rows.
    pub(super) async fn all(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> StoreResult<Vec<Row>> {
        let client = self.client()?;
        let statement = self.noted(client.prepare_cached(sql).await)?;
        self.noted(client.query(&statement, parameters).await)
    }

    /// The row, if there is one.
    pub(super) async fn optional(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> StoreResult<Option<Row>> {
        let client = self.client()?;
        let statement = self.noted(client.prepare_cached(sql).await)?;
        self.noted(client.query_opt(&statement, parameters).await)
    }

    /// The one row.
    pub(super) async fn one(&self, sql: &str, parameters: &[Parameter<'_>]) -> StoreResult<Row> {
        let client = self.client()?;
        let statement = self.noted(client.prepare_cached(sql).await)?;
        self.noted(client.query_one(&statement, parameters).await)
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        if self.in_transaction.load(Ordering::Relaxed)
            && let Some(client) = self.client.take()
        {
            drop(Client::take(client));
        }
    }
}
