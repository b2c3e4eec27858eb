//! The calls of topics, by the names that they have in `web/client/src/worker/forum-engine.ts`.

use super::calls::{Call, act, ask};
use super::forum_read as read;
use super::forum_types::{Joining, Span};
use super::json::Shown;
use super::read::{Arguments, addresses, byte_string, list, refused};
use crate::client::ClientError;
use crate::client::forums::steps;

type Found = Result<Option<Call>, ClientError>;

pub(super) fn topics(name: &str, given: &Arguments) -> Found {
    match name {
        "topics" => ask(steps::list),
        "topic" => {
            let id = given.parsed(0)?;
            ask(move |txn| steps::one(txn, id))
        }
        "topicMembers" => {
            let id = given.parsed(0)?;
            ask(move |txn| steps::members(txn, id))
        }
        "topicCursor" => {
            let id = given.parsed(0)?;
            ask(move |txn| steps::cursor(txn, id))
        }
        "topicKeysWanted" => {
            let id = given.parsed(0)?;
            ask(move |txn| Ok(steps::wanted(txn, id)?.map(|(from, to)| Span { from, to })))
        }
        "createTopic" => {
            let (options, now) = (read::topic_options(&given.any(0))?, given.integer(1)?);
            act(move |txn| steps::create(txn, &options, now))
        }
        "parseLink" => {
            let link = given.text(0)?;
            ask(move |_| steps::preview(&link))
        }
        "beginJoin" => {
            let (id, link) = (given.parsed(0)?, given.optional_text(1)?);
            let (offer, now) = (read::topic_offer(&given.any(2))?, given.integer(3)?);
            act(move |txn| {
                let (topic, entry) = steps::begin_join(txn, id, link.as_deref(), &offer, now)?;
                Ok(Joining { topic, entry })
            })
        }
        "receiveWelcome" => {
            let (offer, now) = (read::welcome_offer(&given.any(0))?, given.integer(1)?);
            act(move |txn| steps::welcome(txn, &offer, now))
        }
        "topicAction" => {
            let (id, action) = (given.parsed(0)?, read::topic_action(&given.any(1))?);
            let now = given.integer(2)?;
            act(move |txn| steps::act(txn, id, &action, now).map(Shown))
        }
        "createInvitation" => {
            let (id, now) = (given.parsed(0)?, given.integer(3)?);
            let uses = u32::try_from(given.integer(1)?).unwrap_or(u32::MAX);
            let with_history = given.any(2).is_truthy();
            act(move |txn| steps::invite(txn, id, uses, with_history, now))
        }
        "markTopicRead" => {
            let id = given.parsed(0)?;
            act(move |txn| steps::mark_read(txn, id))
        }
        "topicGone" => {
            let id = given.parsed(0)?;
            act(move |txn| steps::gone(txn, id))
        }
        _ => Ok(None),
    }
}

pub(super) fn posts(name: &str, given: &Arguments) -> Found {
    match name {
        "sendPost" => {
            let (id, post) = (given.parsed(0)?, read::new_post(&given.any(1))?);
            let now = given.integer(2)?;
            act(move |txn| steps::send(txn, id, &post, now))
        }
        "retryPost" => {
            let (id, post) = (given.parsed(0)?, given.parsed(1)?);
            act(move |txn| steps::retry(txn, id, post))
        }
        "posts" => {
            let (id, which) = (given.parsed(0)?, given.any(1));
            let (filter, before) = (read::post_filter(&which)?, read::before(&which)?);
            let limit = u32::try_from(given.integer(2)?).unwrap_or(u32::MAX);
            ask(move |txn| steps::page(txn, id, filter, before, limit))
        }
        "pendingPosts" => ask(steps::pending),
        _ => Ok(None),
    }
}

pub(super) fn relay(name: &str, given: &Arguments) -> Found {
    match name {
        "forumStep" => {
            let now = given.integer(0)?;
            act(move |txn| steps::next_step(txn, now))
        }
        "forumAccepted" => {
            let (entry, seq) = (given.parsed(0)?, read::accepted_seq(&given.any(1))?);
            let now = given.integer(2)?;
            act(move |txn| steps::accepted(txn, entry, seq, now))
        }
        "forumRefused" => {
            let (entry, refusal) = (given.parsed(0)?, refused(&given.any(1))?);
            let epoch = read::refused_epoch(&given.any(1))?;
            act(move |txn| steps::refused(txn, entry, &refusal, epoch))
        }
        "topicCommits" => {
            let (id, commits) = (given.parsed(0)?, list(&given.any(1), read::topic_commit)?);
            let now = given.integer(2)?;
            act(move |txn| steps::take_commits(txn, id, &commits, now))
        }
        "topicPosts" => {
            let (id, batch) = (given.parsed(0)?, read::post_batch(&given.any(1))?);
            act(move |txn| steps::forward(txn, id, &batch))
        }
        "topicOlder" => {
            let (id, batch) = (given.parsed(0)?, read::post_batch(&given.any(1))?);
            act(move |txn| steps::backward(txn, id, &batch))
        }
        "topicLinks" => {
            let (id, batch) = (given.parsed(0)?, read::link_batch(&given.any(1))?);
            act(move |txn| steps::take_links(txn, id, &batch))
        }
        "succeedTopic" => {
            let (id, broken) = (given.parsed(0)?, byte_string(&given.any(1))?);
            let now = given.integer(2)?;
            act(move |txn| steps::succeed(txn, id, &broken, now))
        }
        "topicHeirs" => {
            let id = given.parsed(0)?;
            let limit = u32::try_from(given.integer(1)?).unwrap_or(u32::MAX);
            ask(move |txn| steps::heirs(txn, id, limit))
        }
        "readmit" => {
            let (id, asked) = (given.parsed(0)?, addresses(&given.any(1))?);
            let key_packages = list(&given.any(2), byte_string)?;
            let now = given.integer(3)?;
            act(move |txn| steps::readmit(txn, id, &asked, &key_packages, now))
        }
        "topicLeaves" => {
            let (id, requests) = (given.parsed(0)?, list(&given.any(1), byte_string)?);
            act(move |txn| steps::see_leaves(txn, id, &requests))
        }
        "revokedDevices" => {
            let (whose, now) = (read::revoked(&given.any(0))?, given.integer(1)?);
            act(move |txn| steps::look_for_revoked(txn, &whose, now))
        }
        "keyPackageUpload" => {
            let (count, now) = (read::key_package_count(&given.any(0))?, given.integer(1)?);
            ask(move |txn| steps::top_up(txn, count, now))
        }
        "keyPackagesUploaded" => ask(steps::uploaded),
        _ => Ok(None),
    }
}
