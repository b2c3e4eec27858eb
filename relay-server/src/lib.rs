//! Sealpost's relay: stores public keys, routing and ciphertext, and hands ciphertext out. It holds nothing that could
//! decrypt.
//!
//! Dependencies point one way: `routes` → {`hub`, `groups`} → `auth` → `store` → `domain`; all may count in `metrics`. Only `store` has SQL, only `routes` and
//! `hub::protocol` know HTTP's paths, and `hub::protocol` knows nothing of the rest.

pub mod app;
pub mod auth;
pub mod blobs;
pub mod check;
pub mod config;
pub mod domain;
pub mod error;
pub mod groups;
pub mod hub;
pub mod metrics;
pub mod nats;
pub mod routes;
pub mod state;
pub mod store;
pub mod telemetry;

pub use app::{Application, StartError};
pub use config::Config;
