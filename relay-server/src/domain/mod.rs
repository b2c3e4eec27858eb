//! What the relay is about, without HTTP, SQL or sockets.

pub mod authorization;
pub mod blob;
mod bytes;
pub mod clock;
pub mod conversation;
pub mod credentials;
pub mod export;
pub mod forum;
pub mod ids;
pub mod limits;
pub mod login;
pub mod message;
pub mod prekeys;
pub mod refusal;
pub mod rendezvous;
pub mod user;
pub mod username;

pub use bytes::Bytes;
pub use clock::{Clock, UnixMillis};
pub use ids::{
    Address, ConversationId, DeviceId, ForumId, MessageId, PostId, SecretId, TopicId, UserId,
};
pub use refusal::Refusal;
pub use username::Username;
