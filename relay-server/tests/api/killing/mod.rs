//! The delivery promise under SIGKILL. Many people send, post, commit and fetch keys at once; the relay, or the database server, is killed at any
//! moment and started again; they repeat what was not answered. In the end everything that was acknowledged is there, once and in order.
//!
//! `SEALPOST_KILLS` and `SEALPOST_SERVER_KILLS` set other numbers of rounds, `SEALPOST_KILL_SEED` repeats what was thrown.

pub(crate) mod claims;
pub(crate) mod crowd;
pub(crate) mod dice;
pub(crate) mod line;
pub(crate) mod recipients;
mod relay;
pub(crate) mod senders;
mod server;
pub(crate) mod topics;

/// How many people there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) senders: usize,
    pub(crate) recipients: usize,
    /// Each has two members who post and commit.
    pub(crate) topics: usize,
    pub(crate) fetchers: usize,
}

/// 64 who send at the same time, and others.
pub(crate) const CROWD: Size = Size {
    senders: 64,
    recipients: 6,
    topics: 2,
    fetchers: 3,
};
