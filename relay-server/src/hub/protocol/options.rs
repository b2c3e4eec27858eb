//! Times and bounds of a hub server.

use std::time::Duration;

/// Times and bounds of a hub server; the defaults are those of Microsoft's server where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubOptions {
    /// A client must have sent its handshake within this time.
    pub handshake_timeout: Duration,
    /// A Ping goes out when nothing else did for this long.
    pub ping_interval: Duration,
    /// A client that sent nothing for this long is dropped.
    pub client_timeout: Duration,
    /// The longest that one write to the socket may take.
    pub write_timeout: Duration,
    /// The longest wait for the peer once a connection is closing.
    pub close_timeout: Duration,
    /// How long a negotiated id may wait for its WebSocket.
    pub negotiation_lifetime: Duration,
    /// How many negotiated ids may wait at once, over all users.
    pub max_negotiations: usize,
    /// Whether a fresh id of another node's opens a WebSocket here. The caller's own token is checked in any case. No
    /// connection has stateful reconnect then.
    pub other_nodes_negotiate: bool,
    /// The longest hub message from a client, in bytes without framing.
    pub max_message_bytes: usize,
    /// The longest WebSocket message from a client, in bytes. Clients put several hub messages into one.
    pub max_frame_bytes: usize,
    /// How many calls of one connection may wait for their turn; beyond, its socket is not read.
    pub max_pending_calls: usize,
    /// How many messages may wait to be sent to one client.
    pub max_queued_messages: usize,
    /// How many bytes may wait to be sent to one client.
    pub max_queued_bytes: usize,
    /// How long a connection with stateful reconnect waits for a new socket once its socket is lost.
    pub reconnect_window: Duration,
    /// How long after a message its acknowledgement goes out, with stateful reconnect.
    pub acknowledgement_delay: Duration,
    /// How many bytes, and one message, of what was sent are kept until the client acknowledges them, with stateful
    /// reconnect; beyond, nothing more is sent to it.
    pub max_unacknowledged_bytes: usize,
    /// How many bytes are kept at once for clients whose socket is lost; beyond, their connections end.
    pub max_detached_bytes: usize,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(15),
            ping_interval: Duration::from_secs(15),
            client_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(20),
            close_timeout: Duration::from_secs(5),
            negotiation_lifetime: Duration::from_secs(30),
            max_negotiations: 100_000,
            other_nodes_negotiate: false,
            max_message_bytes: 32 * 1024,
            max_frame_bytes: 512 * 1024,
            max_pending_calls: 64,
            max_queued_messages: 1024,
            max_queued_bytes: 4 * 1024 * 1024,
            reconnect_window: Duration::from_secs(30),
            acknowledgement_delay: Duration::from_secs(1),
            max_unacknowledged_bytes: 100_000,
            max_detached_bytes: 64 * 1024 * 1024,
        }
    }
}
