//! The people of a run: the same ones from its first round to its last.

use std::sync::Arc;

use crypto_wasm::forum::wire::Visibility;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::dice::Dice;
use super::line::{Line, Switchboard};
use super::recipients::Recipient;
use super::senders::{Sender, Sent};
use super::topics::{self, Done};
use super::{Size, claims};
use crate::support::topics::{Member, draft};
use crate::support::{Api, Person};

/// Everybody, at work.
pub(crate) struct Crowd {
    pub(crate) board: Switchboard,
    line: Line,
    senders: Vec<(Arc<Sender>, JoinHandle<Vec<Sent>>)>,
    recipients: Vec<(Arc<Recipient>, JoinHandle<()>)>,
    topics: Vec<Vec<JoinHandle<(Member, Done)>>>,
    suppliers: Vec<JoinHandle<()>>,
    fetchers: Vec<JoinHandle<Vec<Value>>>,
}

async fn people(api: &Api, kind: &str, number: usize) -> Vec<Arc<Person>> {
    let registered = (0..number).map(async |index| {
        let name = format!("{kind}.{index}");
        Arc::new(Person::register(api, &name).await)
    });
    join_all(registered).await
}

impl Crowd {
    /// Registers everybody with a relay and sets them to work.
    pub(crate) async fn gather(api: &Api, size: Size, seed: u64) -> Self {
        let (board, line) = Switchboard::new(api);
        let receiving = Arc::new(people(api, "recipient", size.recipients).await);
        let recipients = receiving
            .iter()
            .enumerate()
            .map(|(index, person)| {
                let recipient = Arc::new(Recipient::new(Arc::clone(person), index % 2 == 0));
                let (own, line) = (Arc::clone(&recipient), line.clone());
                (recipient, tokio::spawn(async move { own.run(line).await }))
            })
            .collect();
        let mut players = 0..;
        let mut dice = || Dice::of(seed, players.next().expect("a player"));
        let mut senders = Vec::new();
        for person in people(api, "sender", size.senders).await {
            let all: Vec<&Person> = receiving.iter().map(AsRef::as_ref).collect();
            let conversation = person.converse(api, &all).await;
            let sender = Arc::new(Sender {
                person,
                conversation,
                recipients: Arc::clone(&receiving),
            });
            let (own, line, dice) = (Arc::clone(&sender), line.clone(), dice());
            let task = tokio::spawn(async move { own.run(line, dice).await });
            senders.push((sender, task));
        }
        let mut topics = Vec::new();
        for index in 0..size.topics {
            let founders = people(api, &format!("member.{index}"), 2).await;
            let owner = Member::found(api, &founders[0], draft(Visibility::Open)).await;
            let second = Member::join(api, founders[1].device(), &owner.topic, None).await;
            let tasks = [owner, second]
                .map(|member| tokio::spawn(topics::take_part(member, line.clone(), dice())));
            topics.push(tasks.into());
        }
        let owners = Arc::new(people(api, "owner", 2).await);
        let suppliers = owners
            .iter()
            .map(|owner| tokio::spawn(claims::supply(Arc::clone(owner), line.clone())))
            .collect();
        let fetchers = people(api, "fetcher", size.fetchers)
            .await
            .into_iter()
            .map(|fetcher| tokio::spawn(claims::fetch(fetcher, Arc::clone(&owners), line.clone())))
            .collect();
        Self {
            board,
            line,
            senders,
            recipients,
            topics,
            suppliers,
            fetchers,
        }
    }

    /// Lets everybody finish, and compares what they know. The relay must be there. How many messages were acknowledged.
    pub(crate) async fn disperse(self) -> usize {
        self.board.hang_up();
        let mut sent = Vec::new();
        for (sender, task) in self.senders {
            sent.push((sender, task.await.expect("a sender")));
        }
        let mut reconnects = 0;
        for (index, (recipient, task)) in self.recipients.iter().enumerate() {
            recipient.caught_up(&self.line).await;
            assert!(!task.is_finished(), "a recipient gave up");
            task.abort();
            recipient.check(&self.line, index, &sent).await;
            reconnects += recipient.reconnects();
        }
        for supplier in self.suppliers {
            supplier.await.expect("a supplier");
        }
        let mut bundles = Vec::new();
        for fetcher in self.fetchers {
            bundles.extend(fetcher.await.expect("a fetcher"));
        }
        let keys = claims::check(&bundles);
        let (mut posts, mut commits, mut conflicts) = (0, 0, 0);
        for tasks in self.topics {
            let members: Vec<_> = join_all(tasks)
                .await
                .into_iter()
                .map(|member| member.expect("a member"))
                .collect();
            let (of_posts, of_commits) = topics::check(&members, &self.line).await;
            (posts, commits) = (posts + of_posts, commits + of_commits);
            conflicts += topics::conflicts(&members);
        }
        let messages = sent.iter().map(|(_, sent)| sent.len()).sum();
        let tally = &self.board.tally;
        println!(
            "{messages} messages, {posts} posts, {commits} commits ({conflicts} came second), {keys} one-time keys; \
             {} calls were cut off, {} put off, {reconnects} connections ended",
            tally.cut(),
            tally.put_off()
        );
        assert!(
            messages > 0 && posts > 0 && commits > 0 && keys > 0,
            "nothing happened"
        );
        messages
    }
}
