//! The schema, step by step. Nodes that start at the same time go one after another.

use super::db::Db;
use super::rows::Columns as _;
use super::{StoreError, StoreResult};

/// Migration n brings a database from version n − 1 to n.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_forums.sql"),
    include_str!("migrations/0003_operations.sql"),
    include_str!("migrations/0004_links.sql"),
    include_str!("migrations/0005_blobs.sql"),
];

/// Held by whoever migrates; any number that nobody else in the database uses.
const LOCK: i64 = 0x7365_616c_706f_7374;

/// Brings the database to the newest version, each step in a transaction of its own.
pub(super) async fn run(db: &Db) -> StoreResult<()> {
    while step(db).await? {}
    Ok(())
}

/// That the database is not of a newer version.
pub(super) async fn check(db: &Db) -> StoreResult<()> {
    let there = db
        .one("SELECT to_regclass('sealpost_schema') IS NOT NULL", &[])
        .await?;
    if !there.col::<bool>(0)? {
        return Ok(());
    }
    let row = db
        .one("SELECT coalesce(max(version), 0) FROM sealpost_schema", &[])
        .await?;
    require_known(row.number(0)?)
}

/// Writes the version that is there already: the smallest write there is.
pub(super) async fn touch(db: &Db) -> StoreResult<()> {
    db.execute(
        "UPDATE sealpost_schema SET version = version WHERE version = $1",
        &[&super::rows::int(MIGRATIONS.len())],
    )
    .await
    .map(drop)
}

fn require_known(version: usize) -> StoreResult<()> {
    if version > MIGRATIONS.len() {
        return Err(StoreError::Failed(format!(
            "the database is of version {version}, newer than this program"
        )));
    }
    Ok(())
}

/// Takes one step; whether there may be another.
async fn step(db: &Db) -> StoreResult<bool> {
    // Migrations may take longer than any statement of the store's.
    db.begin("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    db.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    db.control("CREATE TABLE IF NOT EXISTS sealpost_schema (version BIGINT NOT NULL)")
        .await?;
    let row = db
        .one("SELECT coalesce(max(version), 0) FROM sealpost_schema", &[])
        .await?;
    let version: usize = row.number(0)?;
    if let Err(newer) = require_known(version) {
        db.end("ROLLBACK").await?;
        return Err(newer);
    }
    let Some(sql) = MIGRATIONS.get(version) else {
        db.end("COMMIT").await?;
        return Ok(false);
    };
    db.control(sql).await?;
    db.execute(
        "INSERT INTO sealpost_schema (version) VALUES ($1)",
        &[&super::rows::int(version + 1)],
    )
    .await?;
    db.end("COMMIT").await?;
    Ok(true)
}
