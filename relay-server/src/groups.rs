//! Topics' public groups: restored from the store, followed commit by commit, a few of them kept in memory. Applying a commit is heavy
//! and happens here, outside of any transaction; the store then takes it only if the topic is still in the same epoch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::domain::authorization::{Action, authorize};
use crate::domain::forum::{AcceptedCommit, Commit, Founding, Group, NewTopic, Succession};
use crate::domain::{Address, Refusal, TopicId, UnixMillis};
use crate::error::ApiError;
use crate::store::Store;

/// Groups kept in memory.
const KEPT: usize = 64;

/// Topics' public groups.
pub struct Groups {
    store: Arc<dyn Store>,
    kept: Mutex<Kept>,
    /// One for each core: heavy work waits here.
    work: Semaphore,
}

#[derive(Default)]
struct Kept {
    groups: HashMap<TopicId, (u64, Arc<Group>)>,
    uses: u64,
}

impl Kept {
    fn get(&mut self, topic: TopicId, epoch: u64) -> Option<Arc<Group>> {
        self.uses += 1;
        let (used, group) = self.groups.get_mut(&topic)?;
        *used = self.uses;
        (group.epoch() == epoch).then(|| Arc::clone(group))
    }

    fn put(&mut self, topic: TopicId, group: Arc<Group>) {
        self.uses += 1;
        let kept = self.groups.get(&topic);
        if kept.is_some_and(|(_, kept)| kept.epoch() > group.epoch()) {
            return;
        }
        self.groups.insert(topic, (self.uses, group));
        if self.groups.len() > KEPT {
            let oldest = self.groups.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(topic, _)| *topic) {
                self.groups.remove(&oldest);
            }
        }
    }
}

/// What a commit did, to be told.
pub struct Applied {
    /// The epoch that it began.
    pub epoch: u64,
    /// Nothing if the commit was stored before.
    pub news: Option<News>,
}

/// What subscribers and others are told of a commit.
pub struct News {
    /// The encoded commit.
    pub commit: Vec<u8>,
    /// Who is in the topic no longer.
    pub removed: Vec<Address>,
    /// Whom a Welcome waits for.
    pub welcomed: Vec<Address>,
}

impl Groups {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            store,
            kept: Mutex::default(),
            work: Semaphore::new(cores),
        }
    }

    /// Checks a topic's beginning.
    ///
    /// # Errors
    /// Those of [`Founding::check`].
    pub async fn found(&self, founding: Founding, now: UnixMillis) -> Result<NewTopic, ApiError> {
        self.run(move || Ok(founding.check(now)?)).await
    }

    /// A topic's group in its present epoch.
    ///
    /// # Errors
    /// [`ApiError::Internal`] if what is stored cannot be restored; errors of the store.
    pub async fn at(&self, topic: TopicId, epoch: u64) -> Result<Arc<Group>, ApiError> {
        if let Some(group) = self.kept().get(topic, epoch) {
            return Ok(group);
        }
        let stored = self.store.stored_group(topic).await?;
        let group = self
            .run(move || Group::restore(&stored).ok_or(ApiError::Internal))
            .await?;
        let group = Arc::new(group);
        self.kept().put(topic, Arc::clone(&group));
        Ok(group)
    }

    /// Applies a commit and stores it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for whom the topic is not to be known to; [`Refusal::EpochConflict`] if another commit came first;
    /// [`Refusal::CommitRefused`]; errors of the store.
    pub async fn commit(&self, commit: Commit, now: UnixMillis) -> Result<Applied, ApiError> {
        commit.check_size()?;
        let (topic, made_in, committer) = (commit.topic_id, commit.epoch, commit.committer);
        let access = self.store.topic_access(committer, topic, now).await?;
        if !access.may_commit() {
            return Err(Refusal::NotFound.into());
        }
        let group = self.at(topic, access.epoch).await?;
        if group.epoch() != made_in {
            let known = self
                .store
                .is_committed(committer, topic, made_in, commit.commit)
                .await?;
            return if known {
                Ok(Applied {
                    epoch: made_in + 1,
                    news: None,
                })
            } else {
                let epoch = group.epoch();
                Err(Refusal::EpochConflict { epoch }.into())
            };
        }
        let (next, accepted) = self.run(move || Ok(group.commit(commit, now)?)).await?;
        let news = news(&accepted);
        let committed = self.store.commit(accepted, now).await?;
        if committed.is_new {
            self.kept().put(topic, Arc::new(next));
        }
        Ok(Applied {
            epoch: committed.epoch,
            news: committed.is_new.then_some(news),
        })
    }

    /// Puts a topic's next group in the place of the one that is. The same again changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is no member; [`Refusal::EpochConflict`] if the topic has moved on; [`Refusal::CommitRefused`]; errors
    /// of the store.
    pub async fn succeed(
        &self,
        succession: Succession,
        now: UnixMillis,
    ) -> Result<Vec<Address>, ApiError> {
        succession.check_size()?;
        let (topic, founder) = (succession.topic_id, succession.founder);
        let access = self.store.topic_access(founder, topic, now).await?;
        authorize(Action::UseTopic {
            is_member: access.is_member,
        })?;
        if access.digest == succession.digest() {
            return Ok(Vec::new());
        }
        let group = self.at(topic, access.epoch).await?;
        let (group, next) = self
            .run(move || Ok(group.succeed(succession, now)?))
            .await?;
        let left = self.store.succeed(next).await?;
        self.kept().put(topic, Arc::new(group));
        Ok(left)
    }

    /// Does heavy work on a thread that may be busy for a while.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self
            .work
            .acquire()
            .await
            .map_err(|_| ApiError::Unavailable)?;
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or(Err(ApiError::Internal))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change is complete before its guard is dropped.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn news(accepted: &AcceptedCommit) -> News {
    let welcome = accepted.commit.welcome.as_ref();
    News {
        commit: accepted.commit.commit.clone(),
        removed: accepted.removed.clone(),
        welcomed: welcome.map_or_else(Vec::new, |welcome| welcome.addresses.clone()),
    }
}
