//! Running steps: all waiting is here.

use primitives::scrub::scrubbed;
use rand_core::CryptoRng;

use super::Client;
use super::error::ClientError;
use super::txn::{Txn, View};
use super::views::{Event, Outcome};
use crate::store::{Store, StoreError};

/// How often a step is done again when other tabs keep committing between.
const TRIES: usize = 64;

/// A step whose result goes elsewhere, so that what drives it is compiled once.
pub(crate) type Step<'a> = dyn FnMut(&mut Txn<'_>) -> Result<(), ClientError> + 'a;

impl<S: Store, R: CryptoRng> Client<S, R> {
    /// Does a step: its result and its events, once they are on disk.
    pub(crate) async fn step<T>(
        &self,
        mut step: impl FnMut(&mut Txn<'_>) -> Result<T, ClientError>,
    ) -> Result<Outcome<T>, ClientError> {
        let mut value = None;
        let events = self
            .drive(&mut |txn| {
                value = Some(step(txn)?);
                Ok(())
            })
            .await?;
        let value = value.ok_or(ClientError::Internal("a step without a result"))?;
        Ok(Outcome { value, events })
    }

    /// The result of a step that tells listeners nothing.
    pub(super) async fn ask<T>(
        &self,
        step: impl FnMut(&mut Txn<'_>) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        Ok(self.step(step).await?.value)
    }

    /// Forgets what somebody else's commits have made old, so that also a step that only looks sees what they wrote.
    #[cfg(all(any(feature = "forums", feature = "link"), target_arch = "wasm32"))]
    pub(crate) async fn refresh(&self) -> Result<(), ClientError> {
        let revision = self.store.read(&[]).await?.revision();
        self.cache.borrow_mut().at(revision);
        Ok(())
    }

    /// A step, done again from the start while others commit between.
    pub(crate) async fn drive(&self, step: &mut Step<'_>) -> Result<Vec<Event>, ClientError> {
        for _ in 0..TRIES {
            match self.attempt(step).await {
                Err(ClientError::Store(StoreError::Conflict)) => self.clear(),
                done => return done,
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Runs a step until it misses nothing, commits, and only then gives out the events.
    // SES-8, SES-9
    async fn attempt(&self, step: &mut Step<'_>) -> Result<Vec<Event>, ClientError> {
        let mut view = View::new(&mut self.cache.borrow_mut());
        loop {
            let done = self.run(step, &mut view);
            let Some(wanted) = view.wanted() else {
                break done?;
            };
            let read = self.store.read(&wanted).await?;
            view.take_in(read, &mut self.cache.borrow_mut())?;
        }
        if let Some(writes) = view.write_set() {
            let before = match view.revision() {
                Some(revision) => revision,
                None => self.store.read(&[]).await?.revision(),
            };
            // Whether a commit that failed was made after all, only the store can tell.
            let made = self
                .store
                .commit(before, writes)
                .await
                .inspect_err(|_| self.clear())?;
            view.move_on(before, made, &mut self.cache.borrow_mut());
        }
        Ok(view.into_events())
    }

    /// One run. What its secrets left on the stack is overwritten.
    fn run(&self, step: &mut Step<'_>, view: &mut View) -> Result<(), ClientError> {
        scrubbed(|| {
            step(&mut Txn {
                view,
                cache: &self.cache.borrow(),
                asked: &mut self.asked.borrow_mut(),
                rng: &mut *self.rng.borrow_mut(),
            })
        })
    }
}

#[cfg(test)]
mod tests;
