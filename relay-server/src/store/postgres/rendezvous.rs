//! Where devices meet.

use async_trait::async_trait;

use super::db::Db;
use super::locks::Locks;
use super::rows::{Columns as _, int};
use super::{PostgresStore, StoreResult};
use crate::domain::rendezvous::{RendezvousId, RendezvousMessage, Sent, Side};
use crate::domain::{Bytes, Refusal, UnixMillis};
use crate::store::RendezvousStore;

#[async_trait]
impl RendezvousStore for PostgresStore {
    async fn open_rendezvous(
        &self,
        id: RendezvousId,
        now: UnixMillis,
        expires_at: UnixMillis,
    ) -> StoreResult<()> {
        self.writer
            .run(Locks::none(), async move |db| {
                let opened = db
                    .execute(
                        "INSERT INTO rendezvous (id, expires_at) VALUES ($1, $2)
                         ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, sent_old = 0, sent_new = 0
                         WHERE rendezvous.expires_at <= $3",
                        &[&id.0.as_slice(), &int(expires_at), &int(now)],
                    )
                    .await?;
                if opened == 0 {
                    return Err(Refusal::Conflict.into());
                }
                // What was left of one whose time was over.
                db.execute("DELETE FROM rendezvous_messages WHERE rendezvous = $1", &[&id.0.as_slice()])
                    .await
                    .map(drop)
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
            .run(Locks::none(), async move |db| {
                send(db, id, from, &message, now).await
            })
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
            .run(async move |db| messages(db, id, by.other(), now).await)
            .await?;
        if found.first().is_some_and(|first| first.number < from) {
            self.writer
                .run(Locks::none(), async move |db| {
                    db.execute(
                        "DELETE FROM rendezvous_messages WHERE rendezvous = $1 AND side = $2 AND number < $3",
                        &[&id.0.as_slice(), &int(by.other().number()), &int(from)],
                    )
                    .await
                    .map(drop)
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
            .run(Locks::none(), async move |db| {
                db.execute("DELETE FROM rendezvous WHERE id = $1", &[&id.0.as_slice()])
                    .await
                    .map(drop)
            })
            .await
    }

    /// What somebody else has in hands goes the next time.
    async fn expire_rendezvous(&self, now: UnixMillis) -> StoreResult<()> {
        self.writer
            .run(Locks::none(), async move |db| {
                db.execute(
                    "DELETE FROM rendezvous WHERE id IN
                     (SELECT id FROM rendezvous WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
                    &[&int(now)],
                )
                .await
                .map(drop)
            })
            .await
    }
}

async fn messages(
    db: &Db,
    id: RendezvousId,
    side: Side,
    now: UnixMillis,
) -> StoreResult<Vec<RendezvousMessage>> {
    let open = db
        .optional(
            "SELECT 1 FROM rendezvous WHERE id = $1 AND expires_at > $2",
            &[&id.0.as_slice(), &int(now)],
        )
        .await?;
    open.ok_or(Refusal::NotFound)?;
    let rows = db
        .all(
            "SELECT number, content FROM rendezvous_messages WHERE rendezvous = $1 AND side = $2 ORDER BY number",
            &[&id.0.as_slice(), &int(side.number())],
        )
        .await?;
    let message = |row: &tokio_postgres::Row| {
        Ok(RendezvousMessage {
            number: row.number(0)?,
            content: Bytes(row.col(1)?),
        })
    };
    rows.iter().map(message).collect()
}

/// The row of the rendezvous is held until the commit, so that one message after the other is counted.
async fn send(
    db: &Db,
    id: RendezvousId,
    from: Side,
    message: &RendezvousMessage,
    now: UnixMillis,
) -> StoreResult<bool> {
    let row = db
        .optional(
            "SELECT sent_old, sent_new FROM rendezvous WHERE id = $1 AND expires_at > $2 FOR UPDATE",
            &[&id.0.as_slice(), &int(now)],
        )
        .await?
        .ok_or(Refusal::NotFound)?;
    let waiting = db
        .one(
            "SELECT count(*) FROM rendezvous_messages WHERE rendezvous = $1 AND side = $2",
            &[&id.0.as_slice(), &int(from.number())],
        )
        .await?;
    let sent = Sent {
        count: row.number(from.number().into())?,
        waiting: waiting.number(0)?,
    };
    let place: [super::db::Parameter<'_>; 3] =
        [&id.0.as_slice(), &int(from.number()), &int(message.number)];
    if sent.takes(message.number)? {
        let [id, side, number] = place;
        db.execute(
            "INSERT INTO rendezvous_messages (rendezvous, side, number, content) VALUES ($1, $2, $3, $4)",
            &[id, side, number, &message.content.as_slice()],
        )
        .await?;
        let counted = match from {
            Side::Old => "UPDATE rendezvous SET sent_old = sent_old + 1 WHERE id = $1",
            Side::New => "UPDATE rendezvous SET sent_new = sent_new + 1 WHERE id = $1",
        };
        db.execute(counted, &[id]).await?;
        return Ok(true);
    }
    if message.number == sent.count {
        return Ok(false);
    }
    let stored = db
        .optional(
            "SELECT content FROM rendezvous_messages WHERE rendezvous = $1 AND side = $2 AND number = $3",
            &place,
        )
        .await?;
    match stored {
        Some(row) if row.col::<&[u8]>(0)? != message.content.as_slice() => {
            Err(Refusal::Conflict.into())
        }
        _ => Ok(true),
    }
}
