//! The structures of the protocol in their TLS encodings (§1 to §5). Decoding is strict: what decodes, re-encodes to
//! the same bytes. Nothing here is verified; that is [`crate::identity`]'s.

pub mod address;
#[cfg(feature = "client")]
pub mod attachment;
pub mod certificate;
pub mod codec;
#[cfg(feature = "client")]
pub mod content;
pub mod context;
pub mod device_list;
pub mod message;
pub mod padding;
pub mod prekeys;
pub mod relay_auth;

pub use address::{Address, ConversationId, ForumId, MessageId, PostId, TopicId, UserId};
#[cfg(feature = "client")]
pub use attachment::{Attachment, FileKey, Preview};
pub use certificate::DeviceCertificate;
pub use codec::{Flag, Version1, Wire};
#[cfg(feature = "client")]
pub use content::{Body, Content, Member};
pub use context::SessionContext;
pub use device_list::{DeviceList, ListedDevice};
pub use message::{EnvelopeKind, Header, PreKeyFields, PreKeyMessage, RatchetMessage};
pub use prekeys::{KemPreKey, OneTimePreKey, PreKeyBundle, SignedPreKey};
pub use relay_auth::RelayAuth;
