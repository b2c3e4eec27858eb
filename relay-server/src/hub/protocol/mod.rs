//! A server of Microsoft's SignalR hub protocol over WebSockets, in JSON and MessagePack, for the stock client.
//!
//! It knows nothing of what the hub is for: a domain implements [`Hub`], and [`HubServer`] serves it. What goes over the
//! wire follows Microsoft's HubProtocol.md and TransportProtocols.md; where those leave a choice, ASP.NET Core's server
//! is the model. Streaming methods and client results are not offered, and their messages are answered or ignored as the
//! protocol asks. Stateful reconnect is there for clients that ask for it: `sequence` counts messages, so that a connection
//! goes on over a new socket where the old one was lost.
//!
//! From the wire inwards: `router` lets sockets in after `negotiate`, `session` runs one connection from its handshake
//! to its end with a reader, a writer and a task for calls, `decoder` with `json` and `messagepack` turns bytes into
//! messages, and [`Connection`] is what the domain holds.

mod arguments;
mod calls;
mod connection;
mod decoder;
mod detached;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod handshake;
mod hub;
mod identity;
mod json;
mod message;
mod messagepack;
mod negotiate;
mod options;
mod outgoing;
mod reader;
mod registry;
mod router;
mod sequence;
mod server;
mod session;
mod socket;
mod value;
mod writer;

#[cfg(test)]
mod tests;

pub use arguments::{ArgumentError, Arguments};
pub use connection::{Connection, PreparedInvocation, SendError};
pub use hub::{AuthenticationError, Hub, HubError};
pub use options::HubOptions;
pub use server::HubServer;
pub use value::Value;
