//! Where devices meet.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _};

use super::{SqliteStore, StoreResult};
use crate::domain::rendezvous::{RendezvousId, RendezvousMessage, Sent, Side};
use crate::domain::{Bytes, Refusal, UnixMillis};
use crate::store::RendezvousStore;

#[async_trait]
impl RendezvousStore for SqliteStore {
    async fn open_rendezvous(
        &self,
        id: RendezvousId,
        now: UnixMillis,
        expires_at: UnixMillis,
    ) -> StoreResult<()> {
        self.writer
            .run(move |db| {
                expire(db, now)?;
                let opened = db
                    .prepare_cached("INSERT INTO rendezvous (id, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                    .execute((id.0, expires_at))?;
                if opened == 0 {
                    return Err(Refusal::Conflict.into());
                }
                Ok(())
            })
            .await
    }

    async fn send_to_rendezvous(
        &self,
        id: RendezvousId,
        from: Side,
        message: RendezvousMessage,
        now: UnixMillis,
    ) -> StoreResult<bool> {
        self.writer
            .run(move |db| send(db, id, from, &message, now))
            .await
    }

    async fn take_from_rendezvous(
        &self,
        id: RendezvousId,
        by: Side,
        from: u64,
        now: UnixMillis,
    ) -> StoreResult<Vec<RendezvousMessage>> {
        // Most of these calls find nothing: they wait for the other side.
        let found = self
            .readers
            .run(move |db| {
                require(db, id, now)?;
                messages(db, id, by.other())
            })
            .await?;
        if found.first().is_some_and(|first| first.number < from) {
            self.writer
                .run(move |db| {
                    db.prepare_cached("DELETE FROM rendezvous_messages WHERE rendezvous = ?1 AND side = ?2 AND number < ?3")?
                        .execute((id.0, by.other().number(), from))?;
                    Ok(())
                })
                .await?;
        }
        Ok(found
            .into_iter()
            .filter(|message| message.number >= from)
            .collect())
    }

    async fn end_rendezvous(&self, id: RendezvousId) -> StoreResult<()> {
        self.writer
            .run(move |db| {
                db.prepare_cached("DELETE FROM rendezvous WHERE id = ?1")?
                    .execute((id.0,))?;
                Ok(())
            })
            .await
    }

    async fn expire_rendezvous(&self, now: UnixMillis) -> StoreResult<()> {
        self.writer.run(move |db| expire(db, now)).await
    }
}

fn expire(db: &Connection, now: UnixMillis) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM rendezvous WHERE expires_at <= ?1")?
        .execute((now,))?;
    Ok(())
}

fn require(db: &Connection, id: RendezvousId, now: UnixMillis) -> StoreResult<()> {
    let open = db
        .prepare_cached("SELECT 1 FROM rendezvous WHERE id = ?1 AND expires_at > ?2")?
        .exists((id.0, now))?;
    if open {
        Ok(())
    } else {
        Err(Refusal::NotFound.into())
    }
}

fn messages(db: &Connection, id: RendezvousId, side: Side) -> StoreResult<Vec<RendezvousMessage>> {
    let mut statement = db.prepare_cached(
        "SELECT number, content FROM rendezvous_messages WHERE rendezvous = ?1 AND side = ?2 ORDER BY number",
    )?;
    let rows = statement.query_map((id.0, side.number()), |row| {
        Ok(RendezvousMessage {
            number: row.get(0)?,
            content: Bytes(row.get(1)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn send(
    db: &Connection,
    id: RendezvousId,
    from: Side,
    message: &RendezvousMessage,
    now: UnixMillis,
) -> StoreResult<bool> {
    require(db, id, now)?;
    let count = db
        .prepare_cached(
            "SELECT CASE ?2 WHEN 0 THEN sent_old ELSE sent_new END FROM rendezvous WHERE id = ?1",
        )?
        .query_row((id.0, from.number()), |row| row.get(0))?;
    let waiting = db
        .prepare_cached(
            "SELECT count(*) FROM rendezvous_messages WHERE rendezvous = ?1 AND side = ?2",
        )?
        .query_row((id.0, from.number()), |row| row.get(0))?;
    let sent = Sent { count, waiting };
    if sent.takes(message.number)? {
        db.prepare_cached("INSERT INTO rendezvous_messages (rendezvous, side, number, content) VALUES (?1, ?2, ?3, ?4)")?
            .execute((id.0, from.number(), message.number, message.content.as_slice()))?;
        db.prepare_cached("UPDATE rendezvous SET sent_old = sent_old + (?2 = 0), sent_new = sent_new + (?2 = 1) WHERE id = ?1")?
            .execute((id.0, from.number()))?;
        return Ok(true);
    }
    if message.number == count {
        return Ok(false);
    }
    let stored: Option<Vec<u8>> = db
        .prepare_cached("SELECT content FROM rendezvous_messages WHERE rendezvous = ?1 AND side = ?2 AND number = ?3")?
        .query_row((id.0, from.number(), message.number), |row| row.get(0))
        .optional()?;
    match stored {
        Some(stored) if stored != message.content.as_slice() => Err(Refusal::Conflict.into()),
        _ => Ok(true),
    }
}
