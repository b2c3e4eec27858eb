//! What the relay accepts at most.

/// Bytes of a request body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of the body of a message with its envelopes.
pub const MESSAGE_BODY_BYTES: usize = 16 * 1024 * 1024;
/// How long devices may meet, in milliseconds.
pub const RENDEZVOUS_MS: u64 = 10 * 60 * 1000;
/// Bytes of a message at a rendezvous.
pub const RENDEZVOUS_BYTES: usize = 48 * 1024;
/// Messages of a side that wait there at most.
pub const RENDEZVOUS_WAITING: u64 = 4;
/// As many calls as opening one counts.
pub const RENDEZVOUS_COST: usize = 30;
/// Envelopes of a typing notice.
pub const TYPING_ENVELOPES: usize = 200;
/// Bytes of each.
pub const TYPING_BYTES: usize = 1024;
/// Bytes of an envelope's content.
pub const ENVELOPE_BYTES: usize = 64 * 1024;
/// Parts in which a blob may come.
pub const BLOB_PARTS: u64 = 10_000;
/// Active devices of a user.
pub const DEVICES_PER_USER: usize = 10;
/// Participants of a conversation.
pub const PARTICIPANTS: usize = 256;
/// Unused one-time keys of each kind that are kept for a device.
pub const UNUSED_PREKEYS: u64 = 200;
/// Addresses in one request for bundles.
pub const BUNDLE_ADDRESSES: usize = 1000;
/// One-time keys of a kind below which their owner is told.
pub const LOW_PREKEYS: u64 = 25;
/// Items of a page at most.
pub const PAGE: u32 = 200;
/// Items of a page when nothing else is asked for.
pub const DEFAULT_PAGE: u32 = 100;
/// Largest sequence number: integers up to here are exact in JavaScript.
pub const MAX_SEQ: u64 = (1 << 53) - 1;
/// Bytes of the body of a call that creates a topic or commits to one.
pub const COMMIT_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a commit, and of a Welcome.
pub const COMMIT_BYTES: usize = 1024 * 1024;
/// Bytes of a group info, which holds a topic's state.
pub const GROUP_INFO_BYTES: usize = 256 * 1024;
/// Bytes of an encoded post.
pub const POST_BYTES: usize = 64 * 1024;
/// Bytes of a link or wrap.
pub const LINK_BYTES: usize = 1024;
/// Links in one call, and wraps likewise.
pub const LINKS: usize = 64;
/// Link secrets of a topic whose wraps are kept.
pub const WRAPS: u64 = 64;
/// Links of a page.
pub const LINK_PAGE: u32 = 2048;
/// Characters of a forum's name or an open topic's title.
pub const TITLE_CHARACTERS: usize = 200;
/// Bytes of a KeyPackage.
pub const KEY_PACKAGE_BYTES: usize = 4096;
/// Topics to which one connection may be subscribed.
pub const SUBSCRIPTIONS: usize = 200;
/// Bytes after which a page of commits ends.
pub const COMMIT_PAGE_BYTES: usize = 1024 * 1024;
