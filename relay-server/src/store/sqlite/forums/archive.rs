//! Links and wraps: the way back to earlier epochs' keys.

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::super::devices::DeviceRow;
use super::{StoreResult, members};
use crate::domain::forum::{
    History, Link, LinkList, LinkPlace, LinkRange, Settings, Wrap, are_in_time,
};
use crate::domain::{Address, Bytes, Refusal, TopicId, UnixMillis, limits};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// With a policy of so many days, the first epoch that began within them: links from earlier ones are not kept.
pub(super) fn kept_from(db: &Connection, id: TopicId, now: UnixMillis) -> StoreResult<Option<u64>> {
    let (_, settings, _) = members::state(db, id)?;
    if settings.history != History::LastDays {
        return Ok(None);
    }
    let since = now.saturating_sub(u64::from(settings.history_days) * DAY_MS);
    // The commit that was made in one epoch began the next.
    let last: Option<u64> = db
        .prepare_cached(
            "SELECT epoch FROM topic_commits WHERE topic_id = ?1 AND stored_at < ?2 ORDER BY epoch DESC LIMIT 1",
        )?
        .query_row((id, since), |row| row.get(0))
        .optional()?;
    Ok(last.map(|epoch| epoch + 2))
}

/// Adds links and wraps; whether anything is new.
pub(super) fn insert(
    db: &Connection,
    id: TopicId,
    (sender, settings): (DeviceRow, &Settings),
    (links, wraps): (&[Link], &[Wrap]),
    now: UnixMillis,
) -> StoreResult<bool> {
    let mut added = 0;
    let kept_from = kept_from(db, id, now)?.unwrap_or(0);
    for link in links.iter().filter(|link| link.from_epoch >= kept_from) {
        let digest: [u8; 32] = Sha256::digest(&link.encoded).into();
        added += db
            .prepare_cached(
                "INSERT INTO topic_links (topic_id, from_epoch, sender, digest, link) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            )?
            .execute((id, link.from_epoch, sender.0, digest, &link.encoded))?;
    }
    if settings.history == History::SinceJoining {
        return Ok(added > 0);
    }
    for wrap in wraps {
        added += db
            .prepare_cached(
                "INSERT INTO topic_wraps (topic_id, secret_id, epoch, wrap) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (topic_id, secret_id) DO UPDATE SET epoch = excluded.epoch, wrap = excluded.wrap
                 WHERE excluded.epoch > topic_wraps.epoch",
            )?
            .execute((id, wrap.secret_id, wrap.epoch, &wrap.encoded))?;
    }
    let kept: u64 = db
        .prepare_cached("SELECT count(*) FROM topic_wraps WHERE topic_id = ?1")?
        .query_row((id,), |row| row.get(0))?;
    if kept > limits::WRAPS {
        return Err(Refusal::TooLarge("a topic has at most 64 link secrets").into());
    }
    Ok(added > 0)
}

/// Drops all wraps.
pub(super) fn drop_wraps(db: &Connection, id: TopicId) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM topic_wraps WHERE topic_id = ?1")?
        .execute((id,))?;
    Ok(())
}

/// A member's own links, and wraps of the epoch that is.
pub(super) fn add(
    db: &Connection,
    caller: Address,
    id: TopicId,
    given: (&[Link], &[Wrap]),
    now: UnixMillis,
) -> StoreResult<bool> {
    let member = members::require(db, caller, id)?;
    let (links, wraps) = given;
    let epoch = member.epoch;
    if !are_in_time(links, wraps, member.settings.generation, epoch) {
        return Err(Refusal::EpochConflict { epoch }.into());
    }
    insert(db, id, (member.device, &member.settings), given, now)
}

pub(super) fn links(
    db: &Connection,
    caller: Address,
    id: TopicId,
    range: LinkRange,
) -> StoreResult<LinkList> {
    members::require(db, caller, id)?;
    // Before everything else when there is no page before.
    let after = range.after.unwrap_or(LinkPlace {
        from_epoch: range.last,
        row: 0,
    });
    let mut statement = db.prepare_cached(
        "SELECT l.link, d.certificate, l.from_epoch, l.id FROM topic_links l JOIN devices d ON d.id = l.sender
         WHERE l.topic_id = ?1 AND l.from_epoch >= ?2 AND l.from_epoch <= ?3
         AND (l.from_epoch < ?4 OR (l.from_epoch = ?4 AND l.id > ?5)) ORDER BY l.from_epoch DESC, l.id LIMIT ?6",
    )?;
    let bounds = (
        id,
        range.first,
        range.last,
        after.from_epoch,
        after.row,
        range.limit,
    );
    let mut rows = statement.query(bounds)?;
    let (mut links, mut authors, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(row) = rows.next()? {
        links.push(Bytes(row.get(0)?));
        let author = Bytes(row.get(1)?);
        if !authors.contains(&author) {
            authors.push(author);
        }
        last = Some(LinkPlace {
            from_epoch: row.get(2)?,
            row: row.get(3)?,
        });
    }
    let is_full = u32::try_from(links.len()).is_ok_and(|count| count == range.limit);
    Ok(LinkList {
        links,
        authors,
        next: last.filter(|_| is_full),
    })
}
