//! The CommunicationHub: pushes what waits for a device to its live connections.

mod catch_up;
mod communication;
mod connections;
mod feeds;
mod hints;
mod live;
pub mod protocol;
mod pump;
mod subscriptions;
mod typing;
mod values;

pub use communication::{CommunicationHub, HubMethod, HubUser};
pub use hints::Hint;
pub use live::Live;
