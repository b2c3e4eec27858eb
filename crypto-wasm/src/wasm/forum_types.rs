//! Topics and posts as they leave the boundary; `web/client/src/worker/forum-engine.ts` has the same in TypeScript.

use super::json::{Bytes, Json, Shown, ToJson};
use super::types::{byte_strings, objects};
use crate::client::Event;
#[cfg(target_arch = "wasm32")]
use crate::client::forums::TopicCursor;
use crate::client::forums::{
    ForumCall, ForumStep, History, Invited, Inviters, KeyPackages, LinkPreview, Post, PostPage,
    PostReaction, PostsTaken, Topic, TopicId, TopicMember, TopicRole, Visibility,
};

objects! {
    TopicMember: member {
        "userId": member.user_id,
        "username": member.username,
        "role": member.role,
        "devices": member.devices,
        "verified": member.verified,
        "keyState": member.key_state,
        "banned": member.banned,
    }
    PostReaction: reaction {
        "emoji": reaction.emoji,
        "userIds": reaction.users,
    }
    PostPage: page {
        "items": page.items,
        "next": page.next,
        "more": page.more,
    }
    LinkPreview: link {
        "topicId": link.topic_id,
        "invitation": link.invitation.as_deref().map(Bytes),
        "title": link.title,
        "inviterId": link.inviter_id,
        "withHistory": link.with_history,
    }
    Invited: invited {
        "link": invited.link,
        "entry": invited.entry.as_ref().map(Shown),
    }
    PostsTaken: taken {
        "seq": taken.seq,
        "oldest": taken.oldest,
        "users": taken.users,
        "keys": taken.keys.map(|(from, to)| Span { from, to }),
        "behind": taken.behind,
        "complete": taken.complete,
    }
    KeyPackages: packages {
        "keyPackages": byte_strings(&packages.one_time),
        "lastResortKeyPackage": packages.last_resort.as_deref().map(Bytes),
    }
    Span: span {
        "from": span.from,
        "to": span.to,
    }
}

#[cfg(target_arch = "wasm32")]
objects! {
    TopicCursor: cursor {
        "epoch": cursor.epoch,
        "seq": cursor.seq,
        "oldest": cursor.oldest,
        "complete": cursor.complete,
    }
    Joining: joining {
        "topic": joining.topic,
        "entry": Shown(joining.entry),
    }
}

/// Epochs, both ends included.
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// A topic that is being joined, and the entry that tells how that ends.
#[cfg(target_arch = "wasm32")]
pub(super) struct Joining {
    pub(super) topic: Topic,
    pub(super) entry: u64,
}

macro_rules! names {
    ($($type:ty { $($variant:ident: $name:literal,)* })*) => {$(
        impl ToJson for $type {
            fn write(&self, json: &mut Json) {
                let name = match self { $(Self::$variant => $name,)* };
                name.write(json);
            }
        }
    )*};
}
names! {
    TopicRole { Owner: "owner", Moderator: "moderator", Member: "member", }
    Visibility { Invite: "invite", Closed: "closed", Open: "open", }
    History { Everything: "everything", SinceJoining: "since-joining", LastDays: "last-days", }
    Inviters { Moderators: "moderators", Members: "members", }
}

impl ToJson for Topic {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("id", &self.id);
            json.member("forumId", &self.forum_id);
            json.member("title", &self.title);
            json.member("description", &self.description);
            json.member("visibility", &self.visibility);
            json.member("history", &self.history);
            json.member("historyDays", &self.history_days);
            json.member("inviters", &self.inviters);
            json.member("state", &self.standing.name());
            json.member("role", &self.role);
            json.member("members", &self.members);
            json.member("epoch", &self.epoch);
            json.member("joinedAt", &self.joined_at);
            json.member("unread", &self.unread);
            json.member("mentions", &self.mentions);
            json.member("lastPost", &self.last_post);
            json.member("blocked", &self.blocked);
            if let Some(error) = &self.error {
                json.member("error", error);
            }
        });
    }
}

impl ToJson for Post {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("id", &self.id);
            json.member("topicId", &self.topic_id);
            json.member("authorId", &self.author_id);
            json.member("parentId", &self.parent_id);
            json.member("order", &self.order);
            json.member("sentAt", &self.sent_at);
            json.member("mentions", &self.mentions);
            json.member("outgoing", &self.outgoing);
            json.member("state", &self.state);
            json.member("edited", &self.edited);
            json.member("deleted", &self.deleted);
            json.member("pinned", &self.pinned);
            json.member("reactions", &self.reactions);
            json.member("replies", &self.replies);
            json.member("beforeJoin", &self.before_join);
            json.member("late", &self.late);
            match &self.text {
                Some(text) => {
                    json.member("type", &"text");
                    json.member("text", text);
                    if let Some(error) = &self.error {
                        json.member("error", error);
                    }
                }
                None => {
                    json.member("type", &"unreadable");
                    json.member("text", &"");
                    let reason = self.error.as_ref().map(|error| error.code.as_str());
                    json.member("reason", &reason.unwrap_or("decrypt"));
                }
            }
        });
    }
}

/// An event of topics.
pub(super) fn event(event: &Event, json: &mut Json) {
    match event {
        Event::Topic(topic) => tagged(json, "topic", topic),
        Event::TopicRemoved(topic) => tagged(json, "topic-removed", &Removed(*topic)),
        Event::Post(post) => tagged(json, "post", post),
        Event::PostUpdated(post) => tagged(json, "post-updated", post),
        Event::PostRemoved { .. } => tagged(json, "post-removed", &Note(event)),
        Event::TopicAction { .. } => tagged(json, "topic-action", &Note(event)),
        _ => tagged(json, "topic-error", &Note(event)),
    }
}

fn tagged(json: &mut Json, name: &'static str, data: &dyn ToJson) {
    json.object(|json| {
        json.member("type", &name);
        json.member("data", data);
    });
}

struct Removed(TopicId);

impl ToJson for Removed {
    fn write(&self, json: &mut Json) {
        json.object(|json| json.member("topicId", &self.0));
    }
}

struct Note<'a>(&'a Event);

impl ToJson for Note<'_> {
    fn write(&self, json: &mut Json) {
        json.object(|json| match self.0 {
            Event::TopicError { topic_id, failure } => {
                json.member("topicId", topic_id);
                json.member("code", &failure.code);
                json.member("message", &failure.message);
            }
            Event::PostRemoved { topic_id, post_id } => {
                json.member("id", post_id);
                json.member("topicId", topic_id);
            }
            Event::TopicAction {
                entry,
                topic_id,
                error,
            } => {
                json.member("entry", &Shown(entry));
                json.member("topicId", topic_id);
                json.member("error", error);
            }
            _ => {}
        });
    }
}

impl ToJson for ForumStep {
    fn write(&self, json: &mut Json) {
        json.object(|json| match self {
            Self::Idle => json.member("type", &"idle"),
            Self::Call {
                entry,
                topic_id,
                call,
            } => {
                json.member("type", &"request");
                json.member(
                    "request",
                    &Request {
                        entry: *entry,
                        topic_id: *topic_id,
                        call,
                    },
                );
            }
        });
    }
}

/// A REST call with its body.
struct Request<'a> {
    entry: u64,
    topic_id: TopicId,
    call: &'a ForumCall,
}

impl ToJson for Request<'_> {
    fn write(&self, json: &mut Json) {
        let id = self.topic_id;
        let (method, path) = match self.call {
            ForumCall::CreateTopic { forum_id, .. } => {
                ("POST", format!("/api/forums/{forum_id}/topics"))
            }
            ForumCall::Commit { .. } => ("POST", format!("/api/forum-topics/{id}/commits")),
            ForumCall::Post { .. } => ("POST", format!("/api/forum-topics/{id}/posts")),
            ForumCall::Links { .. } => ("POST", format!("/api/forum-topics/{id}/links")),
            ForumCall::Leave { .. } => ("POST", format!("/api/forum-topics/{id}/leave")),
            ForumCall::Succeed { .. } => ("POST", format!("/api/forum-topics/{id}/generations")),
            ForumCall::Drop { id: post } => {
                ("DELETE", format!("/api/forum-topics/{id}/posts/{post}"))
            }
        };
        json.object(|json| {
            json.member("entry", &Shown(self.entry));
            json.member("topicId", &id);
            json.member("method", &method);
            json.member("path", &path);
            json.member("body", &Body(self));
        });
    }
}

struct Body<'a>(&'a Request<'a>);

impl ToJson for Body<'_> {
    fn write(&self, json: &mut Json) {
        let Request { topic_id, call, .. } = self.0;
        if matches!(call, ForumCall::Drop { .. }) {
            return ().write(json);
        }
        json.object(|json| match call {
            ForumCall::CreateTopic {
                group_info,
                tree,
                policy,
                public_title,
                ..
            } => {
                json.member("id", topic_id);
                json.member("groupInfo", &Bytes(group_info.as_slice()));
                json.member("tree", &Bytes(tree.as_slice()));
                json.member("policy", &Bytes(policy.as_slice()));
                if let Some(title) = public_title {
                    json.member("publicTitle", title);
                }
            }
            ForumCall::Commit {
                epoch,
                commit,
                group_info,
                links,
                wraps,
                welcome,
            } => {
                json.member("epoch", epoch);
                json.member("commit", &Bytes(commit.as_slice()));
                json.member("groupInfo", &Bytes(group_info.as_slice()));
                json.member("links", &byte_strings(links));
                json.member("wraps", &byte_strings(wraps));
                if let Some((bytes, addresses)) = welcome {
                    json.member("welcome", &Welcome { bytes, addresses });
                }
            }
            ForumCall::Post { id, post } => {
                json.member("id", id);
                json.member("post", &Bytes(post.as_slice()));
            }
            ForumCall::Links { links, wraps } => {
                json.member("links", &byte_strings(links));
                json.member("wraps", &byte_strings(wraps));
            }
            ForumCall::Leave { request } => json.member("request", &Bytes(request.as_slice())),
            ForumCall::Succeed {
                group_info,
                tree,
                policy,
            } => {
                json.member("groupInfo", &Bytes(group_info.as_slice()));
                json.member("tree", &Bytes(tree.as_slice()));
                json.member("policy", &Bytes(policy.as_slice()));
            }
            ForumCall::Drop { .. } => {}
        });
    }
}

struct Welcome<'a> {
    bytes: &'a [u8],
    addresses: &'a Vec<crate::wire::Address>,
}

impl ToJson for Welcome<'_> {
    fn write(&self, json: &mut Json) {
        json.object(|json| {
            json.member("bytes", &Bytes(self.bytes));
            json.member("addresses", self.addresses);
        });
    }
}
