//! Plain objects of topics as they enter the boundary; `web/client/src/worker/forum-engine.ts` has the same in TypeScript.

use wasm_bindgen::JsValue;

use super::read::{
    Read, byte_string, bytes, count, integer, invalid, list, member, parsed, present, string, text,
};
use crate::client::UserId;
use crate::client::forums::{
    DroppedPost, History, Inviters, LinkBatch, NewPost, PostBatch, PostFilter, PostId, Revoked,
    TopicAction, TopicCommit, TopicOffer, TopicOptions, TopicPost, Visibility, WelcomeOffer,
};

fn visibility(name: &str) -> Read<Visibility> {
    match name {
        "invite" => Ok(Visibility::Invite),
        "closed" => Ok(Visibility::Closed),
        "open" => Ok(Visibility::Open),
        _ => Err(invalid("visibility")),
    }
}

fn history(name: &str) -> Read<History> {
    match name {
        "everything" => Ok(History::Everything),
        "since-joining" => Ok(History::SinceJoining),
        "last-days" => Ok(History::LastDays),
        _ => Err(invalid("history")),
    }
}

fn inviters(name: &str) -> Read<Inviters> {
    match name {
        "moderators" => Ok(Inviters::Moderators),
        "members" => Ok(Inviters::Members),
        _ => Err(invalid("inviters")),
    }
}

fn optional(object: &JsValue, name: &'static str) -> Read<Option<String>> {
    present(&member(object, name)?, string)
}

fn flag(object: &JsValue, name: &'static str) -> Read<bool> {
    Ok(member(object, name)?.is_truthy())
}

fn number(object: &JsValue, name: &'static str) -> Read<u64> {
    integer(&member(object, name)?)
}

fn byte_strings(object: &JsValue, name: &'static str) -> Read<Vec<Vec<u8>>> {
    list(&member(object, name)?, byte_string)
}

fn user(value: &JsValue) -> Read<UserId> {
    parsed(&string(value)?)
}

fn users(object: &JsValue, name: &'static str) -> Read<Vec<UserId>> {
    let users = present(&member(object, name)?, |value| list(value, user))?;
    Ok(users.unwrap_or_default())
}

/// A list of users, or nothing for everybody.
pub(super) fn revoked(value: &JsValue) -> Read<Revoked> {
    let users = present(value, |value| list(value, user))?;
    Ok(users.map_or(Revoked::OfAll, Revoked::Of))
}

fn post_id(object: &JsValue, name: &'static str) -> Read<PostId> {
    parsed(&text(object, name)?)
}

fn days(object: &JsValue) -> Read<u16> {
    let days = present(&member(object, "historyDays")?, integer)?.unwrap_or(0);
    u16::try_from(days).map_err(|_| invalid("historyDays"))
}

pub(super) fn topic_options(value: &JsValue) -> Read<TopicOptions> {
    Ok(TopicOptions {
        forum_id: parsed(&text(value, "forumId")?)?,
        title: text(value, "title")?,
        description: text(value, "description")?,
        visibility: visibility(&text(value, "visibility")?)?,
        history: history(&text(value, "history")?)?,
        history_days: days(value)?,
        inviters: inviters(&text(value, "inviters")?)?,
    })
}

pub(super) fn topic_offer(value: &JsValue) -> Read<TopicOffer> {
    Ok(TopicOffer {
        forum_id: parsed(&text(value, "forumId")?)?,
        last_seq: number(value, "lastSeq")?,
        group_info: bytes(value, "groupInfo")?,
        tree: bytes(value, "tree")?,
        policies: byte_strings(value, "policies")?,
        wraps: byte_strings(value, "wraps")?,
        public_title: optional(value, "publicTitle")?,
    })
}

pub(super) fn welcome_offer(value: &JsValue) -> Read<WelcomeOffer> {
    Ok(WelcomeOffer {
        topic_id: parsed(&text(value, "topicId")?)?,
        forum_id: parsed(&text(value, "forumId")?)?,
        last_seq: number(value, "lastSeq")?,
        epoch: number(value, "epoch")?,
        welcome: bytes(value, "welcome")?,
        tree: bytes(value, "tree")?,
        policies: byte_strings(value, "policies")?,
    })
}

fn role_change(value: &JsValue) -> Read<(UserId, u8)> {
    let role = match text(value, "role")?.as_str() {
        "owner" => 1,
        "moderator" => 2,
        "member" => 3,
        _ => return Err(invalid("role")),
    };
    Ok((parsed(&text(value, "userId")?)?, role))
}

fn policy(value: &JsValue) -> Read<TopicAction> {
    let named = optional(value, "history")?;
    let history = named.map(|name| history(&name)).transpose()?;
    let visibility_name = optional(value, "visibility")?;
    let inviters_name = optional(value, "inviters")?;
    let roles = present(&member(value, "roles")?, |value| list(value, role_change))?;
    Ok(TopicAction::Policy {
        roles: roles.unwrap_or_default(),
        visibility: visibility_name.map(|name| visibility(&name)).transpose()?,
        history: match history {
            Some(history) => Some((history, days(value)?)),
            None => None,
        },
        inviters: inviters_name.map(|name| inviters(&name)).transpose()?,
    })
}

pub(super) fn topic_action(value: &JsValue) -> Read<TopicAction> {
    let user_id = || parsed(&text(value, "userId")?);
    match text(value, "type")?.as_str() {
        "add" => Ok(TopicAction::Add {
            user_id: user_id()?,
            key_packages: byte_strings(value, "keyPackages")?,
        }),
        "remove" => Ok(TopicAction::Remove {
            user_id: user_id()?,
            ban: flag(value, "ban")?,
        }),
        "unban" => Ok(TopicAction::Unban {
            user_id: user_id()?,
        }),
        "policy" => policy(value),
        "leave" => Ok(TopicAction::Leave),
        "info" => Ok(TopicAction::Info {
            title: text(value, "title")?,
            description: text(value, "description")?,
        }),
        _ => Err(invalid("type")),
    }
}

pub(super) fn new_post(value: &JsValue) -> Read<NewPost> {
    let post_id = || post_id(value, "postId");
    match text(value, "type")?.as_str() {
        "text" => {
            let parent = optional(value, "parentId")?;
            Ok(NewPost::Text {
                text: text(value, "text")?,
                parent_id: parent.map(|id| parsed(&id)).transpose()?,
                mentions: users(value, "mentions")?,
            })
        }
        "edit" => Ok(NewPost::Edit {
            post_id: post_id()?,
            text: text(value, "text")?,
            mentions: users(value, "mentions")?,
        }),
        "delete" => Ok(NewPost::Delete {
            post_id: post_id()?,
        }),
        "reaction" => Ok(NewPost::Reaction {
            post_id: post_id()?,
            emoji: text(value, "emoji")?,
            removed: flag(value, "removed")?,
        }),
        "pin" => Ok(NewPost::Pin {
            post_id: post_id()?,
            removed: flag(value, "removed")?,
        }),
        _ => Err(invalid("type")),
    }
}

/// `{ parentId, pinned }`: an absent parent is any, null is none.
pub(super) fn post_filter(value: &JsValue) -> Read<PostFilter> {
    if flag(value, "pinned")? {
        return Ok(PostFilter::Pinned);
    }
    let parent = member(value, "parentId")?;
    if parent.is_undefined() {
        Ok(PostFilter::All)
    } else if parent.is_null() {
        Ok(PostFilter::TopLevel)
    } else {
        Ok(PostFilter::Thread(parsed(&string(&parent)?)?))
    }
}

pub(super) fn before(value: &JsValue) -> Read<Option<u64>> {
    present(&member(value, "before")?, integer)
}

pub(super) fn topic_commit(value: &JsValue) -> Read<TopicCommit> {
    Ok(TopicCommit {
        epoch: number(value, "epoch")?,
        commit: bytes(value, "commit")?,
    })
}

fn topic_post(value: &JsValue) -> Read<TopicPost> {
    Ok(TopicPost {
        seq: number(value, "seq")?,
        post: present(&member(value, "post")?, byte_string)?,
        dropped: present(&member(value, "dropped")?, dropped_post)?,
    })
}

fn dropped_post(value: &JsValue) -> Read<DroppedPost> {
    let digest = bytes(value, "digest")?.try_into();
    Ok(DroppedPost {
        generation: count(value, "generation")?,
        epoch: number(value, "epoch")?,
        post_id: post_id(value, "id")?,
        digest: digest.map_err(|_| invalid("digest"))?,
    })
}

pub(super) fn post_batch(value: &JsValue) -> Read<PostBatch> {
    Ok(PostBatch {
        items: list(&member(value, "items")?, topic_post)?,
        authors: byte_strings(value, "authors")?,
        unknown: users(value, "unknown")?,
        first: number(value, "first")?,
        without_keys: flag(value, "withoutKeys")?,
    })
}

pub(super) fn link_batch(value: &JsValue) -> Read<LinkBatch> {
    Ok(LinkBatch {
        links: byte_strings(value, "links")?,
        authors: byte_strings(value, "authors")?,
    })
}

/// How many KeyPackages the relay has.
pub(super) fn key_package_count(value: &JsValue) -> Read<usize> {
    Ok(count(value, "keyPackages")? as usize)
}

/// What the relay said with an answer: a post's place.
pub(super) fn accepted_seq(value: &JsValue) -> Read<Option<u64>> {
    if !value.is_object() {
        return Ok(None);
    }
    present(&member(value, "seq")?, integer)
}

/// The epoch that a refusal names.
pub(super) fn refused_epoch(value: &JsValue) -> Read<Option<u64>> {
    present(&member(value, "epoch")?, integer)
}
