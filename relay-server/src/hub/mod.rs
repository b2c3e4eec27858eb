//! The CommunicationHub: pushes what waits for a device to its live connections.

mod communication;
mod live;
pub mod protocol;
mod pump;
mod subscriptions;
mod values;

pub use communication::{CommunicationHub, HubMethod, HubUser};
pub use live::{Live, Notice};
pub use values::{commit_push, post_push};
