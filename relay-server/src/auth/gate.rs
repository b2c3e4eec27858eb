//! Who is let in.

use std::sync::Arc;

use super::rate_limits::RateLimits;
use super::token::AccessToken;
use crate::domain::login::Login;
use crate::domain::{Clock, Refusal};
use crate::error::ApiError;
use crate::store::Store;

/// Decides who calls, and how often they may.
pub struct Gate {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    pub(super) origins: Vec<String>,
    /// How often one may call.
    pub rates: RateLimits,
}

impl Gate {
    /// A gate that accepts login proofs for these origins.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        origins: Vec<String>,
        rates: RateLimits,
    ) -> Self {
        Self {
            store,
            clock,
            origins,
            rates,
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] for a token that is unknown or expired; errors of the store.
    pub async fn authenticate(&self, text: &str) -> Result<Login, ApiError> {
        let token = AccessToken::parse(text).ok_or(Refusal::Unauthorized)?;
        match self.store.login(token.hash()).await? {
            Some(login) if self.clock.now() < login.expires_at => Ok(login),
            _ => Err(Refusal::Unauthorized.into()),
        }
    }
}
