//! What the routes share.

use std::sync::Arc;

use axum::extract::FromRef;

use crate::auth::Gate;
use crate::blobs::Blobs;
use crate::domain::Clock;
use crate::groups::Groups;
use crate::hub::Live;
use crate::store::Store;

/// What the routes share. Clones are handles of the same.
#[derive(Clone)]
pub struct AppState {
    /// The storage.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// Devices with a hub connection.
    pub live: Arc<Live>,
    /// Topics' public groups.
    pub groups: Arc<Groups>,
    /// The bytes of encrypted files.
    pub blobs: Arc<Blobs>,
    /// Who is let in.
    pub gate: Arc<Gate>,
}

impl FromRef<AppState> for Arc<Gate> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.gate)
    }
}
