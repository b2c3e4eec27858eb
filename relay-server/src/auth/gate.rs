//! Who is let in.

use std::sync::Arc;

use super::host::Host;
use super::rate_limits::RateLimits;
use super::token::AccessToken;
use crate::domain::login::{HostAccount, Login};
use crate::domain::{Clock, Refusal};
use crate::error::ApiError;
use crate::store::Store;

/// Decides who calls, and how often they may.
pub struct Gate {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    pub(super) origins: Vec<String>,
    /// In host-app mode, who says who somebody is.
    pub(super) host: Option<Host>,
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
            host: None,
            rates,
        }
    }

    /// In host-app mode if there is a host application.
    #[must_use]
    pub fn with_host(mut self, host: Option<Host>) -> Self {
        self.host = host;
        self
    }

    /// In host-app mode, whose account the host application's token in a request is; otherwise nobody's.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] in host-app mode without a good token; [`ApiError::Unavailable`].
    pub async fn host_account(&self, token: Option<&str>) -> Result<Option<HostAccount>, ApiError> {
        let Some(host) = &self.host else {
            return Ok(None);
        };
        let token = token.ok_or(Refusal::Unauthorized)?;
        host.account(token, &self.clock).await.map(Some)
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
