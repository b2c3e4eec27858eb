//! The part of the storage that live pushes are made from: what there is beyond what somebody has been pushed. Not for callers.

use std::iter::Peekable;

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::{Address, TopicId, UnixMillis};

/// How far a device's mailbox has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceHead {
    /// The device, which is active.
    pub device: Address,
    /// The seq of its newest envelope, or 0.
    pub last_seq: u64,
    /// Topics to which a Welcome waits for it.
    pub welcomes: Vec<TopicId>,
}

/// How far a topic has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicHead {
    /// The topic.
    pub topic: TopicId,
    /// The seq of its newest post, or 0.
    pub last_seq: u64,
    /// Its group's epoch.
    pub epoch: u64,
}

/// How far devices and topics have come.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Heads {
    /// Those of the devices that are active.
    pub devices: Vec<DeviceHead>,
    /// Those of the topics that there are.
    pub topics: Vec<TopicHead>,
}

/// What to look for in a topic.
#[derive(Debug, Clone)]
pub struct NewsRange {
    /// The topic.
    pub topic: TopicId,
    /// Posts after this seq.
    pub after: u64,
    /// Commits made in this epoch and later ones.
    pub epoch: u64,
    /// At most so many of each.
    pub limit: u32,
    /// The devices that are to be told.
    pub devices: Vec<Address>,
}

/// Something new in a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewsItem {
    /// A post.
    Post(NewsPost),
    /// A commit.
    Commit(NewsCommit),
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsPost {
    /// Its number.
    pub seq: u64,
    /// The epoch whose keys it has.
    pub epoch: u64,
    /// The ciphertext; none if it was deleted.
    pub post: Option<Vec<u8>>,
    /// When it was stored.
    pub stored_at: UnixMillis,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsCommit {
    /// The epoch in which it was made.
    pub epoch: u64,
    /// The encoded commit.
    pub commit: Vec<u8>,
    /// When it was stored.
    pub stored_at: UnixMillis,
}

/// What is new in a topic, and to whom it may be told, by one state of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicNews {
    /// Those of the devices that are members.
    pub members: Vec<Address>,
    /// In the order in which to tell it.
    pub items: Vec<NewsItem>,
    /// Whether that is all.
    pub is_all: bool,
    /// Where the topic is.
    pub head: TopicHead,
}

impl TopicNews {
    /// Puts posts and commits in an order in which members can read them: by time, and no post before the commits that led to its epoch.
    #[must_use]
    pub fn new(
        head: TopicHead,
        members: Vec<Address>,
        posts: Vec<NewsPost>,
        commits: Vec<NewsCommit>,
        limit: u32,
    ) -> Self {
        let all_posts = posts.last().is_none_or(|last| last.seq >= head.last_seq);
        let all_commits = u32::try_from(commits.len()).is_ok_and(|count| count < limit);
        let mut items = Vec::with_capacity(posts.len() + commits.len());
        let mut posts = posts.into_iter().peekable();
        let mut commits = commits.into_iter().peekable();
        loop {
            let waits_for_more = (posts.peek().is_none() && !all_posts)
                || (commits.peek().is_none() && !all_commits);
            if waits_for_more {
                break;
            }
            match next(&mut posts, &mut commits) {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Self {
            members,
            items,
            is_all: all_posts && all_commits,
            head,
        }
    }
}

fn next(
    posts: &mut Peekable<impl Iterator<Item = NewsPost>>,
    commits: &mut Peekable<impl Iterator<Item = NewsCommit>>,
) -> Option<NewsItem> {
    let post_is_next = match (posts.peek(), commits.peek()) {
        (Some(post), Some(commit)) => {
            post.epoch <= commit.epoch && post.stored_at <= commit.stored_at
        }
        (post, _) => post.is_some(),
    };
    if post_is_next {
        posts.next().map(NewsItem::Post)
    } else {
        commits.next().map(NewsItem::Commit)
    }
}

/// What live pushes are made from.
#[async_trait]
pub trait LiveStore: Send + Sync {
    /// How far these devices and topics have come.
    async fn heads(&self, devices: Vec<Address>, topics: Vec<TopicId>) -> StoreResult<Heads>;

    /// What is new in a topic.
    async fn topic_news(&self, range: NewsRange) -> StoreResult<TopicNews>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(seq: u64, epoch: u64, stored_at: UnixMillis) -> NewsPost {
        NewsPost {
            seq,
            epoch,
            post: Some(Vec::new()),
            stored_at,
        }
    }

    fn commit(epoch: u64, stored_at: UnixMillis) -> NewsCommit {
        NewsCommit {
            epoch,
            commit: Vec::new(),
            stored_at,
        }
    }

    fn order(posts: Vec<NewsPost>, commits: Vec<NewsCommit>, last_seq: u64, limit: u32) -> String {
        let head = TopicHead {
            topic: TopicId::from_bytes([0; 16]),
            last_seq,
            epoch: 9,
        };
        let news = TopicNews::new(head, Vec::new(), posts, commits, limit);
        let items = news.items.iter().map(|item| match item {
            NewsItem::Post(post) => format!("p{}", post.seq),
            NewsItem::Commit(commit) => format!("c{}", commit.epoch),
        });
        items.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn posts_follow_the_commits_that_led_to_their_epochs() {
        // By time; a post whose clock is behind waits for its epoch all the same.
        let posts = vec![post(1, 0, 1), post(2, 1, 2), post(3, 0, 9)];
        let commits = vec![commit(0, 5), commit(1, 6)];
        assert_eq!(order(posts, commits, 3, 10), "p1 c0 p2 c1 p3");
    }

    #[test]
    fn a_part_ends_where_the_other_kind_may_have_more() {
        let posts = vec![post(1, 0, 1), post(2, 0, 2)];
        assert_eq!(order(posts.clone(), vec![commit(0, 9)], 5, 10), "p1 p2");
        assert_eq!(order(posts, vec![commit(0, 0)], 2, 1), "c0");
    }
}
