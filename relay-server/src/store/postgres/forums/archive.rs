//! Links and wraps: the way back to earlier epochs' keys.

use sha2::{Digest, Sha256};

use super::super::db::Db;
use super::super::devices::DeviceRow;
use super::super::rows::{Columns as _, int};
use super::{StoreResult, members};
use crate::domain::forum::{
    History, Link, LinkList, LinkPlace, LinkRange, Settings, Wrap, are_in_time,
};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, limits};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// With a policy of so many days, the first epoch that began within them: links from earlier ones are not kept.
pub(super) async fn kept_from(db: &Db, id: TopicId, now: UnixMillis) -> StoreResult<Option<u64>> {
    let (_, settings, _) = members::state(db, id).await?;
    if settings.history != History::LastDays {
        return Ok(None);
    }
    let since = now.saturating_sub(u64::from(settings.history_days) * DAY_MS);
    // The commit that was made in one epoch began the next.
    let last = db
        .optional(
            "SELECT epoch FROM topic_commits WHERE topic_id = $1 AND stored_at < $2 ORDER BY epoch DESC LIMIT 1",
            &[&id, &int(since)],
        )
        .await?;
    last.map(|row| Ok(row.number::<u64>(0)? + 2)).transpose()
}

/// Adds links and wraps; whether anything is new.
pub(super) async fn insert(
    db: &Db,
    id: TopicId,
    (sender, settings): (DeviceRow, &Settings),
    (links, wraps): (&[Link], &[Wrap]),
    now: UnixMillis,
) -> StoreResult<bool> {
    let mut added = 0;
    let kept_from = kept_from(db, id, now).await?.unwrap_or(0);
    for link in links.iter().filter(|link| link.from_epoch >= kept_from) {
        let digest: [u8; 32] = Sha256::digest(&link.encoded).into();
        added += db
            .execute(
                "INSERT INTO topic_links (topic_id, from_epoch, sender, digest, link) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT DO NOTHING",
                &[
                    &id,
                    &int(link.from_epoch),
                    &sender.0,
                    &digest.as_slice(),
                    &link.encoded,
                ],
            )
            .await?;
    }
    if settings.history == History::SinceJoining {
        return Ok(added > 0);
    }
    for wrap in wraps {
        added += db
            .execute(
                "INSERT INTO topic_wraps (topic_id, secret_id, epoch, wrap) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (topic_id, secret_id) DO UPDATE SET epoch = excluded.epoch, wrap = excluded.wrap
                 WHERE excluded.epoch > topic_wraps.epoch",
                &[&id, &wrap.secret_id, &int(wrap.epoch), &wrap.encoded],
            )
            .await?;
    }
    let kept: u64 = db
        .one(
            "SELECT count(*) FROM topic_wraps WHERE topic_id = $1",
            &[&id],
        )
        .await?
        .number(0)?;
    if kept > limits::WRAPS {
        return Err(Refusal::TooLarge("a topic has at most 64 link secrets").into());
    }
    Ok(added > 0)
}

/// Drops all wraps.
pub(super) async fn drop_wraps(db: &Db, id: TopicId) -> StoreResult<()> {
    db.execute("DELETE FROM topic_wraps WHERE topic_id = $1", &[&id])
        .await?;
    Ok(())
}

/// Drops the links that the policy keeps no longer.
pub(super) async fn expire(db: &Db, id: TopicId, now: UnixMillis) -> StoreResult<()> {
    if let Some(epoch) = kept_from(db, id, now).await? {
        db.execute(
            "DELETE FROM topic_links WHERE topic_id = $1 AND from_epoch < $2",
            &[&id, &int(epoch)],
        )
        .await?;
    }
    Ok(())
}

/// A member's own links, and wraps of the epoch that is.
pub(super) async fn add(
    db: &Db,
    caller: Address,
    id: TopicId,
    given: (&[Link], &[Wrap]),
    now: UnixMillis,
) -> StoreResult<bool> {
    let member = members::require(db, caller, id).await?;
    let (links, wraps) = given;
    let epoch = member.epoch;
    if !are_in_time(links, wraps, member.settings.generation, epoch) {
        return Err(Refusal::EpochConflict { epoch }.into());
    }
    insert(db, id, (member.device, &member.settings), given, now).await
}

pub(super) async fn links(
    db: &Db,
    caller: Address,
    id: TopicId,
    range: LinkRange,
) -> StoreResult<LinkList> {
    members::require(db, caller, id).await?;
    // Before everything else when there is no page before.
    let after = range.after.unwrap_or(LinkPlace {
        from_epoch: range.last,
        row: 0,
    });
    let rows = db
        .all(
            "SELECT l.link, d.certificate, l.from_epoch, l.id FROM topic_links l JOIN devices d ON d.id = l.sender
             WHERE l.topic_id = $1 AND l.from_epoch >= $2 AND l.from_epoch <= $3
             AND (l.from_epoch < $4 OR (l.from_epoch = $4 AND l.id > $5)) ORDER BY l.from_epoch DESC, l.id LIMIT $6",
            &[
                &id,
                &int(range.first),
                &int(range.last),
                &int(after.from_epoch),
                &int(after.row),
                &int(range.limit),
            ],
        )
        .await?;
    let (mut links, mut authors, mut last) = (Vec::new(), Vec::new(), None);
    for row in rows {
        links.push(Bytes(row.col(0)?));
        let author = Bytes(row.col(1)?);
        if !authors.contains(&author) {
            authors.push(author);
        }
        last = Some(LinkPlace {
            from_epoch: row.number(2)?,
            row: row.number(3)?,
        });
    }
    let is_full = u32::try_from(links.len()).is_ok_and(|count| count == range.limit);
    Ok(LinkList {
        links,
        authors,
        next: last.filter(|_| is_full),
    })
}
